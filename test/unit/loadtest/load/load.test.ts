import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { helpText, parseCommandLine, runCommand } from '../../../../metrics/process/command-line.js';
import { runLoad, type LoadPlan } from '../../../../loadtest/load/load-run.js';
import type { LoadResult } from '../../../../loadtest/load/load-result.js';
import { loadtestOptions } from '../../../../loadtest/load/load-options.js';
import { UnansweredClicks } from '../../../../loadtest/load/unanswered-clicks.js';
import { parsePrometheusText, stageRows } from '../../../../loadtest/target/server-stages.js';
import { LatencyRecorder } from '../../../../loadtest/load/recorder.js';
import { replayOptions } from '../../../../loadtest/replay/replay-options.js';
import { loadReport } from '../../../../loadtest/report/load-report.js';
import { evenRate } from '../../../../loadtest/stream/rate-shape.js';
import { SyntheticStream } from '../../../../loadtest/stream/synthetic-stream.js';
import { Storm } from '../../../../loadtest/profiles/storm.js';
import { HISTOGRAM } from '../../../../metrics/table.js';
import { FakeClock, realClock } from '../../../../metrics/process/clock.js';
import { createRegistry, type MetricsRegistry } from '../../../../metrics/registry.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { FakeGateway, type FakeGatewayOptions } from '../../../support/gateway/fake-gateway.js';

const ITEMS = Array.from({ length: 50 }, (_, i) => `i${i}`);
const NO_PROGRESS = { update: () => {}, stop: () => {} };

describe('UnansweredClicks', () => {
  it('is a sorted list of numbers taken from the front and the middle', () => {
    const step = fc.oneof(
      fc.record({ take: fc.integer({ min: 0, max: 30 }) }),
      fc.record({ remove: fc.integer({ min: 0, max: 30 }) }),
      fc.constant({ push: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const unanswered = new UnansweredClicks();
        let naive: number[] = [];
        let next = 1;
        for (const one of steps) {
          if ('push' in one) {
            unanswered.push(next, { dueUs: next * 10, e: 'view_item', item: 'i' });
            naive.push(next++);
          } else if ('take' in one) {
            const taken: number[] = [];
            unanswered.takeUpTo(one.take, ({ dueUs }) => taken.push(dueUs / 10));
            expect(taken).toEqual(naive.filter((seq) => seq <= one.take));
            naive = naive.filter((seq) => seq > one.take);
          } else {
            expect(unanswered.remove(one.remove)).toBe(naive.includes(one.remove));
            naive = naive.filter((seq) => seq !== one.remove);
          }
          expect(unanswered.count).toBe(naive.length);
        }
      }),
    );
  });
});

describe('LatencyRecorder', () => {
  it('gives percentiles in ms to three digits, and zeros when empty', () => {
    const recorder = new LatencyRecorder();
    expect(recorder.row()).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
    for (let ms = 1; ms <= 1_000; ms++) recorder.record(ms * 1_000);
    const row = recorder.row();
    expect(row.count).toBe(1_000);
    for (const [value, exact] of [
      [row.p50, 500],
      [row.p90, 900],
      [row.p99, 990],
      [row.p999, 999],
      [row.max, 1_000],
    ]) {
      expect(Math.abs(value / exact - 1)).toBeLessThan(0.001);
    }
  });
});

/** A registry that makes its text anew for whoever asks, however long that takes on a busy machine. */
function unhurriedRegistry(stats: ThreadStats): MetricsRegistry {
  return createRegistry(() => [{ thread: 'gateway', stats }], {}, undefined, new FakeClock());
}

