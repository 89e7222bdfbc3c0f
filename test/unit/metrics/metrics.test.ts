import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { CLOSES } from '../../../gateway/protocol/close-codes.js';
import { ERROR_CODES } from '../../../gateway/protocol/messages.js';
import { parsePrometheusText, type MetricLine } from '../../../loadtest/target/server-stages.js';
import {
  CLOSE_CODE_VALUES,
  ERROR_CODE_VALUES,
  MESSAGE_TYPE_VALUES,
} from '../../../metrics/rows/contract-names.js';
import {
  COUNTER,
  COUNTERS,
  GAUGE,
  GAUGES,
  HISTOGRAM,
  HISTOGRAMS,
  indexOrOther,
  seriesOf,
} from '../../../metrics/table.js';
import type { MetricRow } from '../../../metrics/rows/metric-row.js';
import { FakeClock, realClock } from '../../../metrics/process/clock.js';
import { watchEventLoop } from '../../../metrics/event-loop.js';
import { countInvariants, invariant, InvariantError } from '../../../metrics/invariant.js';
import { createLog } from '../../../metrics/process/log.js';
import { MESSAGE_TYPES } from '../../../gateway/protocol/validate.js';
import { createRegistry } from '../../../metrics/registry.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { builtModule } from '../../support/built.js';

const everyRow = [...Object.values(COUNTERS), ...Object.values(GAUGES), ...Object.values(HISTOGRAMS)];

