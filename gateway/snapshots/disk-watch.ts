import { type DiskSpace, isDiskFull } from '../../metrics/process/disk-space.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';

/** Why calls that write are refused for now. */
export interface DiskProblem {
  readonly code: 'disk_full' | 'disk_failing';
  /** Names the disk, and says what to do. */
  readonly detail: string;
}

/** A call that writes was refused, or given up, because the disk takes nothing. It may be made again, with the same ids. */
export class DiskRefusal extends Error {
  readonly problem: DiskProblem;

  constructor(problem: DiskProblem) {
    super(problem.detail);
    this.name = 'DiskRefusal';
    this.problem = problem;
  }
}

/** Pause between two looks at the shards; they say by themselves when their disk takes no commits. */
const LOOK_EVERY_MS = 100;

/**
 * Whether the disk takes what the gateway has to write: the catalogue's store tells, the shards are looked at. While it does
 * not, calls that write are refused, and those under way are given up: what becomes of them is only known when the disk
 * takes it. Both are noticed, logged and ended without anybody's help.
 */
export class DiskWatch implements Service {
  readonly #space: DiskSpace;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  readonly #guarded = new Set<(refusal: DiskRefusal) => void>();
  #shardsWait: () => boolean = () => false;
  /** Why the catalogue's store takes nothing. */
  #catalogue: Error | undefined;
  #problem: DiskProblem | undefined;

  /** @param space of the data folder's disk */
  constructor(space: DiskSpace, log: Log) {
    this.#space = space;
    this.#log = log;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** The reason for refusing; undefined while the disk takes everything. */
  get problem(): DiskProblem | undefined {
    return this.#problem;
  }

  /** What the catalogue's store says; undefined when its disk takes puts again. */
  readonly catalogueStalled = (reason: Error | undefined): void => {
    this.#catalogue = reason;
    this.#look();
  };

  /** Looks at these from now on. */
  watchShards(wait: () => boolean): void {
    this.#shardsWait = wait;
  }

  /** Carries `work` out unless the disk takes nothing. Rejects with `DiskRefusal`, also when that happens meanwhile. */
  async guard<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#problem !== undefined) throw new DiskRefusal(this.#problem);
    let giveUp: ((refusal: DiskRefusal) => void) | undefined;
    const refused = new Promise<never>((_, reject) => {
      giveUp = reject;
      this.#guarded.add(reject);
    });
    try {
      return await Promise.race([work(), refused]);
    } finally {
      if (giveUp !== undefined) this.#guarded.delete(giveUp);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const before = this.#problem;
    this.#problem = this.#find();
    if (this.#problem === undefined) {
      if (before !== undefined) this.#log.info('the disk takes what is written again');
      return;
    }
    const problem = this.#problem;
    if (before?.code !== problem.code) this.#log.error({ ...problem }, 'the disk takes nothing');
    for (const giveUp of this.#guarded) giveUp(new DiskRefusal(problem));
    this.#guarded.clear();
  }

  #find(): DiskProblem | undefined {
    const reason = this.#catalogue;
    if (reason !== undefined && !isDiskFull(reason))
      return {
        code: 'disk_failing',
        detail: `${reason.message}; the gateway tries again by itself. Look at the disk of ${this.#space.folder}`,
      };
    if (reason === undefined && !this.#shardsWait()) return undefined;
    return { code: 'disk_full', detail: (reason ?? this.#space.fullError()).message };
  }
}
