import { describe, expect, test } from 'vitest';
import { ATTACKS } from './attacks/all-attacks.js';
import { httpProblem } from './attacks/http-promises.js';
import { withOddField } from './attacks/odd-values.js';
import { planBouts } from './run/bout-plan.js';
import type { RunResult } from './run/results.js';
import { failures } from './run/verdict.js';
import { ClickLedger } from './shoppers/click-ledger.js';
import { Findings } from './shoppers/findings.js';
import { listProblem } from './shoppers/list-checks.js';
import { rankProblem } from './shoppers/rank-checks.js';
import type { Shop } from './shoppers/shop.js';
import { ShopperMemory } from './shoppers/shopper-memory.js';
import { clientFrame, FrameReader } from './wire/frames.js';

/** A suite that finds nothing proves nothing: each check has to be able to go red. */

const SHOP: Shop = {
  ids: ['a', 'b', 'c', 'gone'],
  categoryOf: new Map([
    ['a', 'mugs'],
    ['b', 'bags'],
    ['c', 'mugs'],
    ['gone', 'mugs'],
  ]),
  soldOut: new Set(['gone']),
  categories: ['mugs'],
};

describe('a list is wrong', () => {
  const memory = new ShopperMemory();
  memory.dismissed(1, 'a');
  memory.purchased(2, 'b');
  const check = (
    ids: string[],
    slot: object,
    cause = 0,
    scores = ids.map((_, i) => -i),
  ): string | undefined =>
    listProblem({ ids, scores, cause }, { shop: SHOP, memory, slot: { k: ids.length, ...slot } });

  test.each([
    ['an item twice', check(['a', 'a'], {})],
    ['not in the catalogue', check(['a', 'x'], {})],
    ['sold out', check(['a', 'gone'], {})],
    ['excluded', check(['a', 'b'], { exclude: ['b'] })],
    ['not of mugs', check(['a', 'b'], { filter: { category: 'mugs' } })],
    ['dismissed', check(['a'], {}, 1)],
    ['viewed', check(['b'], { excludeSeen: 'viewed' }, 2)],
    ['purchased', check(['b'], { excludeSeen: 'purchased' }, 2)],
    ['items only', check(['a'], { k: 2 })],
    ['rise', check(['a', 'b'], {}, 0, [1, 2])],
  ])('%s', (words, problem) => {
    expect(problem).toContain(words);
  });

  test('not before its event is known, and not once a dismissed item is clicked again', () => {
    expect(check(['a'], {}, 0)).toBeUndefined();
    memory.clicked(5, 'a');
    expect(check(['a'], {}, 4)).toContain('dismissed');
    expect(check(['a'], {}, 5)).toBeUndefined();
  });
});

test('a rank that forgets, doubles or misplaces a candidate is wrong', () => {
  const call = { t: 'rank', id: 1, candidates: ['a', 'x', 'b', 'gone'] } as const;
  const answer = (ids: string[], unknown = ['x']): string | undefined =>
    rankProblem(call, { ids, unknown } as never, SHOP);
  expect(answer(['b', 'a', 'x'])).toBeUndefined();
  expect(answer(['b', 'x'])).toContain('2 of 3');
  expect(answer(['b', 'b', 'a'])).toContain('twice');
  expect(answer(['x', 'a', 'b'])).toContain('not last');
  expect(answer(['a', 'b', 'x'], [])).toContain('not named');
});

test('a click without its list or its ack is lost, once; its latency counts as the whole wait', () => {
  const findings = new Findings();
  const ledger = new ClickLedger(findings, 'ann');
  ledger.sent(['home', 'row'], 0);
  ledger.sent(['home'], 1_000);
  ledger.listed('home', 2, 5_000);
  ledger.acked(1);
  ledger.sweep(9_000_000);
  expect(findings.report().problems).toEqual([]);
  ledger.sweep(20_000_000);
  ledger.sweep(30_000_000);
  const { problems, latencies, clicks } = findings.report();
  expect(clicks).toBe(2);
  expect(problems).toMatchObject([{ kind: 'lost', count: 2 }]);
  expect(problems[0].first[0]).toContain('click 1 without list of row');
  expect(problems[0].first[1]).toContain('click 2 without ack');
  expect(latencies['warm-up'].max).toBeGreaterThan(9_990);
});

