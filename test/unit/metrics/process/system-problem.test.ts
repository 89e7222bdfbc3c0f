import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outputFileProblem } from '../../../../metrics/process/command-line.js';
import { tokenWith } from '../../../../metrics/process/options.js';
import { inputFileProblem, systemProblem } from '../../../../metrics/process/system-problem.js';

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

test('a file that is named and cannot be read is told of before anything is done', () => {
  const folder = mkdtempSync(join(tmpdir(), 'named-'));
  writeFileSync(join(folder, 'feed.csv'), 'id\n');
  expect(inputFileProblem(join(folder, 'feed.csv'))).toBeUndefined();
  expect(inputFileProblem(folder)).toBe(`${folder} is a folder: name a file`);
  expect(inputFileProblem(join(folder, 'gone'))).toBe(`there is no file ${folder}/gone`);
  expect(inputFileProblem(join(folder, 'feed.csv', 'x'))).toContain('a part of its path is a file');
});

test('a token in a file is read, or it is told why not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  writeFileSync(join(folder, 'token'), 'abc\n');
  writeFileSync(join(folder, 'empty'), '\n');
  const read = (name: string) => tokenWith('any scope').schema.safeParse(`@${join(folder, name)}`);
  expect(read('token').data).toBe('abc');
  expect(read('empty').error?.issues[0].message).toBe(`${folder}/empty is empty`);
  expect(read('').error?.issues[0].message).toContain('is a folder: name a file');
  expect(read('gone').error?.issues[0].message).toBe(`there is no file ${folder}/gone`);
});
