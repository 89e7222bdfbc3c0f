import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StoreMovedError } from './store-moved-error.js';

/** A look is that old at most. */
const LOOK_EVERY_MS = 250;

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

  /** As `problem`, on another thread: a disk that is busy may let this one wait. */
  async look(): Promise<Error | undefined> {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return this.#problem;
    this.#problem = await stat(this.#path, { bigint: true }).then(
      (found) => this.#problemOf(found),
      (error: unknown) => this.#refusal(error),
    );
    this.#lookedMs = nowMs;
    return this.#problem;
  }

  #look(): Error | undefined {
    try {
      return this.#problemOf(statSync(this.#path, { bigint: true }));
    } catch (error) {
      return this.#refusal(error);
    }
  }

  #problemOf({ dev, ino }: BigIntStats): Error | undefined {
    if (dev === this.#opened.dev && ino === this.#opened.ino) return undefined;
    return new StoreMovedError(this.#path, 'was replaced by another file');
  }

  #refusal(error: unknown): Error {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return new StoreMovedError(this.#path, 'was moved or deleted');
    return new StoreMovedError(this.#path, `cannot be looked at any more (${message})`);
  }
}
