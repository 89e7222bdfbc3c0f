// How `npm start` starts the gateway, for benches that start a build by themselves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Flags for the engine and variables that `npm start` has, in the project that the build in `dist` belongs to. */
export function startScript(dist) {
  const { scripts } = JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8'));
  const words = scripts.start.split(' ');
  const variables = words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split(/=(.*)/s));
  return { flags: words.filter((word) => word.startsWith('--')), env: Object.fromEntries(variables) };
}
