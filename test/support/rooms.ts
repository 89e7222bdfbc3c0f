import { ROOT } from './markdown.js';

/** `import-rules.mjs`, which the linter loads and no compiler sees. */
interface Rooms {
  readonly ROOMS: readonly string[];
  /** `target` is a path from the root or a package; undefined when nothing is wrong. */
  readonly importProblem: (file: string, target: string, isTypeOnly: boolean) => string | undefined;
}

export const { ROOMS, importProblem } = (await import(`${ROOT}import-rules.mjs`)) as Rooms;
