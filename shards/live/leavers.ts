import type { OpenCall } from '../wire/calls.js';
import type { QueuedCall } from './call-queues.js';
import type { LiveUser } from './live-user.js';

/**
 * Sessions and users about to be closed by calls that wait in line, and opens that wait for them to be gone: only then is
 * the `seq` of such a session known, and a user is on one channel at a time.
 */
export class Leavers {
  /** How many calls will close a session or user. */
  readonly #leaving = new Map<string, number>();
  #opens: OpenCall[] = [];

  /** True when opens wait. */
  get areAwaited(): boolean {
    return this.#opens.length > 0;
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

  /** True when the open has to wait; `takeGone` gives it back. */
  await(call: OpenCall): boolean {
    if (!this.#isLeaving(call)) return false;
    this.#opens.push(call);
    return true;
  }

  /** Opens that wait for nobody any more, in order. */
  takeGone(): OpenCall[] {
    if (this.#opens.length === 0) return [];
    const gone = this.#opens.filter((call) => !this.#isLeaving(call));
    this.#opens = this.#opens.filter((call) => this.#isLeaving(call));
    return gone;
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
