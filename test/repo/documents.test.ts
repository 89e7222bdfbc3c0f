import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, textOf } from '../support/markdown.js';

const FOLDERS = ['', 'docs/', 'docs/decisions/'];
const DOCUMENTS = FOLDERS.flatMap((folder) =>
  readdirSync(ROOT + folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => folder + name),
);

/** Targets of the links and pictures of a document that are files of the repository. */
function targets(path: string): string[] {
  const links = textOf(path).matchAll(/\]\(([^)\s#]+)(?:#[^)\s]*)?\)/g);
  return [...links].map(([, target]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** Paths of source files and folders that a document names in backticks. */
function namedPaths(path: string): string[] {
  const names = textOf(path).matchAll(
    /`((?:gateway|cluster|shards|model|metrics|loadtest|test|docs)\/[\w./-]*)`/g,
  );
  return [...names].map(([, name]) => name);
}

test.each(DOCUMENTS)('%s links to files that exist', (path) => {
  expect(targets(path).filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
});

test.each(DOCUMENTS)('%s names files and folders that exist', (path) => {
  expect(namedPaths(path).filter((name) => !existsSync(ROOT + name))).toEqual([]);
});

test.each(DOCUMENTS)('%s has no marks of an unfinished merge', (path) => {
  expect(textOf(path).match(/^(?:<{7}|={7}|>{7})(?: .*)?$/gm) ?? []).toEqual([]);
});

test('decision records are numbered without a gap', () => {
  const numbers = readdirSync(`${ROOT}docs/decisions`).map((name) => name.slice(0, 4));
  expect(numbers.sort()).toEqual(numbers.map((_, i) => String(i + 1).padStart(4, '0')));
});

test('the first decision record lists all of them', () => {
  const listed = [...textOf('docs/decisions/0001-records.md').matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)];
  expect(listed.map(([, name]) => name)).toEqual(readdirSync(`${ROOT}docs/decisions`).sort());
});

test.each(Object.keys((JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }).scripts))(
  'npm run %s is explained in README.md or CONTRIBUTING.md',
  (script) => {
    const names = ['start', 'test'].includes(script) ? [`npm ${script}`] : [`npm run ${script}`];
    const text = textOf('README.md') + textOf('CONTRIBUTING.md');
    expect(names.some((name) => text.includes(name))).toBe(true);
  },
);
