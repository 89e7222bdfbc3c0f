// What is done with a user as a whole, without a connection: events handed over by name, and the merge of two users.

import type { ShardEvent } from '../wire/shard-event.js';
import type { OpenUsers } from './open-users.js';
import type { ShardHandle } from './shard-handle.js';
import { OverloadedError, type EventOutcome } from './shard-pool.js';

/**
 * Hands over events of a user that came without a connection; the user is open as long as it takes. Resolves when all of
 * them are durable, outcomes in the order given. Rejects with `OverloadedError` when they do not fit in the queue of the
 * user's shard, or when the user is about to be merged; nothing was taken then.
 */
export async function takeEvents(
  users: OpenUsers,
  user: string,
  events: readonly ShardEvent[],
): Promise<EventOutcome[]> {
  const handle = users.ownerOf(user);
  if (!handle.hasRoomFor(events.length))
    throw new OverloadedError(`the queue of shard ${handle.shard} is full`);
  const opened = await users.open(user, '', false);
  if (users.channel(opened.channel)?.isMoving === true) {
    users.close(opened.session);
    throw new OverloadedError(`"${user}" is being merged into another user`);
  }
  const owner = users.ownerOf(opened.user);
  const outcomes = await Promise.all(events.map((event) => takeEvent(owner, opened.channel, event)));
  users.close(opened.session);
  return outcomes;
}

function takeEvent(handle: ShardHandle, channel: number, event: ShardEvent): Promise<EventOutcome> {
  return new Promise((resolve) =>
    handle.ask({ op: 'event', channel, session: 0, event }, (reply) =>
      resolve(reply.op === 'taken' ? reply.outcome : 'duplicate'),
    ),
  );
}

/** A user, and the shard that owns them. */
export interface PlacedUser {
  readonly user: string;
  readonly handle: ShardHandle;
}

/**
 * Merges a visitor into a known user, in three steps, each durable before the next: the visitor's state is read; it is added
 * to the known user's, together with a mark that it was; it is removed. A crash in between leaves the mark, which makes
 * doing it again harmless. Meanwhile events of other connections of the visitor are turned away. Afterwards `moved` is
 * called with the visitor's channel, if there is one. Resolves with false when there was nothing to merge.
 */
export async function mergeUser(
  from: PlacedUser,
  into: PlacedUser,
  moved: (channel: number) => void,
): Promise<boolean> {
  const channel = from.handle.owed.byUser.get(from.user);
  if (channel !== undefined) channel.isMoving = true;
  const given = await from.handle.answerTo({ op: 'give', user: from.user });
  if (given.op !== 'given' || (given.state === undefined && given.sessions.length === 0)) {
    if (channel !== undefined) channel.isMoving = false;
    return false;
  }
  const { state, sessions } = given;
  await into.handle.answerTo({ op: 'merge', from: from.user, into: into.user, state, sessions });
  await from.handle.answerTo({ op: 'forget', user: from.user, to: into.user });
  if (channel !== undefined) moved(channel.number);
  return true;
}
