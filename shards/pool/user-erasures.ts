import { faultPoint } from '../../metrics/process/fault-point.js';
import { destroyKeys } from '../store/vault/keys/destroy-keys.js';
import { isVisitor, type UserKey, type VisitorKey } from '../store/user-key.js';
import type { OpenUsers } from './open-users.js';
import { type Erased, OverloadedError } from './shard-pool.js';
import { failureOf, type ShardHandle } from './shard-handle.js';

/** Erasures that may run at once; each takes a shard between two ticks several times. */
export const ERASURES_MAX = 64;

/** Told that whoever has the channel is erased. */
export type ErasedListener = (channel: number) => void;

/** The shards of a pool. */
export interface ErasureGround {
  readonly users: OpenUsers;
  readonly handles: readonly ShardHandle[];
  /** No shard has anything of a user but their own, and of a visitor who was merged that of the user. */
  readonly usersStay: boolean;
}

/**
 * Erases users from all shards that may have anything of them: visitors who were merged into them first, the user last. Where users have
 * been moved journals of earlier places may have them still, so it is every shard; the one that they live on comes first: from then on nobody sees
 * them, and what a crash leaves elsewhere is of somebody who is gone. Done again it comes to the same; so one that a crash cut short is asked
 * for again.
 * Bounds: `ERASURES_MAX` at once, however many ask; whoever asks for one that runs waits for that.
 */
export class UserErasures {
  readonly #ground: ErasureGround;
  readonly #erased: ErasedListener;
  readonly #running = new Map<UserKey, Promise<Erased>>();

  constructor(ground: ErasureGround, erased: ErasedListener) {
    this.#ground = ground;
    this.#erased = erased;
  }

  /** Resolves when it is on the disk. Rejects when a shard could not, and with `OverloadedError` when too many run. */
  erase(user: UserKey): Promise<Erased> {
    return this.#once(user, () => this.#run(user));
  }

  /** Takes away what is left of a visitor who was merged: marks, the row of their session, their key. Resolves and rejects as `erase`. */
  forgetMerged(visitor: VisitorKey): Promise<Erased> {
    return this.#once(visitor, async () => {
      await this.#eraseMerged(visitor, await this.#ownersOf(visitor));
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
    const { users, handles, usersStay } = this.#ground;
    await users.whenSettled(user);
    const found = await Promise.all(handles.map((handle) => visitorsOf(handle, user)));
    const visitors = new Set(found.flat() as VisitorKey[]);
    for (const visitor of visitors) {
      const owners = await this.#ownersOf(visitor);
      if (usersStay) await this.#eraseMerged(visitor, new Set([users.ownerOf(user), ...owners]));
      else await this.#eraseOne(visitor);
    }
    faultPoint('erase.visitors');
    const owners = usersStay && isVisitor(user) ? await this.#ownersOf(user) : [];
    if (owners.length > 0) await this.#eraseMerged(user as VisitorKey, owners);
    else await this.#eraseOne(user);
    return { visitors: visitors.size };
  }

  async #eraseOne(user: UserKey): Promise<void> {
    const home = this.#leave(user);
    await this.#eraseFrom([home], user);
    faultPoint('erase.home');
    if (!this.#ground.usersStay) await this.#eraseFrom(this.#handlesBut(home), user);
    await this.#destroyKeys(user);
  }

  /**
   * Their own shard comes last: while it has the mark nobody is made of the session, whose merge the user's shard would hold for the old
   * one.
   */
  async #eraseMerged(visitor: VisitorKey, owners: Iterable<ShardHandle>): Promise<void> {
    const home = this.#leave(visitor);
    await this.#eraseFrom(
      [...owners].filter((owner) => owner !== home),
      visitor,
    );
    await this.#eraseFrom([home], visitor);
    await this.#destroyKeys(visitor);
  }

  /** Events of theirs that come from now on are for whoever comes after them. */
  #leave(user: UserKey): ShardHandle {
    const home = this.#ground.users.ownerOf(user);
    const channel = home.owed.byUser.get(user);
    if (channel !== undefined) this.#erased(channel.number);
    return home;
  }

  async #eraseFrom(handles: readonly ShardHandle[], user: UserKey): Promise<void> {
    await Promise.all(handles.map((handle) => erase(handle, user)));
  }

  #handlesBut(home: ShardHandle): ShardHandle[] {
    return this.#ground.handles.filter((handle) => handle !== home);
  }

  /** Shards that may have something of a merged visitor besides their own, once no merge of theirs is under way. */
  async #ownersOf(visitor: VisitorKey): Promise<readonly ShardHandle[]> {
    const { users, handles, usersStay } = this.#ground;
    await users.whenSettled(visitor);
    if (!usersStay) return handles;
    const reply = await users.ownerOf(visitor).answerTo({ op: 'whose', user: visitor });
    if (reply.op !== 'whose') throw failureOf(reply);
    return reply.user === undefined ? [] : [users.ownerOf(reply.user as UserKey)];
  }

  #destroyKeys(user: UserKey): Promise<void> {
    return destroyKeys(
      user,
      this.#ground.handles.map(({ folder }) => folder),
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
