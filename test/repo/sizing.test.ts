import { expect, test } from 'vitest';
import { section, table, textOf } from '../support/markdown.js';

const TEXT = section(textOf('docs/OPERATIONS.md'), '### Ten million users');
const [GIVEN, FOUND] = TEXT.split('What follows');

/** The number that a cell begins with, in its unit. */
function numberIn(cell: string): number {
  return Number(/^[\d,.]+/.exec(cell)?.[0].replaceAll(',', ''));
}

const given = Object.fromEntries(table(GIVEN).map(([name, value]) => [name, numberIn(value)]));

/** Two digits count: the inputs have no more. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

/** As the column *how* says it. */
function computed(): Record<string, number> {
  const visits = given['visits a day']! * (given['share of a day in its busiest hour']! / 100);
  const present = (visits * given['minutes of a visit']!) / 60;
  const clicks = (visits * given['clicks of a visit']!) / 3_600;
  const peak = clicks * given['a flash sale multiplies clicks by']!;
  const cores = ((peak * given['CPU of a click']!) / 1_000) * 2;
  const shopperKb = given['a connection']! + given['a user in memory']!;
  const itemsGb = (given['items']! * given['an item']!) / 1e6;
  return {
    'shoppers present': present,
    'clicks/s': clicks,
    'clicks/s in a flash sale': peak,
    cores,
    memory: given['a process']! / 1e3 + (present * shopperKb) / 1e6 + itemsGb,
    'users on disk': (given['users']! * given['a user on disk']!) / 1e6,
    'journal a day':
      (given['visits a day']! * given['clicks of a visit']! * given['journal of a click']!) / 1e9,
  };
}

test('what ten million users need follows from what is given; the right figures are below', () => {
  const written = Object.fromEntries(table(FOUND).map(([name, value]) => [name, numberIn(value)]));
  const right = Object.entries(computed()).map(([name, value]) => [name, rounded(value)]);
  expect(written).toEqual(Object.fromEntries(right));
});
