import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../../../loadtest/load/load-result.js';
import { runOf } from '../../../support/loadtest/sample-run.js';
import { Windows } from '../../../../loadtest/load/windows.js';
import { reportPage } from '../../../../loadtest/report/page.js';
import { escapeHtml, evenTicks, lineChart } from '../../../../loadtest/report/svg-chart.js';

const ENVIRONMENT = { at: '2026-01-01', commit: 'abc', node: 'v20', cpu: 'AMD <EPYC>', cores: 2 };

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
      'Server CPU',
      'Server memory',
      'Event-loop delay of its threads',
      'Distribution',
      'Stages at the server, p50 (wide) / p99 (thin)',
    ]);
    expect(page).not.toMatch(/NaN|Infinity|undefined|<script|src=|href=|url\(/);
    expect(page).toContain('AMD &#60;EPYC&#62;');
  });

  it('has one time axis and the phases in all charts over time, and each thread in its colour, whichever was heard first', () => {
    const phases = [{ name: 'flash', fromSec: 5, toSec: 10, duePerSec: 100, listedPerSec: 100 }];
    const sample = (atSec: number, loopDelayMs: Record<string, number>) => ({
      atSec,
      cores: 1,
      residentBytes: 2e8,
      loopDelayMs,
    });
    const server = [sample(-1, {}), sample(0, { 'shard-0': 2 }), sample(29, { gateway: 1, 'shard-0': 2 })];
    const { clickToList } = runOf();
    const page = pageOf(runOf({ server, phases: phases.map((one) => ({ ...one, clickToList })) }));
    const charts = page.split('<figure>').filter((chart) => chart.includes('>flash<'));
    expect(charts).toHaveLength(6);
    // Left and right end of the axis, in the picture.
    for (const chart of charts) expect(chart).toMatch(/d="M58 .*L586 /);
    expect(charts.at(-1)).toMatch(/<\/i>gateway<.*<\/i>shard-0</);
  });

  it('tells a rate only when it was offered', () => {
    expect(pageOf(runOf())).toContain('<b>100</b><span>offered a second</span>');
    const limited = pageOf(runOf({ limit: { kind: 'client', why: 'it was late' } }));
    expect(limited).toContain('THE CLIENT WAS THE LIMIT');
    expect(limited).not.toContain('offered a second</span>');
  });

  it('says which promises were kept', () => {
    const page = pageOf(runOf(), [{ text: 'p99<10ms', figure: 'p99', actual: 12.3456, isKept: false }]);
    expect(page).toContain('p99&#60;10ms: not kept (12.346 ms)');
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

describe('a chart', () => {
  const chart = { title: 'of rates', xUnit: 's', yUnit: 'ms' };

  it('of one place alone has it in the middle, with its number below', () => {
    const drawn = lineChart({ ...chart, series: [{ name: 'p50', points: [[100, 3]] }] });
    const [, at] = /<circle cx="([\d.]+)"/.exec(drawn)!;
    expect(Number(at)).toBeCloseTo((58 + 600 - 14) / 2, 0);
    expect(drawn).toContain(`<text class="x" x="${at}" y="229">100</text>`);
  });

  it('names a band at its right end inside of the picture, and a broken line as broken', () => {
    const drawn = lineChart({
      ...chart,
      series: [
        {
          name: 'max',
          points: [
            [0, 1],
            [5, 2],
          ],
          isFaint: true,
        },
      ],
      bands: [
        { name: 'before', from: 0, to: 5 },
        { name: 'after', from: 5, to: 6 },
      ],
    });
    expect(drawn).toContain('<text class="bandname" x="62" y="16">before</text>');
    expect(drawn).toContain('<text class="bandname" x="600" text-anchor="end" y="16">after</text>');
    expect(drawn).toContain('<i class="broken"');
  });
});
