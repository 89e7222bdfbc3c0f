import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import type { ShardCall } from '../../../shards/wire/calls.js';
import type { ShardEvent } from '../../../shards/wire/shard-event.js';
import type { RelationAsked, SlotDefinition } from '../../../shards/wire/slot-lists.js';

/** A user who is open on a shard: the numbers that calls name them by. */
export interface OpenUser {
  readonly channel: number;
  readonly session: number;
}

/** Whose session is to be opened, and the numbers it gets; a session of the user's own name unless said otherwise. */
export interface Opening extends OpenUser {
  readonly user: string;
  readonly sessionId?: string;
}

/** What an event is told by in a test: `on` which items, and of what else there is something to say. */
export interface EventFields extends Partial<Omit<ShardEvent, 'items'>> {
  readonly on: readonly number[];
}

/** What a question is told by in a test. */
export interface RankFields {
  readonly by: Pick<OpenUser, 'channel'>;
  /** The candidates; all items when absent. */
  readonly of?: readonly number[];
  /** What a click on them is worth, by item. */
  readonly values?: ReadonlyMap<number, number>;
  readonly slot?: Partial<SlotDefinition>;
  /** In place of candidates: what the list is around. */
  readonly relation?: RelationAsked;
  /** `nowUs` of the shard's clock; 0: none. */
  readonly deadlineUs?: number;
}

/** A user whose channel and session have the same number. */
export function openAs(number: number): OpenUser {
  return { channel: number, session: number };
}

export const START_MS = 1_760_000_000_000;

/** Opens a session; the answer comes when all that was applied to it is durable. */
export function anOpening({
  user,
  channel,
  session,
  sessionId = user,
  call,
}: Opening & { readonly call: number }): ShardCall {
  return { op: 'open', call, channel, user, session, sessionId, isExact: true };
}

/** The session closes, and with it the channel of its user. */
export function aLeave({ channel, session }: OpenUser): ShardCall[] {
  return [
    { op: 'close', channel, session },
    { op: 'release', channel },
  ];
}

/** An event; a view, one second after the event with the `seq` before, unless said otherwise. */
export function anEvent({ on, seq = 0, ...fields }: EventFields): ShardEvent {
  return {
    seq,
    kind: EVENT_KIND.view_item,
    tsMs: START_MS + seq * 1_000,
    items: on,
    value: 0,
    quantity: 1,
    query: '',
    ...fields,
  };
}

/** Hands an event of a session to the shard; `call` names one that wants an outcome. */
export function anEventCall({
  by,
  call = 0,
  ...event
}: EventFields & { readonly by: OpenUser; readonly call?: number }): ShardCall {
  return { op: 'event', call, channel: by.channel, session: by.session, event: anEvent(event) };
}

/** As `anEventCall`, for an event that is there already. */
export function aSend({ by, event }: { readonly by: OpenUser; readonly event: ShardEvent }): ShardCall {
  return { op: 'event', call: 0, channel: by.channel, session: by.session, event };
}

/** The user views items. */
export function aClick(click: {
  readonly by: OpenUser;
  readonly seq: number;
  readonly on: readonly number[];
}): ShardCall {
  return anEventCall(click);
}

/** Asks for an order of candidates. */
export function aRank({
  by,
  of,
  values,
  slot,
  relation,
  deadlineUs = 0,
  call,
}: RankFields & { readonly call: number }): ShardCall {
  return {
    op: 'rank',
    call,
    channel: by.channel,
    request: {
      slot: slotOf(slot),
      deadlineUs,
      ...(of && { candidates: Int32Array.from(of) }),
      ...(values && { values }),
      ...(relation && { relation }),
    },
  };
}

/** Subscribes to slots; to one named `home` when none is given. */
export function aSubscription(
  by: Pick<OpenUser, 'channel'>,
  ...slots: readonly Partial<SlotDefinition>[]
): ShardCall {
  return { op: 'subscribe', channel: by.channel, slots: (slots.length > 0 ? slots : [{}]).map(slotOf) };
}

/** A slot `home` of five items. */
export function slotOf(fields: Partial<SlotDefinition> = {}): SlotDefinition {
  return {
    name: 'home',
    k: 5,
    excludeSeen: 0,
    diversity: 0,
    explain: false,
    maxMoves: 0,
    minIntervalMs: 0,
    ...fields,
  };
}
