import { setTimeout as pause } from 'node:timers/promises';
import { faultPoint } from '../../metrics/process/fault-point.js';
import type { OpenChannel } from '../owed/outstanding.js';
import type { OpenUsers } from './open-users.js';
import { failureOf, type ShardHandle } from './shard-handle.js';
import type { MergedVisitor, OpenedSession } from './shard-pool.js';
import type { ShardReply } from '../wire/calls.js';
import type { NamedKey, VisitorKey } from '../store/user-key.js';

/** Told that the visitor of a channel is the named user's now. */
export type MovedListener = (channel: number, into: NamedKey) => void;

interface Merge {
  readonly into: NamedKey;
  readonly done: Promise<boolean>;
}

/**
 * Merges of visitors into named users: three steps on two shards, each durable before the next (`UserMoves`).
 *
 * Who: a visitor alone is merged away, and a named user alone takes them in, so merges make no chains and no circles. Once:
 * whose a visitor is does not change any more.
 * Meanwhile: one merge of a visitor runs at a time, and another one waits for it. Events of their open channel are turned
 * away (`isMoving`); whoever opens them waits until it is over (`OpenUsers.open`). So everything that was taken of the visitor
 * was taken before their state was given away, and goes with it.
 * Failure: a crashed thread is asked again. What a crash of the process interrupts is ended by `finishAll` at the next start.
 */
export class VisitorMerges {
  readonly #users: OpenUsers;
  readonly #moved: MovedListener;
  readonly #closes: boolean;
  readonly #running = new Map<VisitorKey, Merge>();

  /** @param closes a visitor of whom there is nothing is somebody's as well from then on: where their clicks come by other ways than a merge. */
  constructor(users: OpenUsers, moved: MovedListener, closes = false) {
    this.#users = users;
    this.#moved = moved;
    this.#closes = closes;
  }

  /** Resolves with true when the visitor has become `into`'s by this call, or by one that runs; false: there was nothing to merge. */
  async merge(visitor: VisitorKey, into: NamedKey): Promise<boolean> {
    for (let running = this.#running.get(visitor); running !== undefined;) {
      if (running.into === into) return running.done;
      await running.done.catch(() => false);
      running = this.#running.get(visitor);
    }
    const done = this.#run(visitor, into);
    this.#running.set(visitor, { into, done });
    this.#users.moving.set(visitor, done);
    try {
      return await done;
    } finally {
      this.#running.delete(visitor);
      this.#users.moving.delete(visitor);
    }
  }

  /** Ends the merges that were begun before this process, one after the other. */
  async finishAll(handles: readonly ShardHandle[]): Promise<void> {
    for (const handle of handles) {
      const reply = await handle.answerTo({ op: 'unfinished' });
      if (reply.op !== 'unfinished') throw failureOf(reply);
      for (const { visitor, into } of reply.merges) await this.merge(visitor as VisitorKey, into as NamedKey);
    }
  }

  async #run(visitor: VisitorKey, into: NamedKey): Promise<boolean> {
    const from = this.#users.ownerOf(visitor);
    const channel = from.owed.byUser.get(visitor);
    if (channel !== undefined) channel.isMoving = true;
    const given = await from.answerTo({
      op: 'give',
      user: visitor,
      into,
      ...(this.#closes && { closes: true }),
    });
    if (given.op !== 'given' || given.into === undefined) {
      this.#notGiven(channel, given.op === 'given' ? given.owner : undefined);
      if (given.op !== 'given') throw failureOf(given);
      return false;
    }
    faultPoint('merge.given');
    const { state, sessions, eventIds } = given;
    const owner = given.into as NamedKey;
    try {
      const keeper = this.#users.ownerOf(owner);
      expectDone(
        await keeper.answerTo({ op: 'merge', from: visitor, into: owner, state, sessions, eventIds }),
      );
      faultPoint('merge.merged');
      expectDone(await from.answerTo({ op: 'forget', user: visitor, to: owner }));
      faultPoint('merge.forgotten');
    } finally {
      // Whatever becomes of the rest: the visitor is decided upon, and nobody opens them any more.
      if (channel !== undefined) this.#moved(channel.number, owner);
    }
    return owner === into;
  }

  /** One who is somebody's stays decided upon: a node that stood still may have them open yet. */
  #notGiven(channel: OpenChannel | undefined, owner: string | undefined): void {
    if (channel === undefined) return;
    if (owner === undefined) channel.isMoving = false;
    else this.#moved(channel.number, owner as NamedKey);
  }
}

function expectDone(reply: ShardReply): void {
  if (reply.op !== 'done') throw failureOf(reply);
}

/** A session of a named user, and the last event of it that whoever goes on with it has sent. */
interface Wanted {
  readonly user: NamedKey;
  readonly session: string;
  readonly sent?: number;
}

/** How long somebody who goes on with a session waits for who serves its visitor. */
const PATIENCE_MS = 250;

/**
 * Opens a session when its visitor has been `merged` into the user. Whoever goes on with one that the user has had waits for that for a
 * moment only: it was opened behind the same merge before. Any other one gets the visitor's numbers by the merge, and is not opened before.
 * Rejects as `merged` and `OpenUsers.open`.
 */
export async function openMerged(
  users: Pick<OpenUsers, 'open'>,
  merged: Promise<unknown>,
  { user, session, ...goesOn }: Wanted,
): Promise<OpenedSession | MergedVisitor> {
  if (goesOn.sent !== undefined && (await isLate(merged))) {
    const known = users.open(user, session, { isExact: true, isKnown: true, ...goesOn });
    const opened = await known.catch(() => undefined);
    if (opened !== undefined) return opened;
  }
  await merged;
  return users.open(user, session, { isExact: true, ...goesOn });
}

async function isLate(merged: Promise<unknown>): Promise<boolean> {
  const settled = merged.then(
    () => false,
    () => false,
  );
  return Promise.race([settled, pause(PATIENCE_MS, true, { ref: false })]);
}