test('the same seed plans the same bouts, within the time; another seed others', () => {
  const from = { attacks: ATTACKS, totalMs: 60_000, restMs: 500 };
  const plan = planBouts({ ...from, seed: 7 });
  expect(planBouts({ ...from, seed: 7 })).toEqual(plan);
  expect(planBouts({ ...from, seed: 8 })).not.toEqual(plan);
  expect(plan.map(({ name }) => name)).toEqual([...ATTACKS.map(({ name }) => name), 'medley']);
  const tookMs = plan.reduce((sum, { durationMs }) => sum + durationMs + 500, 0);
  expect(tookMs).toBeGreaterThan(59_000);
  expect(tookMs).toBeLessThan(62_000);
});

test('odd values get into every field, the inner ones too', () => {
  const odd = [...withOddField({ t: 'x', slots: [{ k: 1 }], ids: ['i'], filter: { a: 1 } }, null)];
  expect(odd).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ t: null }),
      expect.objectContaining({ slots: [{ k: null }] }),
      expect.objectContaining({ ids: [null, 'i'] }),
      expect.objectContaining({ filter: { a: null } }),
    ]),
  );
});

test('a 500, and a refusal that is no problem detail, are noticed', () => {
  const problem = '{"status":404,"code":"not_found","detail":"…"}';
  expect(
    httpProblem({ status: 404, contentType: 'application/problem+json', body: problem }),
  ).toBeUndefined();
  expect(httpProblem({ status: 500, contentType: 'application/problem+json', body: problem })).toContain(
    '500',
  );
  expect(httpProblem({ status: 404, contentType: 'text/html', body: '<h1>' })).toContain('text/html');
  expect(httpProblem({ status: 404, contentType: 'application/problem+json', body: '{}' })).toContain(
    'without',
  );
});

test.each([0, 1, 125, 126, 65_535, 65_536])('a frame of %i bytes is read back, in pieces', (bytes) => {
  const frame = clientFrame(Buffer.alloc(bytes, 7), { isMasked: false });
  const reader = new FrameReader();
  const cut = Math.min(3, frame.length - 1);
  const frames = [...reader.take(frame.subarray(0, cut)), ...reader.take(frame.subarray(cut))];
  expect(frames.map(({ payload }) => payload.length)).toEqual([bytes]);
});

describe('a run fails', () => {
  const latency = { count: 9, p50: 2, p90: 3, p99: 10, p999: 10, max: 10 };
  const good: RunResult = {
    findings: {
      clicks: 100,
      overloaded: 3,
      ranks: 100,
      httpCalls: 1,
      reconnects: 1,
      latencies: { quiet: latency, hostile: { ...latency, p99: 30 } },
      problems: [],
    },
    bouts: [],
    crashes: 0,
    residentQuiet: 200,
    residentEnd: 300,
    quietCpu: 0.2,
    loadBefore: 0,
    unverified: '',
    startMs: 1,
    restartMs: 1,
  };
  const withProblem = (kind: string, count = 1): RunResult => ({
    ...good,
    findings: { ...good.findings, problems: [{ window: 'x', kind, count, first: [] } as never] },
  });

  test('not when all is well', () => {
    expect(failures(good)).toEqual([]);
    expect(failures(withProblem('late'))).toEqual([]);
  });

  test.each([
    ['finished and verified', { ...good, unverified: 'no start' }],
    ['1 crashes', { ...good, crashes: 1 }],
    ['lost', withProblem('lost')],
    ['wrong lists', withProblem('list')],
    ['wrong answers', withProblem('answer')],
    ['closed', withProblem('closed')],
    ['late', withProblem('late', 3)],
    ['grew by 300 MiB', { ...good, residentEnd: 500 }],
    [
      'p99',
      {
        ...good,
        findings: { ...good.findings, latencies: { quiet: latency, hostile: { ...latency, p99: 38 } } },
      },
    ],
    [
      'waited',
      {
        ...good,
        findings: { ...good.findings, latencies: { quiet: latency, hostile: { ...latency, max: 2_001 } } },
      },
    ],
  ])('%s', (words, run) => {
    expect(failures(run)).toEqual([expect.stringContaining(words)]);
  });
});
