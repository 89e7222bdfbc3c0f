import { closeSync, openSync } from 'node:fs';
import { COUNTER } from '../../metrics/table.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';

/** Files that are held open for nothing: what stores, snapshots and threads need when peers have taken all others. */
export const FILES_RESERVED = 32;
/** Files that have to be free besides before anything connects again. */
const FILES_FREE_MIN = 32;

/** Who stops connecting while there are no files, and connects again. */
export interface ConnectionIntake {
  pause(): void;
  /** False when that is not possible yet. */
  resume(): boolean;
}

/** Opens a file that costs nothing, and closes it. */
export interface SpareFiles {
  /** Throws `EMFILE` when the process, `ENFILE` when the system has no file left. */
  open(): number;
  close(file: number): void;
}

const DEV_NULL: SpareFiles = { open: () => openSync('/dev/null', 'r'), close: closeSync };

/**
 * Sees when connections have taken all files that the process may have open. uSockets accepts until there is none left; then each
 * `accept` fails, nobody hears of it, whoever connects waits, and the event loop turns without a rest (`us_internal_dispatch_ready_poll`).
 *
 * A look opens one file. When that fails, the gateway listens no more, so that whoever comes is refused at once, and the
 * reserve is given up to those who write. It listens again when the reserve and as many again are free: connections without a
 * request end by themselves after 10 s (`ws`) or 30 s (`uws`).
 */
export class FileReserve {
  readonly #context: { readonly log: Log; readonly stats: ThreadStats };
  readonly #files: SpareFiles;
  readonly #held: number[] = [];
  #intake: ConnectionIntake | undefined;
  #problem: string | undefined;

  constructor(context: { readonly log: Log; readonly stats: ThreadStats }, files = DEV_NULL) {
    this.#context = context;
    this.#files = files;
    this.#hold(FILES_RESERVED);
  }

  /** Why nothing connects, and what to do; undefined while all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Who is paused from now on. */
  guard(intake: ConnectionIntake): void {
    this.#intake = intake;
  }

  /** Call a few times a second, and before what must not fail for want of files. */
  look(): void {
    if (this.#problem !== undefined) return this.#lookForEnough();
    const before = this.#held.length;
    const lack = this.#hold(before + 1);
    this.#giveUp(before);
    if (lack !== undefined) this.#begin(lack);
  }

  /** Carries out what opens files; once more when there were none left, now that nobody takes them any more. */
  async sparing<T>(work: () => Promise<T>): Promise<T> {
    this.look();
    try {
      return await work();
    } catch (error) {
      if (lackOfFiles(error) === undefined || this.#problem !== undefined) throw error;
      this.look();
      return work();
    }
  }

  stop(): void {
    this.#giveUp(0);
    this.#intake = undefined;
  }

  #begin(lack: string): void {
    this.#giveUp(0);
    this.#problem =
      `${lack}; nothing connects until some are free. Raise that limit, and bound in the proxy or the firewall ` +
      'what one address may connect';
    this.#context.stats.count(COUNTER.listeningPaused);
    this.#context.log.error({ problem: lack }, 'connections have taken all files: nothing connects for now');
    this.#intake?.pause();
  }

  #lookForEnough(): void {
    const lack = this.#hold(FILES_RESERVED + FILES_FREE_MIN);
    const isEnough = lack === undefined;
    this.#giveUp(isEnough ? FILES_RESERVED : 0);
    if (!isEnough || this.#intake?.resume() === false) return;
    this.#problem = undefined;
    this.#context.log.info('there are files again: peers connect');
  }

  /** Holds so many; says why not all of them. */
  #hold(count: number): string | undefined {
    try {
      while (this.#held.length < count) this.#held.push(this.#files.open());
      return undefined;
    } catch (error) {
      return lackOfFiles(error);
    }
  }

  #giveUp(left: number): void {
    for (const file of this.#held.splice(left)) this.#files.close(file);
  }
}

/** What is lacking, when files are. */
function lackOfFiles(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EMFILE') return 'this process has as many files open as it may (ulimit -n, LimitNOFILE)';
  return code === 'ENFILE' ? 'the system has as many files open as it may (fs.file-max)' : undefined;
}
