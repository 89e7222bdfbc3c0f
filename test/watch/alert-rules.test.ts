import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FAULTS, scrapesOf, type Fault } from '../support/watch/alert-faults.js';
import {
  allAlerts,
  allRules,
  metricsNamed,
  ruleFiles,
  type Alert,
  type Rule,
} from '../support/watch/alert-rules.js';
import { promtool } from '../support/watch/promtool.js';
import { normalLoad, SCRAPE_SECONDS, SCRAPES } from '../support/watch/simulated-scrapes.js';

const RULES = allRules();
const ALERTS = allAlerts();

/** Runs promtool's unit tests on rules. The files may be JSON, which is YAML. */
function run(tests: readonly object[], rules: readonly Rule[] | 'all' = 'all'): string {
  const folder = mkdtempSync(join(tmpdir(), 'alert-rules-'));
  const write = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const files = rules === 'all' ? ruleFiles() : [write('rules.yml', { groups: [{ name: 'tested', rules }] })];
  return promtool([
    'test',
    'rules',
    write('tests.yml', { rule_files: files, evaluation_interval: '1m', tests }),
  ]);
}

/** An alert with the records that it looks at: what else is there costs time alone. */
function withRecords(alert: Alert): Rule[] {
  return [...RULES.filter(({ record }) => record !== undefined && alert.expr.includes(`${record} `)), alert];
}

function scraped(series: Readonly<Record<string, string>>): object[] {
  return Object.entries(series).map(([name, values]) => ({ series: name, values }));
}

/** The alert as it has to fire. */
function fired({ labels, annotations }: Alert, fault: Fault): object {
  const own = {
    job: 'afterclick',
    ...(fault.isOfJob !== true && { instance: 'gateway:8080' }),
    ...fault.labels,
  };
  const filled = (text: string): string =>
    text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => (own as Record<string, string>)[name]);
  return {
    exp_labels: { ...labels, ...own },
    exp_annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, text]) => [key, filled(text)]),
    ),
  };
}

/** Just before the fault the alert is silent, and shortly before the end it fires. */
function faultTest(alert: Alert, fault: Fault): object {
  const { series, seconds } = scrapesOf(fault);
  const minutes = (SCRAPES * seconds) / 60;
  // Of what is too old already there is no time before.
  const before = alert.alert === 'AfterclickSnapshotOld' ? '20m' : `${minutes / 2 - 1}m`;
  return {
    interval: `${seconds}s`,
    input_series: scraped(series),
    alert_rule_test: [
      { eval_time: before, alertname: alert.alert, exp_alerts: [] },
      { eval_time: `${minutes - 1}m`, alertname: alert.alert, exp_alerts: [fired(alert, fault)] },
    ],
  };
}

test('promtool finds nothing wrong with the rules', () => {
  expect(promtool(['check', 'rules', ...ruleFiles()])).not.toMatch(/FAILED|duplicate/);
});

test('every alert has a fault that it has to fire on', () => {
  expect(Object.keys(FAULTS).sort()).toEqual(ALERTS.map(({ alert }) => alert).sort());
});

test.each(ALERTS.map((alert) => [alert.alert, alert] as const))(
  '%s fires on its fault, and not before',
  (name, alert) => {
    expect(run([faultTest(alert, FAULTS[name])], withRecords(alert))).toContain('SUCCESS');
  },
);

test('the disk is told of before it is full, and so is one that fills up fast', () => {
  const nearly = ALERTS.filter(({ alert }) => alert === 'AfterclickDiskNearlyFull');
  const taken = ALERTS.filter(({ alert }) => alert === 'AfterclickDiskFull');
  const free = 'afterclick_disk_free_bytes{job="afterclick",instance="gateway:8080"}';
  const full: Fault = { series: { [free]: `5e9+0x119 1e7+0x${SCRAPES / 2}` } };
  const fast: Fault = { series: { [free]: `40e9+0x60 40e9-240000000x${SCRAPES - 60}` }, isSlow: true };
  const tests = [...taken.map((one) => faultTest(one, full)), ...nearly.map((one) => faultTest(one, fast))];
  expect(tests).toHaveLength(2);
  expect(run(tests, [...taken, ...nearly])).toContain('SUCCESS');
});

test('an hour of normal load, which has every metric that the rules name, lets none of them fire', () => {
  const series = normalLoad();
  const known = new Set(Object.keys(series).map((name) => name.slice(0, name.indexOf('{'))));
  const named = metricsNamed(RULES.map(({ expr }) => expr).join('\n'));
  expect(named.filter((name) => !known.has(name))).toEqual([]);
  const minutes = Array.from({ length: (SCRAPES * SCRAPE_SECONDS) / 60 + 1 }, (_, minute) => `${minute}m`);
  const silent = ALERTS.flatMap(({ alert }) =>
    minutes.map((at) => ({ eval_time: at, alertname: alert, exp_alerts: [] })),
  );
  const one = { interval: `${SCRAPE_SECONDS}s`, input_series: scraped(series), alert_rule_test: silent };
  expect(run([one])).toContain('SUCCESS');
});

test('a quarter of an hour without clicks, and a few late ones in a quiet night, wake nobody', () => {
  const quiet = normalLoad();
  for (const name of Object.keys(quiet))
    if (/click_to_|events_applied|clicks_total|commits/.test(name))
      quiet[name] = `0+0x120 0+1x${SCRAPES - 120}`;
  quiet['afterclick_click_to_list_seconds_bucket{job="afterclick",instance="gateway:8080",le="0.025"}'] =
    `0+0x${SCRAPES}`;
  const silent = ALERTS.map(({ alert }) => ({ eval_time: '50m', alertname: alert, exp_alerts: [] }));
  const one = { interval: `${SCRAPE_SECONDS}s`, input_series: scraped(quiet), alert_rule_test: silent };
  expect(run([one])).toContain('SUCCESS');
});
