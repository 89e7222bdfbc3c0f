import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOMS } from '../support/rooms.js';
import { ROOT, textOf } from '../support/markdown.js';

const FLOORS = ['metrics', 'model', 'shards', 'cluster', 'gateway', 'loadtest'];
/** No rooms: trained models, and what is compiled for the kernel by another compiler. */
const OTHERS = new Set(['model/bundles', 'model/kernel/assembly']);
/** A room of more files than this wants to be two. */
const FILES_MAX = 16;

const FILES = FLOORS.flatMap((floor) => sourcesBelow(floor));
const FOLDERS = [...new Set(FILES.map((file) => file.slice(0, file.lastIndexOf('/'))))];
const NAMED = new Set(
  [...textOf('ARCHITECTURE.md').matchAll(/`((?:[\w.-]+\/)+[\w.-]*)`/g)].map(([, path]) => path),
);

/** Source files of a folder and of the folders in it, as paths from the root. */
function sourcesBelow(folder: string): string[] {
  if (OTHERS.has(folder)) return [];
  return readdirSync(ROOT + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourcesBelow(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Those that stand more than once among the names of these files. */
function repeated(paths: readonly string[]): string[] {
  const names = paths.map(nameOf).filter((name) => name !== 'index.ts');
  return names.filter((name, i) => names.indexOf(name) < i);
}

test('ARCHITECTURE.md names every folder; those that it lacks are below', () => {
  expect(FOLDERS.filter((folder) => !NAMED.has(`${folder}/`))).toEqual([]);
});

test('ARCHITECTURE.md names no path that does not exist', () => {
  expect([...NAMED].filter((path) => !existsSync(ROOT + path))).toEqual([]);
});

test('import-rules.mjs lists every folder, once, and none that does not exist', () => {
  expect([...ROOMS].sort()).toEqual(FOLDERS.toSorted());
});

test('no two files have one name, those of tests included', () => {
  expect(repeated([...FILES, ...sourcesBelow('test')])).toEqual([]);
});

test('unit tests have the address of a room', () => {
  const rooms = new Set(FOLDERS.map((folder) => `test/unit/${folder}`));
  const homeless = sourcesBelow('test/unit').filter(
    (file) => !rooms.has(file.slice(0, file.lastIndexOf('/'))),
  );
  expect(homeless).toEqual([]);
});

test(`no folder has more than ${FILES_MAX} files`, () => {
  const counts = FOLDERS.map((folder) => ({
    folder,
    files: FILES.filter((file) => file === `${folder}/${nameOf(file)}`).length,
  }));
  expect(counts.filter(({ files }) => files > FILES_MAX)).toEqual([]);
});
