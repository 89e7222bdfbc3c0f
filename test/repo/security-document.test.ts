import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT, textOf } from '../support/markdown.js';

/** Requirements of level 1 and 2 in each section of OWASP ASVS 5.0.0, which numbers them from 1, those of level 3 last: sections, and how many each has. */
const ASVS = `
  V1.1 2, V1.2 9, V1.3 11, V1.4 3, V1.5 2
  V2.1 3, V2.2 3, V2.3 4, V2.4 1
  V3.2 2, V3.3 4, V3.4 6, V3.5 5, V3.7 2
  V4.1 3, V4.2 1, V4.3 2, V4.4 4
  V5.1 1, V5.2 3, V5.3 2, V5.4 3
  V6.1 3, V6.2 12, V6.3 4, V6.4 4, V6.5 5, V6.6 3, V6.8 4
  V7.1 3, V7.2 4, V7.3 2, V7.4 5, V7.5 2, V7.6 2
  V8.1 2, V8.2 3, V8.3 1, V8.4 1
  V9.1 3, V9.2 4
  V10.1 2, V10.2 2, V10.3 4, V10.4 11, V10.5 5, V10.6 2, V10.7 3
  V11.1 2, V11.2 3, V11.3 3, V11.4 4, V11.5 1, V11.6 1
  V12.1 3, V12.2 2, V12.3 4
  V13.1 1, V13.2 5, V13.3 2, V13.4 5
  V14.1 2, V14.2 4, V14.3 3
  V15.1 3, V15.2 3, V15.3 7
  V16.1 1, V16.2 5, V16.3 4, V16.4 3, V16.5 3
  V17.1 1, V17.2 4, V17.3 2`;
const STATES = ['stands', 'in part', 'not here', 'the shop’s'];

/** Cells of the rows of the first table behind a heading. */
function rowsBehind(text: string, heading: string): string[][] {
  const lines = text.slice(text.indexOf(heading)).split('\n');
  const from = lines.findIndex((line) => line.startsWith('|'));
  const to = lines.findIndex((line, i) => i > from && !line.startsWith('|'));
  return lines.slice(from + 2, to).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Tests and commands that a cell names, and which of them are not there. */
function shownBy(cell: string): { readonly named: string[]; readonly missing: string[] } {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const named = [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  const isThere = (name: string): boolean =>
    name.startsWith('npm run ')
      ? name.slice('npm run '.length) in scripts
      : /^(test\/.*\.test\.ts|\.ci\/\S+)$/.test(name) && existsSync(ROOT + name);
  return { named, missing: named.filter((name) => !isThere(name)) };
}

/** `V1.2.1–5` is five requirements. */
function requirementsOf(cell: string): string[] {
  return cell.split(', ').flatMap((part) => {
    const [, section, from, to] = /^(V\d+\.\d+)\.(\d+)(?:–(\d+))?$/.exec(part) ?? [];
    if (section === undefined) return [`${part} is no requirement`];
    return Array.from(
      { length: Number(to ?? from) - Number(from) + 1 },
      (_, i) => `${section}.${Number(from) + i}`,
    );
  });
}

test('each attack of docs/SECURITY.md names a test that there is', () => {
  const rows = rowsBehind(textOf('docs/SECURITY.md'), '\n## Attacks');
  expect(rows.length).toBeGreaterThan(20);
  for (const [attack, , shown] of rows) {
    const { named, missing } = shownBy(shown);
    expect(named, attack).not.toEqual([]);
    expect(missing, attack).toEqual([]);
  }
});

test('docs/ASVS.md has each requirement of level 1 and 2 once', () => {
  const listed = rowsBehind(textOf('docs/ASVS.md'), '\n## Point by point').flatMap(([ids]) =>
    requirementsOf(ids),
  );
  const all = [...ASVS.matchAll(/(V[\d.]+) (\d+)/g)].flatMap(([, section, count]) =>
    Array.from({ length: Number(count) }, (_, i) => `${section}.${i + 1}`),
  );
  expect(all).toHaveLength(253);
  expect(listed).toEqual(all);
});

test('what stands names a test that there is, and what does not says why', () => {
  for (const [ids, state, how, shown] of rowsBehind(textOf('docs/ASVS.md'), '\n## Point by point')) {
    expect(STATES, ids).toContain(state);
    const { named, missing } = shownBy(shown);
    expect(missing, ids).toEqual([]);
    if (state === 'stands') expect(named.length + Number(/\]\(/.test(how)), ids).toBeGreaterThan(0);
    else expect(how, ids).not.toBe('');
  }
});
