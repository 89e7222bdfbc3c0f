import { ROOT } from './markdown.js';

/** `rooms.mjs`, which the linter loads and no compiler sees. */
interface Rooms {
  readonly ROOMS: readonly string[];
  /** `target` is a path from the root or a package; undefined when nothing is wrong. */
  readonly importProblem: (file: string, target: string, isTypeOnly: boolean) => string | undefined;
}

export const { ROOMS, importProblem } = (await import(`${ROOT}rooms.mjs`)) as Rooms;
