import { setTimeout as pause } from 'node:timers/promises';
import { refusedCall } from '../target/refused-call.js';

/** Tries of one call before the import is given up; with the pauses below they take a minute. */
export const TRIES_MAX = 8;
/** Pause before the second try; each further one is twice as long, and what the gateway asks for counts more. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 30_000;
/** Items of one page that is asked for. */
const PAGE_ITEMS = 200;
/** Statuses of a gateway that has no time now. */
const LATER = new Set([429, 502, 503, 504]);

/** What a gateway did with some items. */
export interface PutAnswer {
  readonly created: number;
  readonly updated: number;
  readonly refused: number;
  /** `line` counts the items that were sent, from 1. */
  readonly errors: readonly { readonly line: number; readonly message: string }[];
  /** Names of fields that no item has. */
  readonly ignored: readonly string[];
}

/** The catalogue of a running gateway, over HTTP. A call that finds no gateway, or one without time, is tried again. */
export class ItemsApi {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #wait: (ms: number) => Promise<unknown>;

  constructor(url: string, token: string | undefined, wait: (ms: number) => Promise<unknown> = pause) {
    this.#url = url;
    this.#headers = {
      'content-type': 'application/x-ndjson',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    this.#wait = wait;
  }

  /** `lines` are items in JSON. Rejects with the gateway's words when it takes none for a reason that is not theirs. */
  async put(lines: readonly string[]): Promise<PutAnswer> {
    const answer = await this.#call('PUT', '/v1/items', `${lines.join('\n')}\n`);
    const { created = 0, updated = 0, refused = 0, errors = [], ignored = [] } = answer as Partial<PutAnswer>;
    return { created, updated, refused, errors, ignored };
  }

  /** How many of them were there. */
  async remove(ids: readonly string[]): Promise<number> {
    const body = ids.map((id) => JSON.stringify(id)).join('\n');
    const { removed = 0 } = (await this.#call('DELETE', '/v1/items', `${body}\n`)) as { removed?: number };
    return removed;
  }

  /** Ids of all items in the catalogue, page by page, with how many items there are. */
  async *pages(): AsyncGenerator<{ readonly ids: readonly string[]; readonly total: number }> {
    let after = '';
    for (;;) {
      const { items, total } = (await this.#call('GET', `/v1/items?limit=${PAGE_ITEMS}${after}`)) as {
        readonly items: readonly { readonly id: string }[];
        readonly total: number;
      };
      const ids = items.map(({ id }) => id);
      yield { ids, total };
      const last = ids.at(-1);
      if (last === undefined || ids.length < PAGE_ITEMS) return;
      after = `&after=${encodeURIComponent(last)}`;
    }
  }

  async #call(method: string, path: string, body?: string): Promise<object> {
    for (let tried = 1; ; tried++) {
      const answer = await this.#try(method, path, body);
      if ('value' in answer) return answer.value;
      if (tried === TRIES_MAX || !answer.isPassing) throw answer.error;
      await this.#wait(Math.max(answer.waitMs, Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** (tried - 1))));
    }
  }

  async #try(method: string, path: string, body: string | undefined): Promise<Tried> {
    try {
      const url = new URL(path, this.#url);
      const response = await fetch(url, {
        method,
        headers: this.#headers,
        ...(body !== undefined && { body }),
      });
      const text = await response.text();
      const value = jsonOf(text);
      // Some items were refused, and named: the others were taken.
      if (value !== undefined && (response.ok || value.code === 'items_refused')) return { value };
      const error = refusedCall(`${method} ${new URL('/v1/items', this.#url).href}`, response.status, text);
      const waitMs = 1_000 * (Number(response.headers.get('retry-after')) || 0);
      return { error, isPassing: LATER.has(response.status), waitMs };
    } catch (cause) {
      const error = new Error(
        `no gateway answers at ${this.#url}; run npm start in another terminal, or name another one with --url`,
        { cause },
      );
      return { error, isPassing: true, waitMs: 0 };
    }
  }
}

type Tried =
  | { readonly value: object }
  | { readonly error: Error; readonly isPassing: boolean; readonly waitMs: number };

function jsonOf(text: string): { readonly code?: unknown } | undefined {
  try {
    return JSON.parse(text) as { readonly code?: unknown };
  } catch {
    return undefined;
  }
}
