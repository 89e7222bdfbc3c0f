import { expect, test } from 'vitest';
import { SLOW_LINES_PER_SEC, SlowLog } from '../../../../gateway/tracing/slow-log.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';

function slowLog(slowClickMs = 100) {
  const clock = new FakeClock();
  const stats = ThreadStats.create();
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const slow = new SlowLog({ slowClickMs, clock, stats, log: createLog({ level: 'info', stream }) });
  const tell = (): void =>
    slow.tell({
      what: 'list',
      us: 123_456.7,
      traceId: 'abc',
      stages: () => [{ name: 'model', fromUs: 10, toUs: 1_010.4 }],
      ids: { session: 3, seq: 9 },
    });
  return { clock, stats, lines, slow, tell };
}

test('a slow answer is one line with its ids, its trace and its stages', () => {
  const { lines, slow, tell } = slowLog();
  expect(slow.limitUs).toBe(100_000);
  tell();
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'warn',
      what: 'list',
      session: 3,
      seq: 9,
      traceId: 'abc',
      ms: 123.457,
      stages: { model: 1 },
    }),
  ]);
});

test('there are so many lines a second at most, and the next one says how many were left out', () => {
  const { clock, stats, lines, tell } = slowLog();
  for (let i = 0; i < SLOW_LINES_PER_SEC + 5; i++) tell();
  expect(lines).toHaveLength(SLOW_LINES_PER_SEC);
  clock.advanceMs(1_000);
  tell();
  expect(lines.at(-1)).toMatchObject({ unsaid: 5 });
  expect(stats.counterValue(COUNTER.slowAnswers)).toBe(SLOW_LINES_PER_SEC + 6);
});

test('with 0 nothing is slow', () => {
  expect(slowLog(0).slow.limitUs).toBe(Infinity);
});
