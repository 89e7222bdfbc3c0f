import { DISK_RESERVE_BYTES, freeBytesOf } from './disk-space.js';

/**
 * Why the process cannot start. The gateway collects the problems of all of these, prints them together and exits
 * with code 2.
 */
export class StartupError extends Error {
  /** Code of the first problem. */
  readonly code: string;
  /** One text for each problem, mending advice included. */
  readonly problems: readonly string[];

  constructor(code: string, problems: string | readonly string[], options?: ErrorOptions) {
    const list = typeof problems === 'string' ? [problems] : [...problems];
    super(list.join('\n'), options);
    this.name = 'StartupError';
    this.code = code;
    this.problems = list;
  }
}

/** A start that finds no room on the disk of `folder`. Nothing there is damaged. */
export function diskFull(folder: string, cause?: unknown): StartupError {
  const mebibytes = (freeBytesOf(folder) / 2 ** 20).toFixed(1);
  return new StartupError(
    'disk_full',
    `the disk is full: ${mebibytes} MiB are free on the disk of ${folder}, and ${DISK_RESERVE_BYTES / 2 ** 20} MiB are the least. ` +
      'Nothing is damaged: free some space there and start again.',
    { cause },
  );
}
