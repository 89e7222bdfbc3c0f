import type { Log } from '../../../metrics/process/log.js';
import { StartupError } from '../../../metrics/process/startup-error.js';

/** Exit code of a service that could not go on. */
const EXIT_FATAL = 1;
/** Exit code of a start that failed for a reason that can be mended from outside. */
const EXIT_STARTUP = 2;
/** Exit code after a second signal. What was not written is recovered at the next start. */
const EXIT_FORCED = 130;
/** What a service that cannot go on gets to end in order. */
const FATAL_END_MS = 10_000;
/** What it gets to close its stores after a second signal. */
const FORCED_END_MS = 2_000;

/** What asks the process to end. */
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** What is ended before the process is. */
export interface Ending {
  /** In order, nothing left out. `hasGrace`: load balancers hear of it first. */
  stop(hasGrace: boolean): Promise<void>;
  /** In order, without what needs all of it to be alive. */
  abandon(): Promise<void>;
  /** Cuts what is under way short; it resolves soon. */
  halt(): void;
}

/**
 * How the process ends: in order on SIGTERM, SIGINT and SIGHUP (exit code 0), also when they come while it starts; in order when
 * the service cannot go on, an error that nobody caught included (1), for whoever supervises it to start it again; on a
 * second signal as soon as the stores are closed (130). Whatever the reason, threads end by themselves: LMDB ends a process
 * that leaves while it writes with SIGABRT. When a disk does not let them end in time after a second signal, the process dies
 * of a SIGINT of its own, which to a shell is 130 as well.
 */
export class ProcessEnd {
  readonly #log: Log;
  readonly #abort = new AbortController();
  #service: Ending | undefined;
  /** The exit code, once the process is ending. */
  #code: number | undefined;
  readonly #twinMs: number;
  /** When a signal came last; ms since the start of the process. */
  #signalledMs = -Infinity;

  /** @param twinMs a signal that comes so soon after another one is the same wish, told twice; 0: each is one of its own */
  constructor(log: Log, twinMs = 0) {
    this.#log = log;
    this.#twinMs = twinMs;
    for (const name of SIGNALS) process.on(name, () => this.#signalled(name));
    process.on('uncaughtException', this.fatal);
  }

  /** Aborted when the process is to end: a start gives up at its next stage then. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** To be called when the service cannot go on. */
  readonly fatal = (error: unknown): void => {
    this.#log.fatal({ err: error }, 'the service cannot go on');
    if (this.#code !== undefined) return;
    setTimeout(() => process.exit(EXIT_FATAL), FATAL_END_MS);
    this.#end(EXIT_FATAL, false);
  };

  /** The service has started. False when the process is to end already; the service is ended then. */
  own(service: Ending): boolean {
    this.#service = service;
    if (this.#code === undefined) return true;
    void this.#stop(service, false);
    return false;
  }

  /**
   * The start has failed, and nothing of it is left. Says why, every problem on its own, and ends the process; it says nothing
   * when the start was given up on a signal. What is not a `StartupError` is a defect, and logged as one.
   */
  startFailed(error: unknown): never {
    if (this.#code !== undefined) process.exit(this.#code);
    if (error instanceof StartupError) return endWithProblems(error);
    this.#log.fatal({ err: error }, 'could not start');
    process.exit(EXIT_FATAL);
  }

  #signalled(signal: NodeJS.Signals): void {
    const nowMs = performance.now();
    const isTwin = nowMs - this.#signalledMs < this.#twinMs;
    this.#signalledMs = nowMs;
    if (isTwin) return;
    if (this.#code !== undefined) return this.#force(signal);
    this.#log.info({ signal }, 'ending');
    this.#end(0, signal === 'SIGTERM');
  }

  #end(code: number, hasGrace: boolean): void {
    this.#code = code;
    this.#abort.abort();
    if (this.#service !== undefined) void this.#stop(this.#service, hasGrace);
  }

  /** Once; further signals change nothing. */
  #force(signal: NodeJS.Signals): void {
    if (this.#code === EXIT_FORCED) return;
    this.#log.warn({ signal }, 'ending at once');
    this.#code = EXIT_FORCED;
    setTimeout(dieOfSignal, FORCED_END_MS);
    this.#service?.halt();
  }

  async #stop(service: Ending, hasGrace: boolean): Promise<void> {
    try {
      await (this.#code === EXIT_FATAL ? service.abandon() : service.stop(hasGrace));
      process.exit(this.#code);
    } catch (error) {
      this.#log.fatal({ err: error }, 'could not end in order');
      process.exit(EXIT_FATAL);
    }
  }
}

/** Ends the process whatever its threads do; nothing in it hears of that. */
function dieOfSignal(): void {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
}

/** Prints why the process could not start, every problem on its own, and ends it. Throws again what is not a `StartupError`. */
export function endWithProblems(error: unknown): never {
  if (!(error instanceof StartupError)) throw error;
  process.stderr.write(
    `afterclick cannot start (${error.code}):\n${error.problems.map((problem) => `- ${problem}\n`).join('')}`,
  );
  process.exit(EXIT_STARTUP);
}
