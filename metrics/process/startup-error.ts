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
