import type { Seat } from './shard-handle.js';

/** A user, and the shard that owns him. */
export interface PlacedUser {
  readonly user: string;
  readonly seat: Seat;
}

/**
 * Merges a visitor into a known user, in three steps, each durable before the next: the visitor's state is read, added to
 * the known user's together with a mark that it was, and removed. A crash in between leaves the mark, which makes doing it
 * again harmless. Meanwhile events of other connections of the visitor are turned away; afterwards `moved` is called with
 * his channel, if he has one. Resolves with false when there was nothing to merge.
 */
export async function mergeUser(
  from: PlacedUser,
  into: PlacedUser,
  moved: (channel: number) => void,
): Promise<boolean> {
  const channel = from.seat.owed.byUser.get(from.user);
  if (channel !== undefined) channel.isMoving = true;
  const given = await from.seat.answerTo({ op: 'give', user: from.user });
  if (given.op !== 'given' || (given.state === undefined && given.sessions.length === 0)) {
    if (channel !== undefined) channel.isMoving = false;
    return false;
  }
  const { state, sessions } = given;
  await into.seat.answerTo({ op: 'merge', from: from.user, into: into.user, state, sessions });
  await from.seat.answerTo({ op: 'forget', user: from.user, to: into.user });
  if (channel !== undefined) moved(channel.number);
  return true;
}
