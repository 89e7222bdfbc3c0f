import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildForTests } from '../../build.mjs';

/**
 * Once for a run of the tests: builds the project into a folder of the run, and gives all of it one folder for temporary
 * files. Both are gone afterwards, whatever the tests left in them, and dist/ stays as it is: a gateway may be running
 * there. A build made before (`AFTERCLICK_BUILT`) is used as it is and kept.
 */
export default async function buildOnce(): Promise<() => void> {
  const built =
    process.env['AFTERCLICK_BUILT'] === undefined ? await buildForTests(`dist-${process.pid}`) : '';
  if (built !== '') process.env['AFTERCLICK_BUILT'] = `dist-${process.pid}`;
  const temporary = mkdtempSync(join(tmpdir(), 'afterclick-tests-'));
  process.env['TMPDIR'] = temporary;
  return () => {
    rmSync(temporary, { recursive: true, force: true });
    if (built !== '') rmSync(built, { recursive: true, force: true });
  };
}
