import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import {
  DATA_FORMAT,
  checkDataFolder,
  createDataFolder,
  shardFolder,
} from '../../../../shards/store/data-folder.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

const CREATED = '2026-01-02T03:04:05.000Z';

function errorOf(dataDir: string): StartupError {
  try {
    checkDataFolder(dataDir);
  } catch (error) {
    expect(error).toBeInstanceOf(StartupError);
    return error as StartupError;
  }
  throw new Error('the folder was taken');
}

function folderWith(format: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'format.json'), format);
  return folder;
}

test('a missing or empty folder is not yet a data folder', async () => {
  const folder = temporaryFolder();
  expect(checkDataFolder(folder)).toBeUndefined();
  expect(checkDataFolder(join(folder, 'missing'))).toBeUndefined();
  mkdirSync(join(folder, 'lost+found'));
  expect(checkDataFolder(folder)).toBeUndefined();
});

test('what was created is read again, parents made on the way', async () => {
  const folder = join(temporaryFolder(), 'deep', 'down');
  const created = await createDataFolder(folder, 3, CREATED);
  expect(created).toEqual({ format: DATA_FORMAT, shards: 3, createdAt: CREATED });
  mkdirSync(shardFolder(folder, 0));
  expect(checkDataFolder(folder)).toEqual(created);
  expect(readdirSync(folder).sort()).toEqual(['format.json', 'shard-0']);
});

test.each([1, 2])('format %i is read', (format) => {
  const folder = folderWith(`{"format":${format},"shards":2,"createdAt":"${CREATED}"}`);
  expect(checkDataFolder(folder)).toEqual({ format, shards: 2, createdAt: CREATED });
});

test('a newer format is refused with path, both versions and advice, and stays as it is', () => {
  const text = '{"format":7,"shards":1,"somethingNew":true}';
  const folder = folderWith(text);
  const error = errorOf(folder);
  expect(error.code).toBe('data_format_newer');
  expect(error.problems).toEqual([error.message]);
  expect(error.message).toContain(join(folder, 'format.json'));
  expect(error.message).toContain('data format 7');
  expect(error.message).toContain(`up to ${DATA_FORMAT}`);
  expect(error.message).toContain('Start the newer version');
  expect(readFileSync(join(folder, 'format.json'), 'utf8')).toBe(text);
});

test('a folder of something else is refused and named', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'holiday.jpg'), '');
  const error = errorOf(folder);
  expect(error.code).toBe('data_folder_foreign');
  expect(error.message).toContain(folder);
  expect(error.message).toContain('holiday.jpg');
  expect(readdirSync(folder)).toEqual(['holiday.jpg']);
});

test('a data folder that has lost its format.json is told how to get it back, not to begin anew', async () => {
  const folder = temporaryFolder();
  await createDataFolder(folder, 1, CREATED);
  mkdirSync(shardFolder(folder, 0));
  rmSync(join(folder, 'format.json'));
  const error = errorOf(folder);
  expect(error.code).toBe('data_format_unreadable');
  expect(error.message).toContain('it is missing, and stores are there');
  expect(error.message).toContain('write it anew');
  const advice = `{"format":${DATA_FORMAT},"shards":1,"createdAt":"${CREATED}"}`;
  writeFileSync(join(folder, 'format.json'), advice);
  expect(checkDataFolder(folder)?.shards).toBe(1);
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '"1"',
  '{}',
  '{"format":0}',
  '{"format":"1","shards":1,"createdAt":""}',
  '{"format":1,"shards":0,"createdAt":""}',
  '{"format":1,"shards":1}',
])('a format.json of %j is refused', (text) => {
  const error = errorOf(folderWith(text));
  expect(error.code).toBe('data_format_unreadable');
  expect(error.message).toContain('format.json');
});

test('a path that is a file is refused', () => {
  const file = join(folderWith('{}'), 'format.json');
  expect(errorOf(file).code).toBe('data_folder_unreadable');
});
