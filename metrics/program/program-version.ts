import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Name in the package file of this program. */
const NAME = 'afterclick';
/** Folders above this file that are looked at: from a build there is one more than from the source. */
const FOLDERS_MAX = 5;

/** What this program is called and which version it is, such as `afterclick 0.1.0`. */
export function programVersion(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let looked = 0; looked < FOLDERS_MAX; looked++) {
    const version = versionIn(folder);
    if (version !== undefined) return `${NAME} ${version}`;
    folder = dirname(folder);
  }
  return NAME;
}

function versionIn(folder: string): string | undefined {
  try {
    const file = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
    return file.name === NAME ? String(file.version) : undefined;
  } catch {
    return undefined;
  }
}
