import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TRACES_KEPT, TraceQueue, type SendTraces } from '../../../../gateway/tracing/trace-queue.js';
import type { FinishedTrace } from '../../../../gateway/tracing/tracer.js';
import { createLog } from '../../../../metrics/process/log.js';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TRACE = { traceId: 'a'.repeat(32), parentId: '', isSampled: true };

function finished(name: string): FinishedTrace {
  return { trace: TRACE, name, fromUs: 1, toUs: 2, stages: [], attributes: {} };
}

function queueTo(send: SendTraces) {
  const stats = ThreadStats.create();
  const lines: string[] = [];
  const stream = { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) };
  return { queue: new TraceQueue(send, { stats, log: createLog({ level: 'info', stream }) }), stats, lines };
}

test('what is finished leaves within a second, in order', async () => {
  const sent: string[] = [];
  const { queue, stats } = queueTo((traces) => {
    sent.push(...traces.map(({ name }) => name));
    return Promise.resolve();
  });
  queue.add(finished('one'));
  queue.add(finished('two'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual(['one', 'two']);
  expect(stats.counterValue(COUNTER.tracesSent)).toBe(2);
  await queue.stop();
});

test('a collector that hangs costs traces beyond the bound, and no more', async () => {
  const { queue, stats } = queueTo(() => new Promise(() => undefined));
  queue.add(finished('hangs'));
  await vi.advanceTimersByTimeAsync(1_000);
  for (let i = 0; i < TRACES_KEPT + 7; i++) queue.add(finished('waits'));
  expect(stats.counterValue(COUNTER.tracesDropped.queue)).toBe(7);
  const stopped = queue.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  await stopped;
});

test('a collector that refuses is told of once, and once more when it takes them again', async () => {
  let isUp = false;
  const { queue, stats, lines } = queueTo(() =>
    isUp ? Promise.resolve() : Promise.reject(new Error('503')),
  );
  for (let i = 0; i < 3; i++) {
    queue.add(finished('refused'));
    await vi.advanceTimersByTimeAsync(1_000);
  }
  isUp = true;
  queue.add(finished('taken'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(stats.counterValue(COUNTER.tracesDropped.collector)).toBe(3);
  expect(stats.counterValue(COUNTER.tracesSent)).toBe(1);
  expect(lines).toEqual([
    expect.stringContaining('does not take traces'),
    expect.stringContaining('takes traces again'),
  ]);
  await queue.stop();
});

test('the end sends what waits, and nothing is taken afterwards', async () => {
  const send = vi.fn<SendTraces>(() => Promise.resolve());
  const { queue, stats } = queueTo(send);
  queue.add(finished('last'));
  await queue.stop();
  queue.add(finished('too late'));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(send).toHaveBeenCalledTimes(1);
  expect(stats.counterValue(COUNTER.tracesDropped.queue)).toBe(1);
});
