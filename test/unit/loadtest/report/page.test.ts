import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../../../loadtest/load/load-run.js';
import { LatencyRecorder } from '../../../../loadtest/load/recorder.js';
import { Windows } from '../../../../loadtest/load/windows.js';
import { reportPage } from '../../../../loadtest/report/page.js';
import { escapeHtml, evenTicks, lineChart } from '../../../../loadtest/report/svg-chart.js';

const ENVIRONMENT = { at: '2026-01-01', commit: 'abc', node: 'v20', cpu: 'AMD <EPYC>', cores: 2 };

function runOf(more: Partial<LoadResult> = {}): LoadResult {
  const lists = new LatencyRecorder();
  const windows = new Windows(0, 30);
  for (let i = 0; i < 3_000; i++) {
    const [dueUs, tookUs] = [i * 10_000, 1_000 + ((i * 7_919) % 5_000)];
    lists.record(tookUs);
    windows.due(dueUs);
    windows.listed(dueUs, dueUs + tookUs);
    windows.acked(dueUs, dueUs + 2 * tookUs);
    windows.sentLate(dueUs, dueUs + 100);
  }
  const row = lists.row();
  const points = lists.distribution();
  return {
    duePerSec: 100,
    offeredPerSec: 100,
    achievedPerSec: 99.5,
    clickToList: row,
    clickToAck: row,
    sendLateness: row,
    distributions: { list: points, ack: points, late: points },
    clicks: 3_000,
    missingLists: 0,
    missingAcks: 0,
    refused: {},
    closed: {},
    generatorCpuShare: 0.1,
    phases: [],
    windowSeconds: 1,
    windows: windows.rows(),
    server: [
      { atSec: 1, cores: undefined, residentBytes: 2e8, loopDelayMs: { gateway: 1, 'shard-0': 2 } },
      { atSec: 2, cores: 0.4, residentBytes: 2.1e8, loopDelayMs: { gateway: 1, 'shard-0': 2 } },
    ],
    connections: 200,
    memory: { beforeBytes: 1e8, openBytes: 1.1e8, afterBytes: 2e8 },
    beside: {},
    stages: [{ stage: 'decode', count: 10, mean: 0.1, p50: 0.1, p99: 0.5 }],
    ...more,
  };
}

const pageOf = (clicks: LoadResult, verdicts: Parameters<typeof reportPage>[0]['verdicts'] = []): string =>
  reportPage({
    profile: 'steady',
    environment: ENVIRONMENT,
    config: { rate: 100, http: false },
    verdicts,
    clicks,
  });

describe('the page of a run', () => {
  it('has every chart, needs no other file and no script, and no number that is none', () => {
    const page = pageOf(runOf());
    const titles = [...page.matchAll(/<figcaption>([^<]+)/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Latency of clicks due in each second',
      'Rate offered and answered',
      'The generator itself: latest that it was',
      'Distribution',
      'Server CPU',
      'Server memory',
      'Event-loop delay of its threads',
      'Stages at the server: p50 (wide) and p99 (thin), ms',
    ]);
    expect(page).not.toMatch(/NaN|Infinity|undefined|<script|src=|href=|url\(/);
    expect(page).toContain('AMD &#60;EPYC&#62;');
  });

  it('tells a rate only when it was offered', () => {
    expect(pageOf(runOf())).toContain('<b>100</b><span>offered a second</span>');
    const limited = pageOf(runOf({ limit: { kind: 'client', why: 'it was late' } }));
    expect(limited).toContain('THE CLIENT WAS THE LIMIT');
    expect(limited).not.toContain('offered a second</span>');
  });

  it('says which promises were kept', () => {
    const page = pageOf(runOf(), [{ text: 'p99<10ms', actual: 12.3456, isKept: false }]);
    expect(page).toContain('p99&#60;10ms: not kept (12.346)');
  });

  it('has no empty charts where nothing was clicked and the server says nothing', () => {
    const nothing = new Windows(0, 5).rows();
    const page = pageOf(runOf({ duePerSec: 0, windows: nothing, server: [], stages: [] }));
    expect(page.match(/<figure>/g)).toHaveLength(1);
  });
});

describe('charts', () => {
  const chart = { title: 't', xUnit: 's', yUnit: 'ms' };

  it('keep every point within the picture, with gaps where there is no number', () => {
    const points = [1, 500, 3, Number.NaN, 20_000, 0].map((y, x) => [x, y] as const);
    const svg = lineChart({ ...chart, series: [{ name: 'a', points }] });
    for (const [, x, y] of svg.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThanOrEqual(600);
      expect(Number(y)).toBeGreaterThanOrEqual(0);
      expect(Number(y)).toBeLessThanOrEqual(250);
    }
    expect(svg.match(/d="([^"]*)"/)?.[1].match(/M/g)).toHaveLength(2);
  });

  it('have round ticks, and are empty without a number', () => {
    expect(evenTicks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(evenTicks(0.3, 1.1, 5)).toEqual([0.4, 0.6, 0.8, 1]);
    expect(lineChart({ ...chart, series: [{ name: 'a', points: [[1, Number.NaN]] }] })).toBe('');
  });

  it('take no text for markup', () => {
    expect(escapeHtml('<a b="c">&')).toBe('&#60;a b=&#34;c&#34;&#62;&#38;');
  });
});
