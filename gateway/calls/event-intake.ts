import { eventKind } from '../../model/scorer/event-kinds.js';
import type { Clock } from '../../metrics/process/clock.js';
import { TS_AHEAD_MS, TS_BEHIND_MS } from '../protocol/limits.js';
import type { Event } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import { reviewWeight } from './review-weight.js';
import type { ShardEvent } from '../../shards/api.js';

/** What a ts out of its range most often is. */
const TS_UNIT = 'it is milliseconds since 1970, not seconds; leave it out for now';

/** An event without the `seq` of a session, as HTTP takes it as well; null fields are absent. */
export type EventBody = Omit<Event, 't' | 'seq'>;

/** How a search text is read, and what it finds. */
export interface SearchLookup {
  readonly normaliseQuery: (query: string) => string;
  /** Item indices that match a search text best, best first. */
  readonly search: (query: string, count: number) => Int32Array;
}

/** Which items there are. */
export interface EventItems {
  /** Index of an item in the catalogue; −1 for any other id. */
  readonly indexOf: (id: string) => number;
  /** The same, also for an item that was in the catalogue once. */
  readonly everIndexOf: (id: string) => number;
}

/** Takes note of the campaigns that events name. */
export interface CampaignNotes {
  /** @param shown items that the event says the campaign shows. Borrowed */
  readonly note: (name: string, atMs: number, shown: readonly number[]) => void;
}

/** Events whose items are what a campaign shows. */
const PROMOTIONS: ReadonlySet<string> = new Set(['view_promotion', 'select_promotion']);
/** Items that a search event brings along. */
const HIT_COUNT = 32;
const NO_ITEMS: readonly number[] = [];

/** Turns a checked event of the wire into one for a shard: names become indices, times are looked at, searches looked up. */
export class EventIntake {
  readonly #clock: Clock;
  readonly #items: EventItems;
  readonly #lookup: SearchLookup;
  readonly #campaigns: CampaignNotes;
  /** Ids of the last event's items that are not in the catalogue, while it has others; borrowed until the next event. */
  readonly leftOut: string[] = [];

  constructor(clock: Clock, items: EventItems, lookup: SearchLookup, campaigns: CampaignNotes) {
    this.#clock = clock;
    this.#items = items;
    this.#lookup = lookup;
    this.#campaigns = campaigns;
  }

  /** @returns the event, the caller's; or why it is refused, which leaves its `seq` unused. */
  resolve(event: EventBody, seq: number): ShardEvent | Problem {
    const nowMs = this.#clock.nowMs();
    const tsMs = typeof event.ts === 'number' ? Math.floor(event.ts) : nowMs;
    if (tsMs > nowMs + TS_AHEAD_MS)
      return {
        code: 'ts_out_of_range',
        message: `ts is more than 5 minutes ahead of the server; ${TS_UNIT}`,
      };
    if (tsMs < nowMs - TS_BEHIND_MS)
      return { code: 'ts_out_of_range', message: `ts is more than 30 days behind the server; ${TS_UNIT}` };
    const made = this.#made(event, seq, tsMs, this.#items.indexOf);
    if (!isProblem(made) && made.campaign !== undefined)
      this.#campaigns.note(made.campaign, tsMs, PROMOTIONS.has(event.e) ? made.items : NO_ITEMS);
    return made;
  }

  /**
   * The same for an event whose `seq` was applied already: it is acknowledged when it is that one (D2), however long ago that was
   * and whatever has become of its item.
   */
  resolveRepeat(event: EventBody, seq: number): ShardEvent | Problem {
    return this.#made(event, seq, this.#clock.nowMs(), this.#items.everIndexOf);
  }

  #made(event: EventBody, seq: number, tsMs: number, indexOf: (id: string) => number): ShardEvent | Problem {
    this.leftOut.length = 0;
    const items = indicesOf(event, indexOf, this.leftOut);
    if (typeof items === 'string')
      return { code: 'unknown_item', message: `item "${items}" is not in the catalogue` };
    const query =
      event.e === 'search' && typeof event.query === 'string' ? this.#lookup.normaliseQuery(event.query) : '';
    return {
      seq,
      kind: eventKind(event.e),
      tsMs,
      items,
      value: valueOf(event),
      quantity: typeof event.quantity === 'number' ? event.quantity : 1,
      query,
      hits: query === '' ? undefined : this.#lookup.search(query, HIT_COUNT),
      ...(typeof event.campaign === 'string' && { campaign: event.campaign }),
    };
  }
}

/** The event's `value`, 0 when absent; of a review what it says of its item, so that nothing else of it goes on. */
function valueOf({ e, value, text }: EventBody): number {
  const number = typeof value === 'number' ? value : undefined;
  return e === 'review' ? reviewWeight(number, text ?? '') : (number ?? 0);
}

/** Indices of the event's items; those that have none go to `leftOut`, and the first of them is the answer when none has one. */
function indicesOf(
  event: EventBody,
  indexOf: (id: string) => number,
  leftOut: string[],
): readonly number[] | string {
  const { item, items } = event;
  if (event.e === 'search') return NO_ITEMS;
  if (!Array.isArray(items) || items.length === 0) {
    const index = indexOf(item as string);
    return index < 0 ? (item as string) : [index];
  }
  const indices: number[] = [];
  for (const id of typeof item === 'string' ? [item, ...items] : items) {
    const index = indexOf(id);
    if (index < 0) leftOut.push(id);
    else if (!indices.includes(index)) indices.push(index);
  }
  return indices.length === 0 ? leftOut[0] : indices;
}

/** True for the refusal of a call that otherwise gives a value. */
export function isProblem(answer: object): answer is Problem {
  return 'code' in answer;
}
