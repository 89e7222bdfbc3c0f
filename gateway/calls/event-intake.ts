import { eventKind } from '../../model/scorer/event-kinds.js';
import type { Clock } from '../../metrics/process/clock.js';
import { TS_AHEAD_MS, TS_BEHIND_MS } from '../protocol/limits.js';
import type { Event } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import type { ShardEvent } from '../../shards/api.js';

/** An event without the `seq` of a session, as HTTP takes it as well; null fields are absent. */
export type EventBody = Omit<Event, 't' | 'seq'>;

/** How a search text is read, and what it finds. */
export interface SearchLookup {
  readonly normaliseQuery: (query: string) => string;
  /** Item indices that match a search text best, best first. */
  readonly search: (query: string, count: number) => Int32Array;
}

/** Items that a search event brings along. */
const HIT_COUNT = 32;
const NO_ITEMS: readonly number[] = [];

/** Turns a checked event of the wire into one for a shard: names become indices, times are looked at, searches looked up. */
export class EventIntake {
  readonly #clock: Clock;
  readonly #indexOf: (id: string) => number;
  readonly #lookup: SearchLookup;

  /** @param indexOf index of an item in the catalogue; −1 for any other id. */
  constructor(clock: Clock, indexOf: (id: string) => number, lookup: SearchLookup) {
    this.#clock = clock;
    this.#indexOf = indexOf;
    this.#lookup = lookup;
  }

  /** @returns the event, the caller's; or why it is refused, which leaves its `seq` unused. */
  resolve(event: EventBody, seq: number, eventId?: string): ShardEvent | Problem {
    const nowMs = this.#clock.nowMs();
    const tsMs = typeof event.ts === 'number' ? Math.floor(event.ts) : nowMs;
    if (tsMs > nowMs + TS_AHEAD_MS)
      return { code: 'ts_out_of_range', message: 'ts is more than 5 minutes ahead of the server' };
    if (tsMs < nowMs - TS_BEHIND_MS)
      return { code: 'ts_out_of_range', message: 'ts is more than 30 days behind the server' };
    const items = this.#items(event);
    if (typeof items === 'string')
      return { code: 'unknown_item', message: `item "${items}" is not in the catalogue` };
    const query =
      event.e === 'search' && typeof event.query === 'string' ? this.#lookup.normaliseQuery(event.query) : '';
    return {
      seq,
      eventId,
      kind: eventKind(event.e),
      tsMs,
      items,
      value: typeof event.value === 'number' ? event.value : 0,
      quantity: typeof event.quantity === 'number' ? event.quantity : 1,
      query,
      hits: query === '' ? undefined : this.#lookup.search(query, HIT_COUNT),
    };
  }

  /** Indices of the event's items; the first id that is not in the catalogue instead when there is one. */
  #items(event: EventBody): readonly number[] | string {
    const { item, items } = event;
    if (event.e === 'search') return NO_ITEMS;
    if (!Array.isArray(items) || items.length === 0) {
      const index = this.#indexOf(item as string);
      return index < 0 ? (item as string) : [index];
    }
    const indices: number[] = [];
    for (const id of typeof item === 'string' ? [item, ...items] : items) {
      const index = this.#indexOf(id);
      if (index < 0) return id;
      if (!indices.includes(index)) indices.push(index);
    }
    return indices;
  }
}

/** True for the refusal of a call that otherwise gives a value. */
export function isProblem(answer: object): answer is Problem {
  return 'code' in answer;
}
