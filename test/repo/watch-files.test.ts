import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../metrics/registry.js';
import { METRIC_PREFIX } from '../../metrics/table.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { section, textOf } from '../support/markdown.js';
import { allAlerts, allRules, metricsNamed } from '../support/watch/alert-rules.js';
import { allDashboards, type Dashboard } from '../support/watch/dashboards.js';

const DASHBOARDS = allDashboards();
const OPERATIONS = textOf('docs/OPERATIONS.md');
const RECORDS = new Set(allRules().flatMap(({ record }) => record ?? []));

/** Names of all series that a gateway exports, and of the metrics they belong to. */
async function exported(): Promise<{ series: Set<string>; metrics: string[] }> {
  const sources = [{ thread: 'gateway', stats: ThreadStats.create() }];
  const model = () => ({ model: 'demo@1', fingerprint: 'abc' });
  const text = await createRegistry(() => sources, {
    model,
    runtime: { transport: 'uws', onnx: 'native' },
    slots: ['home'],
  }).text();
  const metrics = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  // A gauge that no thread has set yet has a type and no series.
  const series = new Set([...text.matchAll(/^(\w+)[{ ]/gm)].map(([, name]) => name));
  return { series: new Set([...series, ...metrics]), metrics };
}

function expressions({ panels }: Dashboard): string[] {
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

describe('every metric that is named is exported', () => {
  test.each(DASHBOARDS.map((one) => [one.title, one] as const))('in %s', async (_, dashboard) => {
    const { series } = await exported();
    const named = metricsNamed(expressions(dashboard).join('\n'));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !series.has(name))).toEqual([]);
  });

  test('in the alerts, whose records are made by rules', async () => {
    const { series } = await exported();
    const text = allRules()
      .map(({ expr }) => expr)
      .join('\n');
    expect(metricsNamed(text).filter((name) => !series.has(name))).toEqual([]);
    const records = [text, ...DASHBOARDS.flatMap(expressions)].join('\n').match(/afterclick:[\w:]+/g) ?? [];
    expect([...new Set(records)].filter((name) => !RECORDS.has(name))).toEqual([]);
  });

  test('in the text of docs/OPERATIONS.md, with its prefix or without', async () => {
    const { series } = await exported();
    const quoted = [...OPERATIONS.matchAll(/`([a-z_]+_(?:total|seconds|bytes|inbox|events|hot))[`{]/g)];
    const short = quoted.map(([, name]) => (series.has(name) ? name : METRIC_PREFIX + name));
    const long = metricsNamed(OPERATIONS).filter((name) => name.startsWith(METRIC_PREFIX));
    expect(short.length).toBeGreaterThan(20);
    expect([...short, ...long].filter((name) => !series.has(name))).toEqual([]);
  });
});

test('every metric that is exported is explained in docs/OPERATIONS.md', async () => {
  const { metrics } = await exported();
  expect(metrics.filter((name) => !OPERATIONS.includes(`\`${name}\``))).toEqual([]);
});

test('every alert has a runbook of its own under its name, and there is none for an alert that is not there', () => {
  const runbooks = [...section(OPERATIONS, '## Alerts').matchAll(/^### (Afterclick\w+)$/gm)].map(
    ([, name]) => name,
  );
  expect(runbooks.toSorted()).toEqual(
    allAlerts()
      .map(({ alert }) => alert)
      .toSorted(),
  );
  for (const name of runbooks)
    expect(section(OPERATIONS, `### ${name}`).trim().length, name).toBeGreaterThan(80);
  for (const { alert, annotations } of allAlerts())
    expect(annotations.runbook).toBe(`docs/OPERATIONS.md#${alert.toLowerCase()}`);
});

test('alerts say how urgent they are, in one line what is wrong, and what that means', () => {
  for (const { alert, labels, annotations } of allAlerts()) {
    expect(['page', 'ticket'], alert).toContain(labels.severity);
    expect(Object.keys(annotations).sort(), alert).toEqual(['description', 'runbook', 'summary']);
  }
});

describe.each(DASHBOARDS.map((one) => [one.title, one] as const))('%s', (_, { uid, panels }) => {
  test('has panels that are explained, ask the chosen source, and lie beside each other', () => {
    expect(uid).toMatch(/^afterclick-[a-z]+$/);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = new Set<string>();
    for (const { title, type, description, gridPos, targets = [] } of panels) {
      if (type !== 'row') expect(description, title).toMatch(/\.$/);
      for (const { datasource } of targets) expect(datasource.uid).toBe('${datasource}');
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          expect(cells.has(`${column},${line}`), `${title} lies on another panel`).toBe(false);
          cells.add(`${column},${line}`);
        }
    }
  });
});

test('a number of a dashboard says which colour it has when: without, Grafana makes it red from 80 on', () => {
  const stats = DASHBOARDS.flatMap(({ panels }) => panels.filter(({ type }) => type === 'stat'));
  expect(stats.length).toBeGreaterThan(0);
  for (const { title, fieldConfig } of stats)
    expect(fieldConfig?.defaults.thresholds?.steps[0].value, title).toBeNull();
});

test('dashboards have ids of their own', () => {
  expect(new Set(DASHBOARDS.map(({ uid }) => uid)).size).toBe(DASHBOARDS.length);
});
