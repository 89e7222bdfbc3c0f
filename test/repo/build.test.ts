import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { replaceFolder } from '../../build.mjs';
import { ROOT } from '../support/markdown.js';

const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'build-'));

test('a build may be started by whom the umask lets read: not only by the user who made it', async () => {
  const root = temporaryFolder();
  const folder = join(root, 'dist');
  const umask = process.umask();
  for (const text of ['first', 'second']) {
    await replaceFolder(folder, (fresh) => Promise.resolve(writeFileSync(join(fresh, 'main.js'), text)));
    expect(statSync(folder).mode & 0o777).toBe(0o777 & ~umask);
    expect(readFileSync(join(folder, 'main.js'), 'utf8')).toBe(text);
    expect(readdirSync(root)).toEqual(['dist']);
  }
});

test('a build that this user may not make says who can, without a stack', async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'dist'));
  cpSync(`${ROOT}build.mjs`, join(root, 'build.mjs'));
  chmodSync(root, 0o555);
  const script = `import(${JSON.stringify(join(root, 'build.mjs'))}).then((build) =>
    build.replaceFolder(${JSON.stringify(join(root, 'dist'))}, async () => {}).catch(build.endWithReason))`;
  // Root may write everywhere: nobody may not.
  const as = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  chmodSync(tmpdir(), 0o755);
  const run = promisify(execFile)(process.execPath, ['-e', script], as);
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /^\S+dist is older than the source, and .* \(EACCES\)\. Let its owner run npm run build.*\n$/,
    ),
  });
});
