import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, textOf } from '../support/markdown.js';

/** Rules of the contract, by their numbers. */
function rules(): string[] {
  return [...textOf('docs/PROTOCOL.md').matchAll(/^- \*\*([A-Z]\d)\*\* /gm)].map(([, rule]) => rule);
}

/** Rules that the title of a test or of a group of tests names: `'[D2] …'`. */
function namedInTests(): Set<string> {
  const files = readdirSync(join(ROOT, 'test'), { withFileTypes: true, recursive: true });
  const named = new Set<string>();
  for (const file of files) {
    if (!file.name.endsWith('.test.ts')) continue;
    const text = readFileSync(join(file.parentPath, file.name), 'utf8');
    for (const [titleStart] of text.matchAll(/['"`](?:\[[A-Z]\d\] ?)+/g)) {
      for (const [, rule] of titleStart.matchAll(/\[([A-Z]\d)\]/g)) named.add(rule);
    }
  }
  return named;
}

test('docs/PROTOCOL.md numbers the rules of the contract', () => {
  expect(rules().sort()).toEqual([
    'B1',
    'B2',
    'C1',
    'C2',
    'C3',
    'C4',
    'D1',
    'D2',
    'D3',
    'D4',
    'R1',
    'R2',
    'R3',
    'R4',
    'R5',
    'T1',
    'T2',
  ]);
});

test('every rule has a test that names it; those without are below', () => {
  const named = namedInTests();
  expect(rules().filter((rule) => !named.has(rule))).toEqual([]);
});

test('no test names a rule that the contract does not have', () => {
  const known = new Set(rules());
  expect([...namedInTests()].filter((rule) => !known.has(rule))).toEqual([]);
});
