import { EVENT_KIND } from '../../scorer/event-kinds.js';
import type { Dataset } from './dataset.js';
import { GrowingColumn } from './growing-column.js';
import { ownText } from './own-text.js';
import { orderSessions } from './session-order.js';

/** Gives text codes 0, 1, … in order of appearance. */
export class Dictionary {
  readonly texts: string[] = [];
  readonly #codes = new Map<string, number>();

  code(text: string): number {
    const code = this.#codes.get(text);
    return code ?? this.#add(ownText(text));
  }

  #add(text: string): number {
    const code = this.texts.push(text) - 1;
    this.#codes.set(text, code);
    return code;
  }
}

/** Collects clicks by session key, 25 bytes each, and lays them out as a `Dataset`. */
export class DatasetBuilder {
  readonly items = new Dictionary();
  /** Epoch ms of the latest click; NaN before the first and where times are unknown. */
  latestMs = Number.NaN;
  readonly #users = new Dictionary();
  readonly #sessions = new Dictionary();
  readonly #userOf = new GrowingColumn((length) => new Int32Array(length));
  readonly #session = new GrowingColumn((length) => new Int32Array(length));
  readonly #item = new GrowingColumn((length) => new Int32Array(length));
  readonly #kind = new GrowingColumn((length) => new Uint8Array(length));
  readonly #timeMs = new GrowingColumn((length) => new Float64Array(length));
  readonly #order = new GrowingColumn((length) => new Float64Array(length));
  #isTimed = true;

  /** `items`: ids that take the first rows, in this order. */
  constructor(items: readonly string[] = []) {
    for (const item of items) this.items.code(item);
  }

  get clickCount(): number {
    return this.#item.length;
  }

  /** Appends a click; `user` '' when unknown, `timeMs` NaN when unknown; `order` its place among clicks of the same time. */
  click(
    session: string,
    user: string,
    item: string,
    kind: number = EVENT_KIND.unknown,
    timeMs = Number.NaN,
    order = 0,
  ): void {
    const code = this.#sessions.code(session);
    if (code === this.#userOf.length) this.#userOf.push(user === '' ? -1 : this.#users.code(user));
    this.#session.push(code);
    this.#item.push(this.items.code(item));
    this.#kind.push(kind);
    this.#timeMs.push(timeMs);
    this.#order.push(order);
    if (Number.isNaN(timeMs)) this.#isTimed = false;
    else if (!(timeMs <= this.latestMs)) this.latestMs = timeMs;
  }

  /**
   * Sessions in order of their last click (the order of appearance where times are unknown or equal), cut at pauses longer
   * than `gapMs`. Times count when every click has one.
   */
  build(
    name: string,
    hash: string,
    category: Int32Array | null = null,
    brand: Int32Array | null = null,
    gapMs = Infinity,
  ): Dataset {
    const session = this.#session.view();
    const recordedMs = this.#isTimed && session.length > 0 ? this.#timeMs.view() : null;
    const recorded = { session, timeMs: recordedMs, order: this.#order.view() };
    const { click, start } = orderSessions(recorded, this.#sessions.texts.length, gapMs);
    const [items, kinds, users] = [this.#item.view(), this.#kind.view(), this.#userOf.view()];
    return {
      name,
      itemIds: this.items.texts,
      category,
      brand,
      item: click.map((i) => items[i]),
      kind: Uint8Array.from(click, (i) => kinds[i]),
      timeMs: recordedMs && Float64Array.from(click, (i) => recordedMs[i]),
      start,
      user: start.slice(0, -1).map((first) => users[session[click[first]]]),
      hash,
    };
  }
}

/** Codes of a text per item, −1 where there is none. */
export function codes<T>(items: readonly T[], textOf: (item: T) => string | undefined): Int32Array {
  const known = new Dictionary();
  return Int32Array.from(items, (item) => {
    const text = textOf(item);
    return text === undefined || text === '' ? -1 : known.code(text);
  });
}
