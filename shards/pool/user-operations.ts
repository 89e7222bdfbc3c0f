import type { Consent, SaidConsent } from '../graph/user-consent.js';
import type { ImportedGraph } from '../graph/interest/import-graph.js';
import type { UserGraph } from '../graph/user-graph.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { ShardReply } from '../wire/calls.js';
import type { OpenUsers } from './open-users.js';
import type { OpenChannel } from '../owed/outstanding.js';
import { failureOf, type ShardHandle } from './shard-handle.js';
import { MergedError, OverloadedError, type EventOutcome } from './shard-pool.js';
import type { NoRoom } from '../owed/user-counts.js';
import { nameOf, type UserKey } from '../store/user-key.js';

/** Events of one user that are handed over at once; the next ones follow when these are durable. */
const BITE_EVENTS = 64;

/**
 * Hands over events of a user that came without a connection, bite by bite; the user is open as long as it takes. Resolves
 * when all that were taken are durable, outcomes in the order given: those for which there was no room any more are
 * `overloaded`, and those that could not be applied `failed`. Rejects with `OverloadedError` when there was none for the first, or when the user is about to be merged, and
 * with `MergedError` when they were.
 */
export async function takeEvents(
  users: OpenUsers,
  user: UserKey,
  events: readonly ShardEvent[],
): Promise<EventOutcome[]> {
  const handle = users.ownerOf(user);
  const { byUser } = handle.owed;
  refuseWhenFull(user, handle.noRoomFor(Math.min(events.length, BITE_EVENTS), byUser.get(user)));
  const opened = await users.open(user, '', { isExact: false });
  if ('mergedSeq' in opened) throw mergedAway(user);
  try {
    const outcomes: EventOutcome[] = [];
    for (let from = 0; from < events.length; from += BITE_EVENTS) {
      const bite = events.slice(from, from + BITE_EVENTS);
      const channel = users.channel(opened.channel);
      const noRoom = channel?.isMoving === true ? 'busy' : handle.noRoomFor(bite.length, channel);
      if (from === 0) refuseWhenFull(user, noRoom);
      if (noRoom !== undefined) return outcomes.concat(events.slice(from).map(() => 'overloaded'));
      for (const outcome of await takeBite(handle, channel, bite)) outcomes.push(outcome);
    }
    return outcomes;
  } finally {
    users.close(opened.session);
  }
}

/** Which keys of events were used by a user, or by a visitor who may have been merged. */
export async function knownEvents(
  users: OpenUsers,
  user: UserKey,
  eventIds: readonly string[],
): Promise<boolean[]> {
  const handle = users.ownerOf(user);
  const known: boolean[] = [];
  for (let from = 0; from < eventIds.length; from += BITE_EVENTS) {
    const bite = eventIds.slice(from, from + BITE_EVENTS);
    const reply = await handle.answerTo({ op: 'seen', user, eventIds: bite });
    if (reply.op !== 'seen') throw failureOf(reply);
    for (const isKnown of reply.seen) known.push(isKnown);
  }
  return known;
}

/** What a user says of an interest; see `TUNE`. */
export interface Tuning {
  readonly interest: number;
  readonly value: number;
}

/**
 * The interest graph of a user; with `tuning`, after they said that. Rejects with `OverloadedError`, and with `MergedError` for a visitor
 * who was merged.
 */
export async function graphOf(users: OpenUsers, user: UserKey, tuning?: Tuning): Promise<UserGraph> {
  const reply = await answerFor(
    users,
    user,
    tuning === undefined ? { op: 'graph', user } : { op: 'tune', user, ...tuning },
  );
  if (reply.op === 'graph') return reply.graph;
  throw failureOf(reply);
}

/** Keeps what a user allows; resolves with all they allow. Rejects as `graphOf`. */
export async function consentFor(users: OpenUsers, user: UserKey, said: SaidConsent): Promise<Consent> {
  const reply = await answerFor(users, user, { op: 'consent', user, said });
  if (reply.op === 'consent') return reply.consent;
  throw failureOf(reply);
}

/** Keeps what a client says of its user; resolves when it is durable. Rejects as `graphOf`. */
export async function attributesFor(users: OpenUsers, user: UserKey, attributes: string): Promise<void> {
  const reply = await answerFor(users, user, { op: 'attributes', user, attributes });
  if (reply.op !== 'done') throw failureOf(reply);
}

/** See `ShardPool.importGraph`. */
export async function importFor(users: OpenUsers, user: UserKey, imported: ImportedGraph): Promise<void> {
  const reply = await answerFor(users, user, { op: 'import', user, ...imported });
  if (reply.op !== 'done') throw failureOf(reply);
}

/** What is asked stands behind what was sent for the user before, and before what is sent after. */
async function answerFor(
  users: OpenUsers,
  user: UserKey,
  asked: Parameters<ShardHandle['answerTo']>[0],
): Promise<ShardReply> {
  const handle = users.ownerOf(user);
  // It counts from now on, or any number would wait for a merge.
  if (handle.takeRank(user) !== undefined) {
    if (asked.op === 'consent') handle.withdraw(user, asked.said);
    throw new OverloadedError(`too many calls for "${nameOf(user)}" or their shard wait`);
  }
  try {
    if (users.moving.has(user)) await users.whenSettled(user);
    const reply = await handle.answerTo(asked);
    if (reply.op === 'merged') throw mergedAway(user);
    return reply;
  } finally {
    handle.owed.ranks.drop(user);
  }
}

function mergedAway(user: UserKey): MergedError {
  return new MergedError(`the session "${nameOf(user)}" is a named user's now`);
}

function refuseWhenFull(user: UserKey, noRoom: NoRoom | undefined): void {
  if (noRoom === 'overrun') throw new OverloadedError(`the queue of "${nameOf(user)}" is full`);
  if (noRoom === 'busy')
    throw new OverloadedError(
      `the queue of the shard is full, or "${nameOf(user)}" is being merged into another user`,
    );
}

/** Resolves when all that were taken are durable. */
async function takeBite(
  handle: ShardHandle,
  channel: OpenChannel | undefined,
  bite: readonly ShardEvent[],
): Promise<EventOutcome[]> {
  const replies = await Promise.all(
    bite.map(
      (event) =>
        new Promise<ShardReply>((resolve) =>
          handle.ask({ op: 'event', channel: channel?.number ?? 0, session: 0, event }, resolve, channel),
        ),
    ),
  );
  return replies.map((reply) => {
    if (reply.op === 'failed') return 'failed';
    if (reply.op === 'merged') return 'overloaded';
    if (reply.op !== 'taken') throw failureOf(reply);
    return reply.outcome;
  });
}
