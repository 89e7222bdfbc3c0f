import { OverloadedError, type EventOutcome } from './shard-pool.js';
import type { OpenUsers } from './open-users.js';
import type { Seat } from './shard-handle.js';
import type { ShardEvent } from '../wire/shard-event.js';

/**
 * Hands over events of a user that came without a connection; he is open as long as it takes. Resolves when all of them are
 * durable, outcomes in the order given. Rejects with `OverloadedError` when they do not fit in the queue of his shard, or when
 * he is about to be merged; nothing was taken then.
 */
export async function takeEvents(
  users: OpenUsers,
  user: string,
  events: readonly ShardEvent[],
): Promise<EventOutcome[]> {
  const seat = users.ownerOf(user);
  if (!seat.hasRoomFor(events.length)) throw new OverloadedError(`the queue of shard ${seat.shard} is full`);
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

function takeEvent(seat: Seat, channel: number, event: ShardEvent): Promise<EventOutcome> {
  return new Promise((resolve) =>
    seat.ask({ op: 'event', channel, session: 0, event }, (reply) =>
      resolve(reply.op === 'taken' ? reply.outcome : 'duplicate'),
    ),
  );
}
