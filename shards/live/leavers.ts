import type { OpenCall, ShardCall } from '../wire/calls.js';
import type { QueuedCall } from './call-queues.js';
import type { LiveUser } from './live-user.js';

/** A call for a channel. */
type ChannelCall = Extract<ShardCall, { readonly channel: number }>;

/**
 * Sessions and users about to be closed by calls that wait in line, and opens that wait for them to be gone: only then is
 * the `seq` of such a session known, and a user is on one channel at a time. What comes for the channel of such an open waits behind it:
 * whoever tells again what is owed does not wait for answers.
 */
export class Leavers {
  /** How many calls will close a session or user. */
  readonly #leaving = new Map<string, number>();
  #waiting: ChannelCall[] = [];

  /** True when opens wait. */
  get areAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** A call gets in line. */
  note(user: LiveUser, call: QueuedCall): void {
    const key = keyOf(user, call);
    if (key !== '') this.#leaving.set(key, (this.#leaving.get(key) ?? 0) + 1);
  }

  /** A call that was noted is about to be carried out. */
  left(user: LiveUser, call: QueuedCall): void {
    const key = keyOf(user, call);
    const count = this.#leaving.get(key) ?? 0;
    if (count > 1) this.#leaving.set(key, count - 1);
    else this.#leaving.delete(key);
  }

  /** True when the call has to wait; `takeGone` gives it back. */
  await(call: ChannelCall): boolean {
    if (call.op !== 'open' && this.#waiting.length === 0) return false;
    const isBehind = this.#waiting.some(({ channel }) => channel === call.channel);
    if (!isBehind && !this.#isAwaiting(call)) return false;
    this.#waiting.push(call);
    return true;
  }

  /** Calls that wait for nobody any more, in order. */
  takeGone(): ChannelCall[] {
    if (this.#waiting.length === 0) return [];
    const stay = new Set<number>();
    for (const call of this.#waiting) if (this.#isAwaiting(call)) stay.add(call.channel);
    const gone = this.#waiting.filter(({ channel }) => !stay.has(channel));
    this.#waiting = this.#waiting.filter(({ channel }) => stay.has(channel));
    return gone;
  }

  #isAwaiting(call: ChannelCall): boolean {
    return call.op === 'open' && this.#isLeaving(call);
  }

  #isLeaving({ user, sessionId }: OpenCall): boolean {
    return this.#leaving.has(user) || (sessionId !== '' && this.#leaving.has(sessionKey(user, sessionId)));
  }
}

/** '' for a call that closes nothing which is opened by name. */
function keyOf(user: LiveUser, call: QueuedCall): string {
  if (call.op === 'release') return user.userId;
  const id = call.op === 'close' ? (user.sessions.get(call.session)?.id ?? '') : '';
  return id === '' ? '' : sessionKey(user.userId, id);
}

function sessionKey(user: string, sessionId: string): string {
  return `${user}\n${sessionId}`;
}
