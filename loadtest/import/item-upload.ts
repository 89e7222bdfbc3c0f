import type { Item } from '../../model/tables/feeds/feed-items.js';
import type { LineProblems } from '../../model/tables/line-problems.js';
import type { ItemsApi } from './items-api.js';

/** Items and characters of one bite: what a gateway takes at once without holding others up. */
const BITE_ITEMS = 500;
const BITE_CHARS = 256 * 1024;

interface Bite {
  readonly lines: string[];
  /** Where each item stands in the feed. */
  readonly at: number[];
  chars: number;
}

/** Puts items in bites, one after the other. What waits is bounded by whoever awaits `flow` between two pieces of the feed. */
export class ItemUpload {
  created = 0;
  updated = 0;
  refused = 0;
  readonly #api: Pick<ItemsApi, 'put'>;
  readonly #problems: LineProblems;
  readonly #full: Bite[] = [];
  #bite = emptyBite();

  /** @param problems where items go that the gateway refuses */
  constructor(api: Pick<ItemsApi, 'put'>, problems: LineProblems) {
    this.#api = api;
    this.#problems = problems;
  }

  add(item: Item, line: number): void {
    const text = JSON.stringify(item);
    const bite = this.#bite;
    bite.lines.push(text);
    bite.at.push(line);
    bite.chars += text.length;
    if (bite.lines.length < BITE_ITEMS && bite.chars < BITE_CHARS) return;
    this.#full.push(bite);
    this.#bite = emptyBite();
  }

  /** Sends the bites that are full. Rejects when the gateway takes no items. */
  async flow(): Promise<void> {
    for (let bite = this.#full.shift(); bite !== undefined; bite = this.#full.shift()) await this.#send(bite);
  }

  /** Sends what is left. */
  async end(): Promise<void> {
    if (this.#bite.lines.length > 0) this.#full.push(this.#bite);
    this.#bite = emptyBite();
    await this.flow();
  }

  async #send({ lines, at }: Bite): Promise<void> {
    const { created, updated, refused, errors } = await this.#api.put(lines);
    this.created += created;
    this.updated += updated;
    this.refused += refused;
    for (const { line, message } of errors)
      this.#problems.add(at[line - 1], 'item', 'an item that the gateway takes', message);
  }
}

function emptyBite(): Bite {
  return { lines: [], at: [], chars: 0 };
}