describe('load run', () => {
  let gateway: FakeGateway;
  afterEach(() => gateway.close());

  interface Settings {
    readonly rate: number;
    readonly connections: number;
    readonly seconds: number;
    readonly warmup: number;
    readonly sessions: 'short' | 'long';
    readonly plan: Partial<LoadPlan>;
  }

  function planOf(url: string, settings: Partial<Settings>): LoadPlan {
    const { rate = 400, connections = 10, seconds = 0.5, warmup = 0, sessions = 'long', plan } = settings;
    return {
      url,
      urls: [url],
      shape: evenRate(rate, warmup + seconds),
      warmup,
      arrivals: 'constant',
      seed: 1,
      stream: new SyntheticStream({ items: ITEMS, present: connections, sessions, seed: 1 }),
      slots: [{ slot: 'home', k: 20 }],
      nameOf: (shopper) => `shopper-${shopper}`,
      ...plan,
    };
  }

  async function load(options: FakeGatewayOptions, settings: Partial<Settings> = {}): Promise<LoadResult> {
    gateway = await FakeGateway.start({ items: ITEMS, ...options });
    return runLoad(planOf(gateway.url, settings), realClock, NO_PROGRESS);
  }

  it('[R1] finds a list and an ack for every click', async () => {
    const result = await load({});
    expect(result.clicks).toBeGreaterThanOrEqual(198);
    expect(gateway.applied).toHaveLength(result.clicks);
    expect(result).toMatchObject({ missingLists: 0, missingAcks: 0, refused: {}, closed: {} });
    expect(result.clickToList.count).toBe(result.clicks);
    expect(result.clickToAck.count).toBe(result.clicks);
    expect(new Set(gateway.applied.map((event) => event.user)).size).toBe(10);
    for (const event of gateway.applied) expect(ITEMS).toContain(event.item);
  });

  it('deals shoppers out over the nodes of a cluster, visitors without a name', async () => {
    gateway = await FakeGateway.start({ items: ITEMS });
    const other = await FakeGateway.start({ items: ITEMS });
    const plan = { urls: [gateway.url, other.url], nameOf: () => undefined };
    const result = await runLoad(planOf(gateway.url, { plan }), realClock, NO_PROGRESS);
    await other.close();
    const users = [gateway, other].map(({ applied }) => new Set(applied.map(({ user }) => user)));
    expect(users.map(({ size }) => size)).toEqual([5, 5]);
    expect([...users[0], ...users[1]].filter((user) => user.startsWith('shopper'))).toEqual([]);
    expect(gateway.applied.length + other.applied.length).toBe(result.clicks);
  });

  it('leaves the warm-up out of latencies and rates but not out of the counts', async () => {
    const result = await load({}, { warmup: 0.25, seconds: 0.25 });
    expect(result.clicks).toBeGreaterThanOrEqual(198);
    expect(Math.abs(result.clickToList.count - result.clicks / 2)).toBeLessThanOrEqual(2);
    expect(Math.abs(result.offeredPerSec - 400)).toBeLessThanOrEqual(8);
  });

  it('counts from the due time: a stall of 200 ms is in the percentiles of all clicks that fell due in it', async () => {
    let count = 0;
    const result = await load({ refuse: () => void (++count === 50 && gateway.stall(200)) }, { seconds: 1 });
    expect(result.missingLists).toBe(0);
    // 80 of 400 clicks fall due in the stall and wait 100 ms on average.
    expect(result.clickToList.p90).toBeGreaterThan(80);
    expect(result.clickToList.p99).toBeGreaterThan(180);
    expect(result.clickToList.max).toBeGreaterThan(195);
    expect(result.clickToList.p50).toBeLessThan(100);
  });

  it('finds a server that stalls for a second: its clicks waited, the window shows it, the rate offered did not fall', async () => {
    let count = 0;
    const refuse = () => void (++count === 150 && gateway.stall(1_000));
    const result = await load({ refuse }, { rate: 100, seconds: 4 });
    expect(result).toMatchObject({ missingLists: 0, missingAcks: 0 });
    expect(Math.round(result.offeredPerSec)).toBe(100);
    expect(result.clickToList.max).toBeGreaterThan(950);
    // A quarter of the clicks fell due in the stall; who waits for answers before sending would have had one late click.
    expect(result.clickToList.p90).toBeGreaterThan(500);
    const worst = result.windows.toSorted((a, b) => b.p99 - a.p99)[0];
    expect([1, 2]).toContain(worst.atSec);
    expect(worst.p99).toBeGreaterThan(900);
    expect(result.windows[0].p50).toBeLessThan(100);
    for (const { duePerSec } of result.windows) expect(Math.abs(duePerSec - 100)).toBeLessThan(3);
  });

  it('offers the same clicks again with the same seed, others with another', async () => {
    const clicks: string[] = [];
    for (const seed of [5, 5, 6]) {
      const stream = new SyntheticStream({ items: ITEMS, present: 20, sessions: 'short', seed });
      await load({}, { connections: 20, plan: { stream, seed, arrivals: 'poisson' } });
      const sent = gateway.applied.map(({ user, seq, e, item }) => `${user} ${seq} ${e} ${item}`);
      clicks.push(sent.sort().join('\n'));
      await gateway.close();
    }
    expect(clicks[0].length).toBeGreaterThan(1_000);
    expect(clicks[1]).toBe(clicks[0]);
    expect(clicks[2]).not.toBe(clicks[0]);
  });

  it('lets shoppers go when their session is over, and opens the next before their first click', async () => {
    const result = await load({}, { sessions: 'short', connections: 8 });
    expect(result).toMatchObject({ missingLists: 0, missingAcks: 0, closed: {} });
    const users = new Set(gateway.applied.map(({ user }) => user));
    expect(users.size).toBeGreaterThan(30);
    // Those present, those about to come, and those whose last answer has just come.
    expect(gateway.openMax).toBeLessThan(users.size);
  });

  it('[D2] [D4] comes back after a storm with the same sessions, and loses and doubles nothing', async () => {
    const result = await load({}, { seconds: 2, plan: { companions: [new Storm()] } });
    expect(result).toMatchObject({ missingLists: 0, missingAcks: 0, refused: {}, closed: {} });
    expect(result.beside).toMatchObject({ 'connections broken at once': 10 });
    expect(result.beside['ms until all were back']).toBeLessThan(1_000);
    expect(gateway.applied).toHaveLength(result.clicks);
  });

  it('[D3] goes on after a refused click with the same seq, and reports the click', async () => {
    let count = 0;
    const result = await load(
      { refuse: () => (++count === 30 ? 'unknown_item' : undefined) },
      { connections: 2 },
    );
    expect(result.refused.unknown_item).toBe(1);
    const gaps = result.refused.seq_gap ?? 0;
    expect(result.missingLists).toBe(1 + gaps);
    expect(gateway.applied).toHaveLength(result.clicks - 1 - gaps);
    for (const user of new Set(gateway.applied.map((event) => event.user))) {
      const seqs = gateway.applied.filter((event) => event.user === user).map((event) => event.seq);
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    }
  });

  it('reports lost connections and the clicks they leave without a list', async () => {
    let count = 0;
    const result = await load({ refuse: () => void (++count === 20 && gateway.breakConnections()) });
    expect(result.closed).toEqual({ 1006: 10 });
    expect(result.missingLists).toBeGreaterThan(150);
    expect(loadReport(result)).toContain('connections lost, by close code: 1006 10');
  });

  it('tells when there is nothing to click, and when nobody listens', async () => {
    await expect(load({ items: [] })).rejects.toThrow('PUT /v1/items');
    const { url } = gateway;
    await gateway.close();
    await expect(runLoad(planOf(url, { rate: 1, connections: 1 }), realClock, NO_PROGRESS)).rejects.toThrow(
      'ECONNREFUSED',
    );
    gateway = await FakeGateway.start();
  });

  it('says when the generator itself was late', async () => {
    const result = await load({}, { seconds: 0.1 });
    const report = (p99: number): string =>
      loadReport({ ...result, sendLateness: { ...result.sendLateness, p99 } });
    expect(report(2)).toContain('own overhead of the generator: p99 2.00 ms');
  });

  it("shows the server's own stages", async () => {
    const stats = ThreadStats.create();
    const registry = unhurriedRegistry(stats);
    const result = await load({
      metrics: () => registry.text(),
      refuse: () => {
        stats.observe(HISTOGRAM.stage.decode, 20);
        return undefined;
      },
    });
    expect(result.stages.map((row) => [row.stage, row.count])).toEqual([['decode', result.clicks]]);
    expect(loadReport(result)).toMatch(/decode +0\.0\d\d /);
  });
});

