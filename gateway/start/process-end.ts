import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';

/** Exit code of a service that could not go on. */
const EXIT_FATAL = 1;
/** Exit code of a start that failed for a reason that can be mended from outside. */
const EXIT_STARTUP = 2;
/** Exit code after a second signal. What was not written is recovered at the next start. */
const EXIT_FORCED = 130;
/** What a service that cannot go on gets to end in order. */
const FATAL_END_MS = 10_000;

/** What is ended before the process is. */
export interface Ending {
  /** In order, nothing left out. */
  stop(): Promise<void>;
  /** In order, without what needs all of it to be alive. */
  abandon(): Promise<void>;
}

/**
 * How the process ends: in order on SIGTERM and SIGINT (exit code 0), also when they come while it starts; in order when the
 * service cannot go on, an error that nobody caught included (1), for whoever supervises it to start it again; at once on a
 * second signal (130). In order means that the threads have ended by themselves: LMDB ends a process that leaves while it
 * writes with SIGABRT.
 */
export class ProcessEnd {
  readonly #log: Log;
  readonly #abort = new AbortController();
  #service: Ending | undefined;
  /** The exit code, once the process is ending. */
  #code: number | undefined;

  constructor(log: Log) {
    this.#log = log;
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => this.#signalled(name));
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
    this.#end(EXIT_FATAL);
  };

  /** The service has started. False when the process is to end already; the service is ended then. */
  own(service: Ending): boolean {
    this.#service = service;
    if (this.#code === undefined) return true;
    void this.#stop(service, this.#code);
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
    if (this.#code !== undefined) process.exit(EXIT_FORCED);
    this.#log.info({ signal }, 'ending');
    this.#end(0);
  }

  #end(code: number): void {
    this.#code = code;
    this.#abort.abort();
    if (this.#service !== undefined) void this.#stop(this.#service, code);
  }

  async #stop(service: Ending, code: number): Promise<void> {
    try {
      await (code === 0 ? service.stop() : service.abandon());
      process.exit(code);
    } catch (error) {
      this.#log.fatal({ err: error }, 'could not end in order');
      process.exit(EXIT_FATAL);
    }
  }
}

/** Prints why the process could not start, every problem on its own, and ends it. Throws again what is not a `StartupError`. */
export function endWithProblems(error: unknown): never {
  if (!(error instanceof StartupError)) throw error;
  process.stderr.write(
    `afterclick cannot start (${error.code}):\n${error.problems.map((problem) => `- ${problem}\n`).join('')}`,
  );
  process.exit(EXIT_STARTUP);
}
