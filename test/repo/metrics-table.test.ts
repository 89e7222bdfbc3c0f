import { expect, test } from 'vitest';
import { COUNTERS, GAUGES, HISTOGRAMS, METRIC_PREFIX } from '../../metrics/table.js';
import type { MetricRow } from '../../metrics/rows/metric-row.js';
import { ROUTE_VALUES } from '../../metrics/rows/contract-names.js';
import { marked, table, textOf } from '../support/markdown.js';

const KINDS: readonly [string, Readonly<Record<string, MetricRow & { readonly merge?: string }>>][] = [
  ['counter', COUNTERS],
  ['gauge', GAUGES],
  ['histogram', HISTOGRAMS],
];

/** Name, kind, labels and meaning of each metric, as the table has to say them. */
function expectedRows(): string[][] {
  return KINDS.flatMap(([kind, rows]) =>
    Object.values(rows).map(({ name, help, label, merge }) => {
      const labels = [...(merge === 'thread' ? ['thread'] : []), ...(label === undefined ? [] : [label])];
      return [METRIC_PREFIX + name, kind, labels.join(', '), help];
    }),
  );
}

test('docs/OPERATIONS.md has every metric as the catalogue has it; the right cells are below', () => {
  const rows = table(marked(textOf('docs/OPERATIONS.md'), 'metrics'));
  expect(rows.map((row) => row.slice(0, 4))).toEqual(expectedRows());
});

test('every route that the gateway has is counted by itself', () => {
  const source = textOf('gateway/gateway-routes.ts');
  const routes = [...source.matchAll(/^ {4}'(\/[^']*)': \{/gm)].map(([, route]) => route);
  expect(routes).toContain('/metrics');
  expect([...ROUTE_VALUES].sort()).toEqual([...routes, 'other'].sort());
});

test('and says of each what to do when it moves', () => {
  const rows = table(marked(textOf('docs/OPERATIONS.md'), 'metrics'));
  expect(rows.filter((row) => (row[4] ?? '') === '').map(([name]) => name)).toEqual([]);
});
