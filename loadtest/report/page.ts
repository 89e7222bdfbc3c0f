import { limitLines } from '../load/limit.js';
import type { LoadResult } from '../load/load-result.js';
import type { LatencyRow } from '../load/recorder.js';
import { ms, percent } from './load-report.js';
import { clickCharts, distributionChart, kneeCharts, timeCharts } from './page-charts.js';
import type { RunReport } from './page-model.js';
import { figureText } from './slo.js';
import { escapeHtml } from './svg-chart.js';
import { STYLE } from './page-style.js';

type Cells = readonly (readonly string[])[];

/** The report of a run as one page that needs nothing else: no script, no other file. */
export function reportPage(report: RunReport): string {
  const { environment, profile, config } = report;
  const limit = (report.clicks ?? report.calls)?.limit;
  const given = Object.entries(config).filter(([, value]) => value !== undefined && value !== false);
  const flags = given.map(([name, value]) => `${name} ${String(value)}`).join(' · ');
  const { at, commit, node, cpu, cores } = environment;
  const place = [at, `commit ${commit ?? 'unknown'}`, `Node ${node}`, `${cpu}, ${cores} cores`].join(' · ');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Load: ${escapeHtml(profile)}</title><style>${STYLE}</style></head><body>
<h1>Load: ${escapeHtml(profile)}</h1><p class="where">${escapeHtml(place)}</p><p class="where">${escapeHtml(flags)}</p>
${limit === undefined ? '' : bad(limitLines(limit).join(' '))}${report.knee?.end === 'client' ? bad(CLIENT_KNEE) : ''}
${verdicts(report)}<div class="tiles">${tiles(report)}</div>
<div class="grid">${charts(report)}</div>
${tables(report)}
</body></html>
`;
}

const CLIENT_KNEE = 'The client was the limit: the server may take more than the highest rate that held.';

function bad(words: string): string {
  return `<p class="bad">${escapeHtml(words)}</p>`;
}

function verdicts({ verdicts }: RunReport): string {
  return verdicts
    .map(({ text, figure, actual, isKept }) => {
      const was = actual === undefined ? 'no such figure' : figureText(figure, actual);
      return `<p class="${isKept ? 'good' : 'bad'}">${escapeHtml(text)}: ${isKept ? 'kept' : 'not kept'} (${was})</p>`;
    })
    .join('');
}

function tile(value: string, name: string): string {
  return `<div class="tile"><b>${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></div>`;
}

const MANY_CONNECTIONS = 200;

/** A rate is told only when it was offered. */
function tiles({ clicks, calls, knee, burst }: RunReport): string {
  const all: string[] = [];
  if (knee !== undefined) {
    const { best } = knee;
    all.push(
      tile(best === undefined ? 'none' : best.ratePerSec.toFixed(0), 'highest rate that held, a second'),
    );
    if (best !== undefined)
      all.push(tile(`${ms(best.p50)} ms`, 'p50 there'), tile(`${ms(best.p99)} ms`, 'p99 there'));
    all.push(tile(String(knee.steps.length), 'steps'));
  }
  const run = clicks ?? calls;
  if (run !== undefined && run.duePerSec > 0) {
    const latency = clicks?.clickToList ?? calls?.latency;
    if (run.limit === undefined)
      all.push(
        tile(run.offeredPerSec.toFixed(0), 'offered a second'),
        tile(run.achievedPerSec.toFixed(0), 'answered a second'),
      );
    if (latency !== undefined)
      all.push(tile(`${ms(latency.p50)} ms`, 'p50'), tile(`${ms(latency.p99)} ms`, 'p99'));
    all.push(
      tile(`${ms(run.sendLateness.p99)} ms`, "p99 of the generator's own lateness"),
      tile(percent(run.generatorCpuShare), 'of a core for the generator'),
    );
  }
  if (clicks !== undefined) all.push(...connectionTiles(clicks));
  if (clicks !== undefined && clicks.clicks > 0)
    all.push(tile(String(clicks.missingLists), 'clicks without a list'));
  if (calls !== undefined) all.push(tile(String(calls.errors + calls.not2xx), 'calls that failed'));
  if (burst !== undefined)
    all.push(
      tile(burst.ratePerSec.toFixed(0), 'a second, as fast as answers come'),
      tile(`${ms(burst.latency.p99)} ms`, 'p99 there'),
    );
  return all.join('');
}

function connectionTiles({ memory: { beforeBytes, openBytes }, connections }: LoadResult): string[] {
  const count = tile(String(connections), 'connections');
  // Of few connections it is chance.
  if (openBytes === 0 || connections < MANY_CONNECTIONS) return [count];
  const each = (openBytes - beforeBytes) / connections / 1_000;
  return [count, tile(`${each.toFixed(1)} kB`, 'of server memory each')];
}

function charts({ clicks, calls, knee, config }: RunReport): string {
  if (knee !== undefined) return kneeCharts(knee, Number(config['p99MaxMs']));
  if (clicks !== undefined) return clickCharts(clicks);
  if (calls === undefined) return '';
  return timeCharts({ ...calls, phases: [], what: 'answer' }) + distributionChart(calls.distributions);
}

const LATENCY_HEAD = ['ms', 'p50', 'p90', 'p99', 'p99.9', 'max', 'count'];

function latencyCells(name: string, row: LatencyRow): readonly string[] {
  return [name, ...[row.p50, row.p90, row.p99, row.p999, row.max].map(ms), String(row.count)];
}

function tables({ clicks, calls, knee, burst }: RunReport): string {
  if (knee !== undefined) return kneeTable(knee.steps);
  if (calls !== undefined)
    return table([
      LATENCY_HEAD,
      latencyCells('answers', calls.latency),
      latencyCells('sent late by', calls.sendLateness),
      ...(burst === undefined ? [] : [latencyCells('as fast as answers come', burst.latency)]),
    ]);
  if (clicks === undefined) return '';
  const rows = [
    latencyCells('click to list', clicks.clickToList),
    latencyCells('click to ack', clicks.clickToAck),
    latencyCells('sent late by', clicks.sendLateness),
    ...clicks.phases.map(({ name, clickToList }) => latencyCells(`lists, ${name}`, clickToList)),
  ];
  const counts = {
    ...clicks.beside,
    ...prefixed('refused', clicks.refused),
    ...prefixed('closed', clicks.closed),
  };
  const beside = Object.entries(counts).map(([name, value]) => [name, String(value)]);
  const latencies = clicks.duePerSec > 0 ? table([LATENCY_HEAD, ...rows]) : '';
  return latencies + (beside.length === 0 ? '' : table([['what', 'count'], ...beside]));
}

function prefixed(word: string, counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${word}: ${name}`, count]));
}

function kneeTable(steps: NonNullable<RunReport['knee']>['steps']): string {
  const head = ['offered/s', 'seconds', 'answered/s', 'p50 ms', 'p99 ms', 'failed', 'generator'];
  return table([
    head,
    ...steps.map((step) => [
      step.ratePerSec.toFixed(0),
      String(step.seconds),
      step.achievedPerSec.toFixed(0),
      ms(step.p50),
      ms(step.p99),
      String(step.failures),
      percent(step.generatorCpuShare),
    ]),
  ]);
}

function table([head, ...rows]: Cells): string {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="wide"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>`;
}
