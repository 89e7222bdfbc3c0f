import { type DiskSpace, isDiskFull } from '../../../../metrics/process/disk-space.js';
import { Fifo } from '../../../../metrics/process/fifo.js';
import type { CommitChain } from './commit-chain.js';
import { StoreMovedError } from '../../places/store-moved-error.js';
import { foreignWrite, realCause, CommitRefusedError } from './commit-error.js';
import { bytesOfCommit, type FileRoom } from './file-room.js';
import { Flight } from './flight.js';
import { carryOut, type TableWrite } from './lmdb-table.js';
import type { StorePlace } from '../../places/store-place.js';

/** What becomes of commits that a full disk does not take. */
export type WhenFull = 'wait' | 'refuse';

/** What a queue stands on, and who hears of it. */
export interface CommitQueueContext {
  readonly chain: CommitChain;
  readonly space: DiskSpace;
  readonly room: FileRoom;
  readonly place: Pick<StorePlace, 'look'>;
  /**
   * `wait`: commits are kept and tried again, in order, until the disk takes them. `refuse`: they are rejected with a
   * `DiskFullError`, and so are later ones until a trial has been written.
   */
  readonly whenFull: WhenFull;
  /** Called with a commit's ticket before its promise resolves. */
  readonly onDurable: (ticket: number) => void;
  /** Called with the ticket of a refused commit before its promise rejects: nothing of it, and of none before it, is on its way any more. */
  readonly onRefused: (ticket: number) => void;
  /** Called when the disk takes no commits, with why, and with undefined when it does again. */
  readonly onStall: (reason: Error | undefined) => void;
  /** Called once when nothing can be committed any more. */
  readonly onFailure: (error: Error) => void;
}

/** Pause before a trial: the first, and at most; each is twice the one before. */
const PAUSE_MS = 100;
const PAUSE_MAX_MS = 5_000;
/** Trials after which another error than a full disk is final, and after which lmdb-js is not waited for any more. */
const TRIALS_MAX = 10;
/** How old may be what the disk said, while commits are on their way. */
const ASK_EVERY_MS = 250;
/** How long a commit that was passed over waits for the failure of the one before it. */
const PASSED_OVER_MS = 500;

interface Commit {
  /** In the chain. */
  readonly number: number;
  readonly ticket: number;
  readonly writes: readonly TableWrite[];
  /** That it takes in the file at most. */
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The commits on their way to the disk, oldest first, and what happens when it does not take them.
 *
 * A disk that is full ends nothing: the queue stalls. With less room than the reserve it does so before anything is written, and
 * no commit reaches LMDB without room in the file (`file-room.ts`). So it does when the file is not in its place any more, or takes
 * no write before LMDB is given any. Then it tries again after growing pauses, one commit alone; when that is durable, the others
 * follow. Numbers in the chain make sure that none is carried out twice or out of order,
 * whatever lmdb-js made of those that failed.
 * Any other failure is final: it is that of every later commit too. Only a queue that refuses tries again after those as
 * well, `TRIALS_MAX` times. Another owner of the store is final at once.
 * Bounds: a waiting queue holds what it is given, so whoever adds to it stops when it stalls.
 */
export class CommitQueue {
  readonly #context: CommitQueueContext;
  #next: number;
  /** Not durable yet, oldest first; a `Set` keeps that order. */
  readonly #waiting = new Set<Commit>();
  /** Of those, the ones that wait for room in the file, while the queue does not stall. */
  #held = new Fifo<Commit>();
  /** Bytes of those on their way when the first of the held ones found no room; −1: none is held. */
  #fullWith = -1;
  /** The disk is asked about the next one: on another thread, since it may be busy. */
  #isAsking = false;
  #askedMs = -Infinity;
  /** `stalled`: nothing is handed to lmdb-js; `trying`: the oldest alone is. */
  #phase: 'writing' | 'stalled' | 'trying' = 'writing';
  #flight = new Flight();
  #refusal: Error | undefined;
  #failure: Error | undefined;
  #trials = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #whenQuiet: (() => void)[] = [];

  /** @param first number of the first commit. */
  constructor(context: CommitQueueContext, first: number) {
    this.#context = context;
    this.#next = first;
  }

  /** True while the disk does not take what is committed. */
  get isStalled(): boolean {
    return this.#phase !== 'writing';
  }