describe('catalogue', () => {
  it('names metrics as Prometheus asks: unique, counters end in _total, times in _seconds', () => {
    expect(new Set(everyRow.map((row) => row.name)).size).toBe(everyRow.length);
    for (const row of everyRow) expect(row.name).toMatch(/^[a-z][a-z_]*$/);
    for (const row of Object.values(COUNTERS)) expect(row.name).toMatch(/_total$/);
    for (const row of everyRow.filter((one) => one.unit === 'seconds'))
      expect(row.name).toMatch(/_seconds(_total)?$/);
  });

  it('has every row of every topic: no key stands in two of them', () => {
    const files = readdirSync('metrics/rows').filter((name) => name.endsWith('-metrics.ts'));
    const written = files.map(
      (name) => readFileSync(`metrics/rows/${name}`, 'utf8').match(/^ {4}\w+: \{/gm) ?? [],
    );
    expect(files.length).toBeGreaterThan(1);
    expect(everyRow).toHaveLength(written.flat().length);
  });

  it('gives each series its own index, without holes', () => {
    for (const [rows, indices] of [
      [COUNTERS, COUNTER],
      [GAUGES, GAUGE],
      [HISTOGRAMS, HISTOGRAM],
    ] as const) {
      const flat = Object.values(indices).flatMap((index: number | object) =>
        typeof index === 'number' ? [index] : Object.values(index),
      );
      expect(flat.toSorted((a, b) => a - b)).toEqual(flat.map((_, i) => i));
      expect(seriesOf<MetricRow>(rows)).toHaveLength(flat.length);
    }
  });

  it('counts every message of the contract by its type, and nothing else', () => {
    expect([...MESSAGE_TYPE_VALUES].sort()).toEqual([...MESSAGE_TYPES, 'other'].sort());
  });

  it('counts every error code and close code of the contract by itself', () => {
    expect(ERROR_CODE_VALUES).toEqual([...ERROR_CODES, 'other']);
    for (const { code } of Object.values(CLOSES)) expect(CLOSE_CODE_VALUES).toContain(String(code));
    expect(indexOrOther(COUNTER.connectionsClosed, '4008')).toBe(COUNTER.connectionsClosed['4008']);
    expect(indexOrOther(COUNTER.connectionsClosed, '3999')).toBe(COUNTER.connectionsClosed.other);
    expect(indexOrOther(COUNTER.connectionsClosed, 'toString')).toBe(COUNTER.connectionsClosed.other);
  });
});

describe('ThreadStats', () => {
  it('is read through its buffer by another holder', () => {
    const writer = ThreadStats.create();
    const reader = ThreadStats.attach(writer.buffer);
    writer.count(COUNTER.listsSent);
    writer.count(COUNTER.listsSent, 4);
    writer.gauge(GAUGE.connections, 7);
    expect(reader.counterValue(COUNTER.listsSent)).toBe(5);
    expect(reader.gaugeValue(GAUGE.connections)).toBe(7);
    expect(reader.gaugeValue(GAUGE.channels)).toBeNaN();
  });

  it('refuses a buffer of another size', () => {
    expect(() => ThreadStats.attach(new SharedArrayBuffer(64))).toThrow(RangeError);
  });
});

describe('registry', () => {
  async function scrape(...threads: ThreadStats[]): Promise<MetricLine[]> {
    const sources = threads.map((stats, i) => ({ thread: i === 0 ? 'gateway' : `shard-${i - 1}`, stats }));
    return parsePrometheusText(await createRegistry(() => sources).text());
  }
  const valueOf = (
    lines: readonly MetricLine[],
    name: string,
    labels: Record<string, string> = {},
  ): number | undefined =>
    lines.find(
      (line) =>
        line.name === name && Object.entries(labels).every(([key, value]) => line.labels[key] === value),
    )?.value;

  it('adds counters over threads and labels their series', async () => {
    const [a, b] = [ThreadStats.create(), ThreadStats.create()];
    a.count(COUNTER.eventsApplied, 3);
    b.count(COUNTER.eventsApplied, 4);
    b.count(COUNTER.eventsRefused.seq_gap, 2);
    const lines = await scrape(a, b);
    expect(valueOf(lines, 'afterclick_events_applied_total')).toBe(7);
    expect(valueOf(lines, 'afterclick_events_refused_total', { code: 'seq_gap' })).toBe(2);
    expect(valueOf(lines, 'afterclick_events_refused_total', { code: 'internal' })).toBe(0);
  });

  it('merges gauges as their row says and leaves out threads that never set them', async () => {
    const [a, b, c] = [ThreadStats.create(), ThreadStats.create(), ThreadStats.create()];
    b.gauge(GAUGE.usersHot, 10);
    c.gauge(GAUGE.usersHot, 20);
    b.gauge(GAUGE.catalogueItems, 5);
    c.gauge(GAUGE.catalogueItems, 4);
    a.gauge(GAUGE.connections, 3);
    const lines = await scrape(a, b, c);
    const hot = lines.filter((line) => line.name === 'afterclick_users_hot');
    expect(hot.map((line) => [line.labels.thread, line.value])).toEqual([
      ['shard-0', 10],
      ['shard-1', 20],
    ]);
    expect(valueOf(lines, 'afterclick_catalogue_items')).toBe(5);
    expect(valueOf(lines, 'afterclick_connections')).toBe(3);
  });

  it('exports histograms with cumulative buckets that count exactly, in seconds', async () => {
    const [a, b] = [ThreadStats.create(), ThreadStats.create()];
    const values = [5, 200, 255, 256, 900, 3_071, 3_072, 14_000, 70_000_000];
    values.forEach((value, i) => (i % 2 === 0 ? a : b).observe(HISTOGRAM.clickToList, value));
    const lines = await scrape(a, b);
    const buckets = lines.filter((line) => line.name === 'afterclick_click_to_list_seconds_bucket');
    for (const { labels, value } of buckets) {
      const boundUs = labels.le === '+Inf' ? Infinity : Number(labels.le) * 1e6;
      expect(value, `le ${labels.le}`).toBe(values.filter((one) => one < boundUs - 1e-6).length);
    }
    expect(Number(buckets[0].labels.le)).toBeLessThanOrEqual(0.00025);
    expect(Number(buckets.at(-2)?.labels.le)).toBeGreaterThanOrEqual(10);
    expect(valueOf(lines, 'afterclick_click_to_list_seconds_count')).toBe(values.length);
    expect(valueOf(lines, 'afterclick_click_to_list_seconds_sum')).toBeCloseTo(
      values.reduce((sum, one) => sum + one, 0) / 1e6,
      9,
    );
  });

  it('has the promises among the bounds, exactly', async () => {
    const stats = ThreadStats.create();
    for (const us of [24_999, 25_001, 199_999, 200_001]) stats.observe(HISTOGRAM.clickToAck, us);
    const lines = await scrape(stats);
    const below = (le: string): number | undefined =>
      valueOf(lines, 'afterclick_click_to_ack_seconds_bucket', { le });
    expect([below('0.025'), below('0.2'), below('+Inf')]).toEqual([1, 3, 4]);
  });

  it('names slots as the option does, and leaves places without a name out', async () => {
    const stats = ThreadStats.create();
    stats.observe(HISTOGRAM.clickedPosition['1'], 3);
    stats.observe(HISTOGRAM.clickedPosition.other, 4);
    const registry = createRegistry(() => [{ thread: 'gateway', stats }], { slots: ['home', 'basket'] });
    const lines = parsePrometheusText(await registry.text());
    const counts = lines.filter(({ name }) => name === 'afterclick_clicked_position_count');
    expect(counts.map(({ labels, value }) => [labels.slot, value])).toEqual([
      ['home', 0],
      ['basket', 1],
      ['other', 1],
    ]);
    expect(valueOf(lines, 'afterclick_clicked_position_bucket', { slot: 'basket', le: '2' })).toBe(0);
    expect(valueOf(lines, 'afterclick_clicked_position_bucket', { slot: 'basket', le: '3' })).toBe(1);
  });

  it('exports batch sizes as whole numbers', async () => {
    const stats = ThreadStats.create();
    for (const users of [1, 2, 2, 16, 64]) stats.observe(HISTOGRAM.batchUsers, users);
    const lines = await scrape(stats);
    const below = (le: string): number | undefined =>
      valueOf(lines, 'afterclick_model_batch_users_bucket', { le });
    expect([below('1'), below('2'), below('15'), below('63'), below('95'), below('+Inf')]).toEqual([
      1, 3, 3, 4, 5, 5,
    ]);
    expect(valueOf(lines, 'afterclick_model_batch_users_sum')).toBe(85);
  });

  it("names no metric twice, gives each a type, and has the process's own beside them", async () => {
    const text = await createRegistry(() => []).text();
    const typed = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => match[1]);
    expect(new Set(typed).size).toBe(typed.length);
    for (const row of everyRow) expect(typed).toContain(`afterclick_${row.name}`);
    expect(typed).toContain('process_resident_memory_bytes');
    expect(typed).toContain('nodejs_eventloop_lag_seconds');
  });
});

