import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildForTests } from '../../build.mjs';

/** How the folder for temporary files of a run begins. */
const FOLDER = 'afterclick-tests-';

/**
 * Once for a run of the tests: builds the project into a folder of the run, and gives all of it one folder for temporary
 * files, which other users may read: some tests are one. Both are gone afterwards, whatever the tests left in them, and dist/ stays as it is: a gateway may be running
 * there. A build made before (`AFTERCLICK_BUILT`) is used as it is and kept.
 */
export default async function buildOnce(): Promise<() => void> {
  // Each project of the run asks for it, with a copy of this module.
  if (basename(tmpdir()).startsWith(FOLDER)) return () => undefined;
  const built =
    process.env['AFTERCLICK_BUILT'] === undefined ? await buildForTests(`dist-${process.pid}`) : '';
  if (built !== '') process.env['AFTERCLICK_BUILT'] = `dist-${process.pid}`;
  const temporary = mkdtempSync(join(tmpdir(), FOLDER));
  chmodSync(temporary, 0o755);
  process.env['TMPDIR'] = temporary;
  return () => {
    rmSync(temporary, { recursive: true, force: true });
    if (built !== '') rmSync(built, { recursive: true, force: true });
  };
}