  /** Resolves when durable, after all earlier ones; rejects with the first failure. */
  add(ticket: number, writes: readonly TableWrite[]): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { space, whenFull } = this.#context;
    if (this.isStalled && whenFull === 'refuse') {
      this.#context.onRefused(ticket);
      return Promise.reject(this.#refusal ?? space.fullError());
    }
    return new Promise((resolve, reject) => {
      const bytes = bytesOfCommit(writes);
      const commit = { number: this.#next++, ticket, writes, bytes, resolve, reject };
      this.#waiting.add(commit);
      if (this.#phase !== 'writing') return;
      this.#held.push(commit);
      this.#submitHeld();
    });
  }

  /** Resolves when nothing is on its way: true when all became durable. Stalled commits get a last trial. */
  async drain(): Promise<boolean> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    if (this.#phase === 'stalled') this.#try();
    const isBusy = this.#phase === 'trying' || (this.#phase === 'writing' && this.#waiting.size > 0);
    if (this.#failure === undefined && isBusy)
      await new Promise<void>((resolve) => this.#whenQuiet.push(resolve));
    return this.#failure === undefined && this.#waiting.size === 0 && this.#flight.count === 0;
  }

  /** Hands over what is held and has room, in order. */
  #submitHeld(): void {
    if (this.#isAsking) return;
    for (let commit = this.#held.peek(); commit !== undefined; commit = this.#held.peek()) {
      if (this.#phase !== 'writing') return;
      const isAsked = this.#flight.count > 0 && performance.now() - this.#askedMs < ASK_EVERY_MS;
      if (!isAsked || this.#fullWith >= 0 || !this.#context.room.has(commit.bytes)) {
        this.#isAsking = true;
        void this.#askFor(commit);
        return;
      }
      this.#held.shift();
      this.#submit(commit);
    }
  }

  async #askFor(commit: Commit): Promise<void> {
    const isReady = await this.#ask(commit);
    this.#isAsking = false;
    if (this.#phase !== 'writing' || this.#failure !== undefined) return this.#submitHeld();
    if (!isReady) {
      // The last one on its way may have come back meanwhile.
      if (this.#flight.count === 0) this.#submitHeld();
      return;
    }
    this.#held.shift();
    this.#submit(commit);
    this.#submitHeld();
  }

  /**
   * Whether a commit may be written now: the disk has its reserve, the file is in its place, takes a write, and has room. It grows only while
   * lmdb-js writes nothing: once a commit had to wait for that, so do those after it, and it grows for all of them. When it may
   * not be written for long, the queue stalls.
   */
  async #ask({ bytes }: Commit): Promise<boolean> {
    const { room } = this.#context;
    try {
      const refusal = await this.#lookAround();
      if (refusal !== undefined) throw refusal;
      this.#askedMs = performance.now();
      const { count, bytes: onTheWay } = this.#flight;
      if (this.#fullWith < 0 && (count === 0 || !room.has(bytes))) {
        await room.measure(onTheWay);
        if (!room.has(bytes)) this.#fullWith = onTheWay;
      }
      if (this.#fullWith >= 0) {
        if (this.#flight.count > 0) return false;
        // As many at a time shall have room from now on.
        let wanted = this.#fullWith;
        for (const held of this.#held) wanted += held.bytes;
        this.#fullWith = -1;
        await room.grow(bytes, wanted);
      }
      if (this.#flight.count === 0) await room.tryWrite(bytes);
      return room.has(bytes);
    } catch (error) {
      // Nothing of it has reached LMDB: whatever it is, it may pass.
      if (this.#failure === undefined) this.#stall(this.#reasonOf(error));
      return false;
    }
  }

  #reasonOf(error: unknown): Error {
    if (isDiskFull(error)) return this.#context.space.fullError({ cause: error });
    return error instanceof StoreMovedError ? error : new CommitRefusedError(error);
  }

  /** Why nothing may be written now. */
  async #lookAround(): Promise<Error | undefined> {
    const { place, space } = this.#context;
    const problem = await place.look();
    if (problem !== undefined) return problem;
    await space.look();
    return space.hasRoomFor(0) ? undefined : space.fullError();
  }

  #submit(commit: Commit): void {
    const flight = this.#flight;
    flight.begin(commit.bytes);
    this.#context.room.take(commit.bytes);
    const parts: Promise<boolean>[] = [];
    const written = this.#context.chain.commit(commit.number, () => {
      for (const write of commit.writes) {
        const append = carryOut(write);
        if (append !== undefined) parts.push(append);
      }
    });
    Promise.all([written, ...parts]).then(
      ([isWritten, ...appends]) => {
        flight.end(commit.bytes);
        if (!isWritten) this.#passedOver(commit);
        else if (appends.every(Boolean)) this.#settle(commit.number);
        else this.#fail(new Error('a journal record did not come after all others'));
      },
      (error: unknown) => {
        flight.end(commit.bytes);
        void this.#refused(error);
      },
    );
  }

  /** Everything up to this number is durable. */
  #settle(number: number): void {
    for (const commit of this.#waiting) {
      if (commit.number > number) break;
      this.#waiting.delete(commit);
      this.#context.onDurable(commit.ticket);
      commit.resolve();
    }
    if (this.#phase === 'trying') this.#resume();
    this.#submitHeld();
    if (this.#waiting.size === 0) this.#quiet();
  }

  /**
   * A commit did not find the one before it. Either it was carried out already, or that one failed: then its failure is told, or
   * lmdb-js has lost it.
   */
  #passedOver(commit: Commit): void {
    if (this.#phase === 'stalled' || !this.#waiting.has(commit)) return;
    const next = this.#nextInStore();
    const [oldest] = this.#waiting;
    if (next === undefined) return;
    if (next > oldest.number && next <= this.#next) this.#settle(next - 1);
    else if (next !== oldest.number) this.#fail(foreignWrite());
    else
      setTimeout(() => {
        if (this.#phase !== 'stalled' && this.#waiting.has(commit) && this.#failure === undefined)
          this.#stall(new Error('a commit was not carried out'));
      }, PASSED_OVER_MS);
  }

  /** Number of the commit that has to come next. A failed write may have left LMDB unable to tell: then it is over. */
  #nextInStore(): number | undefined {
    try {
      return this.#context.chain.next();
    } catch (error) {
      this.#fail(new CommitRefusedError(error));
      return undefined;
    }
  }

  async #refused(error: unknown): Promise<void> {
    if (this.#phase === 'stalled' || this.#failure !== undefined) return;
    this.#phase = 'stalled';
    const cause = await realCause(error);
    const { space, whenFull } = this.#context;
    if (isDiskFull(cause)) this.#stall(space.fullError({ cause }));
    else if (whenFull === 'refuse' && this.#trials < TRIALS_MAX) this.#stall(new CommitRefusedError(cause));
    else this.#fail(new CommitRefusedError(cause));
  }

  #stall(reason: Error): void {
    this.#phase = 'stalled';
    this.#held = new Fifo();
    this.#refusal = reason;
    this.#context.onStall(reason);
    if (this.#context.whenFull === 'refuse') this.#refuseAll(reason);
    this.#notNow();
  }

  /** What turns out to be durable all the same is not refused. */
  #refuseAll(reason: Error): void {
    const next = this.#nextInStore();
    if (next === undefined) return;
    for (const commit of this.#waiting) {
      this.#waiting.delete(commit);
      if (commit.number < next) {
        this.#context.onDurable(commit.ticket);
        commit.resolve();
      } else {
        this.#context.onRefused(commit.ticket);
        commit.reject(reason);
      }
    }
  }

  #plan(): void {
    const pauseMs = Math.min(PAUSE_MS * 2 ** this.#trials++, PAUSE_MAX_MS);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#try(), pauseMs);
    this.#timer.unref();
  }

  /** Writes the oldest commit alone, or an empty one, when the disk has room and lmdb-js is at rest. */
  #try(): void {
    if (this.#flight.count > 0 && this.#trials < TRIALS_MAX) return this.#notNow();
    this.#phase = 'trying';
    void this.#tryOldest();
  }

  async #tryOldest(): Promise<void> {
    const refusal = await this.#lookAround();
    if (this.#failure !== undefined) return;
    if (refusal !== undefined) {
      this.#phase = 'stalled';
      this.#refusal = refusal;
      return this.#notNow();
    }
    this.#flight = new Flight();
    const next = this.#nextInStore();
    if (next === undefined) return;
    const [oldest = trial(next)] = this.#waiting;
    if (next < oldest.number || next > this.#next) return this.#fail(foreignWrite());
    if (next > oldest.number) return this.#settle(next - 1);
    if (this.#waiting.size === 0) {
      this.#waiting.add(oldest);
      this.#next = next + 1;
    }
    if (await this.#ask(oldest)) this.#submit(oldest);
  }

  #notNow(): void {
    if (this.#isClosing) this.#quiet();
    else this.#plan();
  }

  /** The disk takes commits again: all that waited are on their way. */
  #resume(): void {
    this.#phase = 'writing';
    this.#refusal = undefined;
    this.#trials = 0;
    this.#context.onStall(undefined);
    for (const commit of this.#waiting) this.#held.push(commit);
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearTimeout(this.#timer);
    for (const commit of this.#waiting) commit.reject(error);
    this.#waiting.clear();
    this.#held = new Fifo();
    this.#context.onFailure(error);
    this.#quiet();
  }

  #quiet(): void {
    for (const call of this.#whenQuiet.splice(0)) call();
  }
}

/** Nothing but a number. */
function trial(number: number): Commit {
  return {
    number,
    ticket: 0,
    writes: [],
    bytes: bytesOfCommit([]),
    resolve: () => undefined,
    reject: () => undefined,
  };
}
