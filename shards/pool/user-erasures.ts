import { faultPoint } from '../../metrics/process/fault-point.js';
import { destroyKeys } from '../store/vault/destroy-keys.js';
import type { UserKey, VisitorKey } from '../store/user-key.js';
import type { OpenUsers } from './open-users.js';
import { type Erased, OverloadedError } from './shard-pool.js';
import { failureOf, type ShardHandle } from './shard-handle.js';

/** Erasures that may run at once; each takes a shard between two ticks several times. */
export const ERASURES_MAX = 64;

/** Told that whoever has the channel is erased. */
export type ErasedListener = (channel: number) => void;

/**
 * Erases users from all shards: visitors who were merged into them first, the user last, each on every shard, for journals of earlier places
 * may have them still. The shard that they live on comes first: from then on nobody sees them, and what a crash leaves elsewhere is
 * of somebody who is gone. Done again it comes to the same; so one that a crash cut short is asked for again.
 * Bounds: `ERASURES_MAX` at once, however many ask; whoever asks for one that runs waits for that.
 */
export class UserErasures {
  readonly #users: OpenUsers;
  readonly #handles: readonly ShardHandle[];
  readonly #erased: ErasedListener;
  readonly #running = new Map<UserKey, Promise<Erased>>();

  constructor(users: OpenUsers, handles: readonly ShardHandle[], erased: ErasedListener) {
    this.#users = users;
    this.#handles = handles;
    this.#erased = erased;
  }

  /** Resolves when it is on the disk. Rejects when a shard could not, and with `OverloadedError` when too many run. */
  erase(user: UserKey): Promise<Erased> {
    return this.#once(user, () => this.#run(user));
  }

  /**
   * Takes away what is left of a visitor who was merged: marks, the row of their session, their key. Their own shard comes last: while it has the
   * mark nobody is made of the session, whose merge the user's shard would hold for the old one. Resolves and rejects as `erase`.
   */
  forgetMerged(visitor: VisitorKey): Promise<Erased> {
    return this.#once(visitor, async () => {
      await this.#users.whenSettled(visitor);
      const home = this.#users.ownerOf(visitor);
      await this.#eraseFrom(this.#handlesBut(home), visitor);
      await this.#eraseFrom([home], visitor);
      await this.#destroyKeys(visitor);
      return { visitors: 0 };
    });
  }

  #once(user: UserKey, run: () => Promise<Erased>): Promise<Erased> {
    const running = this.#running.get(user);
    if (running !== undefined) return running;
    if (this.#running.size >= ERASURES_MAX)
      return Promise.reject(new OverloadedError(`${ERASURES_MAX} users are being erased; ask again later`));
    const done = run().finally(() => this.#running.delete(user));
    this.#running.set(user, done);
    return done;
  }

  async #run(user: UserKey): Promise<Erased> {
    await this.#users.whenSettled(user);
    const visitors = new Set<string>();
    for (const handle of this.#handles)
      for (const visitor of await visitorsOf(handle, user)) visitors.add(visitor);
    for (const visitor of visitors) await this.#eraseOne(visitor as UserKey);
    faultPoint('erase.visitors');
    await this.#eraseOne(user);
    return { visitors: visitors.size };
  }

  async #eraseOne(user: UserKey): Promise<void> {
    const home = this.#users.ownerOf(user);
    const channel = home.owed.byUser.get(user);
    // Events that come from now on are for whoever comes after them.
    if (channel !== undefined) this.#erased(channel.number);
    await this.#eraseFrom([home], user);
    faultPoint('erase.home');
    await this.#eraseFrom(this.#handlesBut(home), user);
    await this.#destroyKeys(user);
  }

  async #eraseFrom(handles: readonly ShardHandle[], user: UserKey): Promise<void> {
    await Promise.all(handles.map((handle) => erase(handle, user)));
  }

  #handlesBut(home: ShardHandle): ShardHandle[] {
    return this.#handles.filter((handle) => handle !== home);
  }

  #destroyKeys(user: UserKey): Promise<void> {
    return destroyKeys(
      user,
      this.#handles.map(({ folder }) => folder),
    );
  }
}

async function visitorsOf(handle: ShardHandle, user: UserKey): Promise<readonly string[]> {
  const reply = await handle.answerTo({ op: 'visitorsOf', user });
  if (reply.op !== 'visitorsOf') throw failureOf(reply);
  return reply.visitors;
}

async function erase(handle: ShardHandle, user: UserKey): Promise<void> {
  const reply = await handle.answerTo({ op: 'erase', user });
  if (reply.op !== 'done') throw failureOf(reply);
}
