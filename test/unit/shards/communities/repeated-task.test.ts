import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RepeatedTask } from '../../../../shards/communities/repeated-task.js';
import type { RunningTask } from '../../../../shards/communities/task-in-thread.js';

const EVERY_MS = 1_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A run that ends when it is told to. */
class Run implements RunningTask<string> {
  settle!: { resolve: (answer: string) => void; reject: (error: Error) => void };
  readonly answer = new Promise<string>((resolve, reject) => (this.settle = { resolve, reject }));
  hasEnded = false;

  end(): Promise<void> {
    this.hasEnded = true;
    this.settle.reject(new Error('ended'));
    return Promise.resolve();
  }
}

function repeated(begin?: (run: Run) => Run | Promise<Run>) {
  const told: string[] = [];
  const runs: Run[] = [];
  const task = new RepeatedTask<string>({
    everyMs: EVERY_MS,
    clock: { nowMs: () => Date.now() },
    begin: () => {
      runs.push(new Run());
      return begin?.(runs.at(-1)!) ?? runs.at(-1)!;
    },
    done: (answer, tookMs) => void told.push(`${answer} ${tookMs}`),
    failed: (error) => void told.push((error as Error).message),
  });
  return { task, runs, told };
}

test('runs follow each other, never two at once, with a rest of twenty times as long', async () => {
  const { task, runs, told } = repeated();
  await vi.advanceTimersByTimeAsync(EVERY_MS - 1);
  expect(runs).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1 + 500);
  expect(runs).toHaveLength(1);
  runs[0].settle.resolve('a');
  await vi.advanceTimersByTimeAsync(20 * 500 - 1);
  expect(told).toEqual(['a 500']);
  expect(runs).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(runs).toHaveLength(2);
  runs[1].settle.resolve('b');
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  expect(told).toEqual(['a 500', 'b 0']);
  expect(runs).toHaveLength(3);
  await task.stop();
});

test('a run that fails, or cannot begin, is told of, and the next one comes', async () => {
  let isBroken = false;
  const { task, runs, told } = repeated((run) => (isBroken ? Promise.reject(new Error('no pages')) : run));
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  runs[0].settle.reject(new Error('out of memory'));
  isBroken = true;
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  isBroken = false;
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  expect(told).toEqual(['out of memory', 'no pages']);
  expect(runs).toHaveLength(3);
  await task.stop();
});

test('stopping ends the run that is under way, which is no failure, and none begins after it', async () => {
  const { task, runs, told } = repeated();
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  await task.stop();
  await vi.advanceTimersByTimeAsync(100 * EVERY_MS);
  expect(runs.map(({ hasEnded }) => hasEnded)).toEqual([true]);
  expect(told).toEqual([]);
});

test('a run that was still being prepared when it was stopped is ended as well', async () => {
  const prepared: { go?: (run: Run) => void } = {};
  const { task, runs, told } = repeated(() => new Promise<Run>((resolve) => (prepared.go = resolve)));
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  await task.stop();
  prepared.go?.(runs[0]);
  await vi.advanceTimersByTimeAsync(EVERY_MS);
  expect(runs[0].hasEnded).toBe(true);
  expect(told).toEqual([]);
});