describe('server stages', () => {
  it('are what grew between two scrapes', async () => {
    const stats = ThreadStats.create();
    const registry = unhurriedRegistry(stats);
    for (let i = 0; i < 1_000; i++) stats.observe(HISTOGRAM.stage.model, 50_000);
    const before = parsePrometheusText(await registry.text());
    for (let us = 1; us <= 1_000; us++) stats.observe(HISTOGRAM.stage.model, us);
    const [row, ...others] = stageRows(before, parsePrometheusText(await registry.text()));
    expect(others).toEqual([]);
    expect(row).toMatchObject({ stage: 'model', count: 1_000 });
    expect(row.mean).toBeCloseTo(0.5005, 6);
    expect(Math.abs(row.p50 / 0.5 - 1)).toBeLessThan(0.05);
    expect(Math.abs(row.p99 / 0.99 - 1)).toBeLessThan(0.05);
  });
});

describe('prometheus text', () => {
  it('keeps names, labels with escapes, and special values', () => {
    const text =
      '# HELP a b\n# TYPE a counter\na{x="1",y="q\\"\\\\"} 3\nb 1e-3\nc_bucket{le="+Inf"} +Inf\n\nnot a sample line at all\n';
    expect(parsePrometheusText(text).slice(0, 3)).toEqual([
      { name: 'a', labels: { x: '1', y: 'q"\\' }, value: 3 },
      { name: 'b', labels: {}, value: 0.001 },
      { name: 'c_bucket', labels: { le: '+Inf' }, value: Infinity },
    ]);
  });
});

