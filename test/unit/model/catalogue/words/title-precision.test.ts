import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Dictionary, plainMembers } from '../../../../../model/catalogue/dictionary.js';
import { AttributeFinder } from '../../../../../model/catalogue/words/attribute-finder.js';

/** 300 titles of online-retail, drawn by a hash and labelled by hand: `title \t name=value,value name=value`. */
const LABELLED = readFileSync(
  fileURLToPath(new URL('../../../../fixtures/titles/online-retail-300.tsv', import.meta.url)),
  'utf8',
)
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [title, labels] = line.split('\t');
    const attributes = labels.split(' ').filter((label) => label !== '');
    return {
      title,
      labels: attributes.flatMap((label) => {
        const [name, values] = label.split('=');
        return values.split(',').map((value) => `${name}=${value}`);
      }),
    };
  });

/** A shop like that one: no brands, no attributes. */
function finder(): AttributeFinder {
  return new AttributeFinder({
    brands: new Dictionary('brand', [], { used: 0 }, plainMembers),
    filterColumn: () => undefined,
  });
}

interface Tally {
  readonly right: number;
  readonly found: number;
  readonly labelled: number;
  readonly wrong: readonly string[];
}

function tally(name: string): Tally {
  const titles = finder();
  const isNamed = (text: string): boolean => text.startsWith(`${name}=`);
  let [right, found, labelled] = [0, 0, 0];
  const wrong: string[] = [];
  for (const { title, labels } of LABELLED) {
    const told = titles.titleAttributes(title).map((attribute) => `${attribute.name}=${attribute.value}`);
    const own = told.filter(isNamed);
    const hits = own.filter((text) => labels.includes(text));
    right += hits.length;
    found += own.length;
    labelled += labels.filter(isNamed).length;
    wrong.push(...own.filter((text) => !labels.includes(text)).map((text) => `${title}: ${text}`));
  }
  return { right, found, labelled, wrong };
}

test('there are 300 labelled titles', () => {
  expect(LABELLED).toHaveLength(300);
});

test.each([
  { name: 'colour', precision: 0.98, recall: 0.98, labelled: 140 },
  { name: 'material', precision: 0.97, recall: 0.95, labelled: 70 },
  { name: 'size', precision: 0.96, recall: 0.96, labelled: 30 },
  { name: 'pieces', precision: 0.96, recall: 0.94, labelled: 34 },
])('of $name $precision of what is found is right, and $recall of it is found', ({ name, ...least }) => {
  const { right, found, labelled, wrong } = tally(name);
  expect(labelled).toBeGreaterThan(least.labelled);
  expect(right / found, wrong.join('\n')).toBeGreaterThanOrEqual(least.precision);
  expect(right / labelled).toBeGreaterThanOrEqual(least.recall);
});
