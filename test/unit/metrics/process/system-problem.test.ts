import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outputFileProblem } from '../../../../metrics/process/command-line.js';
import { systemProblem } from '../../../../metrics/process/system-problem.js';

function failure(code: string | number): Error {
  return Object.assign(new Error(`${code}: refused, open '/data'`), { code });
}

test.each([
  ['EACCES', 'owner and permissions'],
  ['EPERM', 'owner, permissions'],
  ['EROFS', 'mounted read-only'],
  ['EMFILE', 'ulimit -n'],
  ['ENFILE', 'fs.file-max'],
  ['ENOTDIR', 'a file and no folder'],
  ['EIO', 'dmesg and SMART'],
  [13, 'owner and permissions'],
  [30, 'mounted read-only'],
])('%s is named for what it is, with what to do', (code, advice) => {
  const wrapped = new Error('cannot be opened', { cause: failure(code) });
  for (const error of [failure(code), wrapped]) {
    expect(systemProblem(error)).toContain(`${code}: refused, open '/data': `);
    expect(systemProblem(error)).toContain(advice);
  }
});

test('what the system has not refused is none of its problems', () => {
  for (const error of [
    new Error('cut off'),
    failure('ENOENT'),
    failure('ENOSPC'),
    failure(-30_780),
    'EACCES',
  ])
    expect(systemProblem(error)).toBeUndefined();
});

test('a file that cannot be written is found without writing it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'output-'));
  const file = join(folder, 'there');
  writeFileSync(file, 'old');
  mkdirSync(join(folder, 'sub'));
  expect(outputFileProblem(join(folder, 'new'))).toBeUndefined();
  expect(outputFileProblem(file)).toBeUndefined();
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(outputFileProblem(join(folder, 'sub'))).toContain('is a folder: name a file');
  expect(outputFileProblem(join(folder, 'no', 'x'))).toContain(`there is no folder ${join(folder, 'no')}`);
  expect(outputFileProblem(join(file, 'x'))).toContain('a part of its path is a file');
});
