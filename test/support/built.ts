import { pathToFileURL, fileURLToPath } from 'node:url';

/** Folder of the built project that these tests run; `build-once.ts` makes it. */
const FOLDER = fileURLToPath(new URL(`../../${process.env['AFTERCLICK_BUILT'] ?? 'dist'}/`, import.meta.url));

/** Path of a built file, such as `gateway/main.js`. */
export function builtFile(path: string): string {
  return FOLDER + path;
}

/** Address of a built file, to import it from. */
export function builtModule(path: string): string {
  return pathToFileURL(builtFile(path)).href;
}