describe('command line', () => {
  it('is the canonical workload without arguments', () => {
    expect(parseCommandLine(loadtestOptions, [])).toMatchObject({
      kind: 'values',
      values: {
        url: 'http://127.0.0.1:8080',
        profile: 'steady',
        rate: undefined,
        connections: undefined,
        arrivals: 'poisson',
        http: false,
        json: undefined,
      },
    });
  });

  it('takes values after a space or an equals sign, and switches alone', () => {
    expect(
      parseCommandLine(loadtestOptions, ['--rate', '100.5', '--url=http://localhost:1', '--http']),
    ).toMatchObject({
      kind: 'values',
      values: { rate: 100.5, url: 'http://localhost:1', http: true },
    });
    const since = parseCommandLine(replayOptions, [
      '--events',
      'e',
      '--items',
      'i',
      '--speed',
      'max',
      '--since',
      '2011-06-01T00:00:00Z',
    ]);
    expect(since).toMatchObject({
      kind: 'values',
      values: { speed: 'max', since: new Date('2011-06-01T00:00:00Z') },
    });
    expect(parseCommandLine(replayOptions, ['--events', 'e', '--items', 'i', '--speed', '60'])).toMatchObject(
      { values: { speed: 60 } },
    );
  });

  it('says how an address is written', () => {
    for (const options of [loadtestOptions, replayOptions]) {
      const line = parseCommandLine(options, ['--url', 'localhost:18431']);
      expect(JSON.stringify(line)).toContain('write it with its scheme, such as http://127.0.0.1:8080');
    }
  });

  it('tries the file that it is to write before anything is done', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const action = vi.fn(async () => 0);
    expect(await runCommand('usage', loadtestOptions, ['--json', '/nope/x.json'], action)).toBe(2);
    const said = String(write.mock.calls[0][0]);
    write.mockRestore();
    expect(action).not.toHaveBeenCalled();
    expect(said).toContain('--json: there is no folder /nope: make it');
  });

  it('tells every problem at once, with exit code 2', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const code = await runCommand(
      'usage',
      loadtestOptions,
      ['--rate', 'fast', '--connections', '0', '--colour', 'red', '--json'],
      async () => 0,
    );
    const said = String(write.mock.calls[0][0]);
    write.mockRestore();
    expect(code).toBe(2);
    for (const part of ['--rate fast', '--connections 0', '--colour', '--json needs a value'])
      expect(said).toContain(part);
  });

  it('asks for what must be given', () => {
    const line = parseCommandLine(replayOptions, ['--speed', '0']);
    expect(line).toMatchObject({ kind: 'problems' });
    expect(line.kind === 'problems' && line.problems.map((problem) => problem.split(/[ :]/)[0])).toEqual([
      '--events',
      '--items',
      '--speed',
    ]);
  });

  it('lists every flag in its help', () => {
    const text = helpText('usage', replayOptions);
    for (const flag of ['--url', '--events', '--items', '--speed', '--users', '--since', '--json'])
      expect(text).toContain(flag);
    expect(parseCommandLine(replayOptions, ['--help', '--speed', '0'])).toEqual({ kind: 'help' });
  });
});
