import { describe, expect, test } from 'vitest';
import { Deadlines } from '../../../../gateway/calls/deadlines.js';
import type { Unanswered } from '../../../../gateway/calls/rank-call.js';
import { RankCalls, type RankCaller, type RankReply } from '../../../../gateway/calls/rank-calls.js';
import { SlotCompiler } from '../../../../gateway/calls/slot-compiler.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import type { RankOutcome } from '../../../../shards/pool/shard-pool.js';
import type { RankRequest } from '../../../../shards/wire/slot-lists.js';

function harness() {
  const clock = new FakeClock();
  const stats = ThreadStats.create();
  const deadlines = new Deadlines(clock);
  const indexOf = (id: string) => Number(id);
  const calls = new RankCalls(
    new SlotCompiler(indexOf, () => 'no filters'),
    {
      indexOf,
      idOf: String,
      segmentOf: String,
      itemOf: (index) => ({ id: String(index), title: `Item ${index}` }),
      mayShow: () => true,
    },
    { deadlines, clock, stats, networkAllowanceMs: 0 },
    () => 'model@1',
  );
  const heard: (RankReply | Unanswered)[] = [];
  const asked: { request: RankRequest; done: (outcome: RankOutcome) => void }[] = [];
  const keep: RankCaller['ask'] = (request, done) => asked.push({ request, done });
  const caller = (ask: RankCaller['ask'] = keep): RankCaller => ({
    ask,
    reply: (reply: RankReply) => void heard.push(reply),
    refuse: (why: Unanswered) => void heard.push(why),
    slotNamed: () => undefined,
    startUs: clock.nowUs(),
  });
  const pass = (ms: number) => {
    clock.advanceMs(ms);
    deadlines.expireDue();
  };
  return { calls, caller, heard, asked, clock, stats, deadlines, pass };
}

const ANSWER = { items: Int32Array.of(3), scores: Float32Array.of(1), rev: 1, model: 'm', degraded: false };
const GIVEN = { ids: ['2', '1'], degraded: true };

describe('a rank', () => {
  test.each(['busy', 'overrun', 'gone'] as const)(
    '[T1] that is refused (%s) gets the order given at once',
    (why) => {
      const { calls, caller, heard, deadlines, stats } = harness();
      calls.rank(
        { candidates: ['2', '1'] },
        caller((_request, done) => done(why)),
      );
      expect(heard).toEqual([expect.objectContaining(GIVEN)]);
      expect(deadlines.size).toBe(0);
      expect(stats.counterValue(COUNTER.ranksDegraded)).toBe(1);
    },
  );

  test('[T1] that is not answered gets the order given at its deadline, and one without after 8 s', () => {
    const { calls, caller, heard, pass, asked } = harness();
    calls.rank({ candidates: ['2', '1'], tmaxMs: 20 }, caller());
    calls.rank({ candidates: ['2', '1'] }, caller());
    pass(21);
    expect(heard).toEqual([expect.objectContaining(GIVEN)]);
    pass(8_000);
    expect(heard).toHaveLength(2);
    for (const { done } of asked) done(ANSWER);
    expect(heard).toHaveLength(2);
  });

  test.each([-3_600_000, -50, 50, 3_600_000])('[T1] is not late when the clock is set by %i ms', (stepMs) => {
    const { calls, caller, heard, pass, asked, clock } = harness();
    calls.rank({ candidates: ['2', '1'], tmaxMs: 20 }, caller());
    clock.stepWallMs(stepMs);
    pass(10);
    expect(asked[0].request.deadlineUs).toBeGreaterThan(clock.nowUs());
    asked[0].done(ANSWER);
    pass(50);
    expect(heard).toEqual([expect.objectContaining({ ids: ['3'], degraded: false })]);
  });
});

describe('a recommend', () => {
  test.each(['busy', 'overrun', 'gone'] as const)('that is refused (%s) is told so, once', (why) => {
    const { calls, caller, heard } = harness();
    calls.recommend(
      {},
      caller((_request, done) => done(why)),
    );
    expect(heard).toEqual([why]);
  });

  test('that is not answered is refused after 8 s', () => {
    const { calls, caller, heard, pass, asked } = harness();
    calls.recommend({}, caller());
    pass(7_999);
    expect(heard).toEqual([]);
    pass(2);
    asked[0].done(ANSWER);
    expect(heard).toEqual(['late']);
  });
});

describe('a list around an item', () => {
  test.each([
    [{ how: 'similar' }, 'invalid_field', 'item is missing'],
    [{ item: '5' }, 'invalid_field', 'how'],
    [{ how: 'new', item: '5' }, 'invalid_field', 'not with "new"'],
    [{ how: 'together', item: '-1' }, 'unknown_item', '"-1"'],
  ] as const)('%o is refused as %s', (fields, code, words) => {
    const { calls, caller, asked } = harness();
    const problem = calls.recommend(fields, caller());
    expect(problem?.code).toBe(code);
    expect(problem?.message).toContain(words);
    expect(asked).toEqual([]);
  });

  test('is asked for by the index of the item, and answered with tiles', () => {
    const { calls, caller, asked, heard } = harness();
    expect(calls.recommend({ how: 'together', item: '7', fields: ['title'] }, caller())).toBeUndefined();
    const [{ request, done }] = asked;
    expect(request.relation).toEqual({ how: 'together', item: 7 });
    done({ items: Int32Array.of(3), scores: Float32Array.of(2), rev: 1, model: 'm', degraded: false });
    expect(heard).toMatchObject([{ ids: ['3'], items: [{ id: '3', title: 'Item 3' }] }]);
  });
});
