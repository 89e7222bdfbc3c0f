import { statSync, type BigIntStats } from 'node:fs';
import { dirname } from 'node:path';

/** A look is that old at most. */
const LOOK_EVERY_MS = 250;

/** The file of a store is not at its path any more: what is written to it now is lost with the process. */
export class StoreMovedError extends Error {
  constructor(path: string, what: string) {
    super(
      `${path} ${what} while the gateway runs: what it writes now would be lost with it, so nothing is taken and nothing ` +
        `acknowledged. Put ${dirname(path)} back as it was and it goes on by itself; otherwise end the gateway and restore a snapshot`,
    );
    this.name = 'StoreMovedError';
  }
}

/**
 * Whether the file of a store is where it was when it was opened. A folder that is deleted, renamed or replaced stays open under
 * whoever writes to it, and every write goes well.
 */
export class StorePlace {
  readonly #path: string;
  readonly #nowMs: () => number;
  readonly #opened: BigIntStats;
  #lookedMs = -Infinity;
  #problem: Error | undefined;

  /** `path` is there now. Throws the error of the file system when it is not. */
  constructor(path: string, nowMs = () => performance.now()) {
    this.#path = path;
    this.#nowMs = nowMs;
    this.#opened = statSync(path, { bigint: true });
  }

  /** Undefined while it is in its place; a quarter of a second old at most. */
  problem(): Error | undefined {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return this.#problem;
    this.#lookedMs = nowMs;
    this.#problem = this.#look();
    return this.#problem;
  }

  #look(): Error | undefined {
    try {
      const { dev, ino } = statSync(this.#path, { bigint: true });
      if (dev === this.#opened.dev && ino === this.#opened.ino) return undefined;
      return new StoreMovedError(this.#path, 'was replaced by another file');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR')
        return new StoreMovedError(this.#path, 'was moved or deleted');
      return new StoreMovedError(this.#path, `cannot be looked at any more (${message})`);
    }
  }
}