describe('event loop', () => {
  it('lets the thread rest in the middle of a metric: one has a thousand lines', async () => {
    const stats = ThreadStats.create();
    let rests = 0;
    const bites = { isOver: true, rest: () => Promise.resolve(void rests++) };
    const text = await createRegistry(() => [{ thread: 'gateway', stats }], {}, bites).text();
    const series = [COUNTERS, GAUGES, HISTOGRAMS].flatMap((rows) => seriesOf<MetricRow>(rows));
    expect(rests).toBeGreaterThan(series.length);
    expect(text.split('\n').length).toBeGreaterThan(1_000);
  });

  it('writes delay and heap of the thread to its gauges', async () => {
    const stats = ThreadStats.create();
    const stop = watchEventLoop(stats, 20);
    const block = performance.now() + 40;
    while (performance.now() < block);
    await vi.waitFor(() => expect(stats.gaugeValue(GAUGE.eventLoopDelay.max)).not.toBeNaN());
    stop();
    expect(stats.gaugeValue(GAUGE.eventLoopDelay.max)).toBeGreaterThanOrEqual(0);
    expect(stats.gaugeValue(GAUGE.heapUsedBytes)).toBeGreaterThan(1e6);
  });
});

describe('clock', () => {
  it("has one time in all threads: another's question lies between two of one's own", async () => {
    const worker = new Worker(
      `import(${JSON.stringify(builtModule('metrics/process/clock.js'))}).then(({ realClock }) => {
        const { parentPort } = require('node:worker_threads');
        parentPort.on('message', () => parentPort.postMessage(realClock.nowUs()));
        parentPort.postMessage('ready');
      });`,
      { eval: true },
    );
    await once(worker, 'message');
    for (let i = 0; i < 20; i++) {
      const askedUs = realClock.nowUs();
      worker.postMessage('now');
      const [toldUs] = (await once(worker, 'message')) as [number];
      const heardUs = realClock.nowUs();
      // Each thread knows its place on the common clock to some microseconds.
      expect(toldUs).toBeGreaterThan(askedUs - 500);
      expect(toldUs).toBeLessThan(heardUs + 500);
    }
    await worker.terminate();
  });

  it('has two times that a step of the system clock pulls apart: of the two only the wall one steps', () => {
    const clock = new FakeClock(1_000);
    clock.advanceUs(1_500);
    expect(clock.nowMs()).toBe(1_001);
    const us = clock.nowUs();
    clock.stepWallMs(-500);
    expect([clock.nowMs(), clock.nowUs()]).toEqual([501, us]);
    clock.advanceMs(1);
    expect([clock.nowMs(), clock.nowUs()]).toEqual([502, us + 1_000]);
  });
});

describe('invariant', () => {
  it('counts and throws what does not hold', () => {
    const stats = ThreadStats.create();
    countInvariants(stats);
    expect(() => invariant(true, 'holds')).not.toThrow();
    expect(() => invariant(0, 'slot 3 is free')).toThrow(new InvariantError('slot 3 is free'));
    expect(stats.counterValue(COUNTER.invariantsBroken)).toBe(1);
  });
});

describe('log', () => {
  it('writes one JSON line per call at or above its level, with its fields', () => {
    const lines: string[] = [];
    const log = createLog({
      level: 'warn',
      fields: { thread: 'shard-0' },
      stream: { write: (line) => void lines.push(line) },
    });
    log.info('left out');
    log.warn({ users: 3 }, 'kept');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        thread: 'shard-0',
        users: 3,
        msg: 'kept',
      },
    ]);
  });
});
