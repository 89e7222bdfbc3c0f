import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';

/** Exit code of a start that failed for a reason that can be mended from outside. */
const EXIT_STARTUP = 2;
/** Exit code after a second signal. What was not written is recovered at the next start. */
const EXIT_FORCED = 130;

/** Ends the service in order on SIGTERM and SIGINT, with exit code 0; a second signal ends the process at once. */
export function endOnSignal(service: { stop(): Promise<void> }, log: Log): void {
  let isEnding = false;
  const end = (signal: NodeJS.Signals): void => {
    if (isEnding) process.exit(EXIT_FORCED);
    isEnding = true;
    log.info({ signal }, 'ending');
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'could not end in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

/** Ends the process with exit code 1 when the service cannot go on; whoever supervises it starts it again. */
export function endOnFatal(error: Error, log: Log): never {
  log.fatal({ err: error }, 'the service cannot go on');
  process.exit(1);
}

/** Prints why the process could not start, every problem on its own, and ends it. Throws again what is not a `StartupError`. */
export function endWithProblems(error: unknown): never {
  if (!(error instanceof StartupError)) throw error;
  process.stderr.write(
    `afterclick cannot start (${error.code}):\n${error.problems.map((problem) => `- ${problem}\n`).join('')}`,
  );
  process.exit(EXIT_STARTUP);
}
