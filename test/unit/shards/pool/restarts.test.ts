import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { RestartPause } from '../../../../shards/pool/restart-pause.js';
import {
  RunGivenUpError,
  SupervisedThread,
  type ThreadWatch,
  type WatchedRun,
} from '../../../../shards/pool/supervised-thread.js';
import { CallPacker } from '../../../../shards/wire/thread-batch.js';
import { neighboursModel } from '../../../../shards/wire/posted-model.js';
import type { WorkerData } from '../../../../shards/wire/worker-data.js';

const RECOVERY = { replayedEvents: 0, rebuiltUsers: 0, pagesLoaded: 0, pagesUnfit: 0 };

/** A thread that does what the test says. */
class FakeRun implements WatchedRun {
  readonly calls = new CallPacker();
  readonly thread = 0;
  readonly loop = { active: 0, idle: 0 };
  readonly ready: Promise<typeof RECOVERY>;
  readonly exited: Promise<Error>;
  #exit: (error: Error) => void = () => {};

  constructor(failure?: Error) {
    this.exited = new Promise((resolve) => (this.#exit = resolve));
    this.ready = failure === undefined ? Promise.resolve(RECOVERY) : Promise.reject(failure);
  }

  schedule(): void {}

  crash(error = new Error('crashed')): void {
    this.#exit(error);
  }
}

function watched(failuresFirst: readonly Error[] = []) {
  const clock = new FakeClock();
  const stats = ThreadStats.create();
  const runs: FakeRun[] = [];
  const startedMs: number[] = [];
  const failures = [...failuresFirst];
  let restarts = 0;
  const watch: ThreadWatch = {
    stats,
    log: createLog({ level: 'silent' }),
    clock,
    startRun: () => {
      startedMs.push(clock.nowMs());
      const run = new FakeRun(failures.shift());
      runs.push(run);
      return run;
    },
  };
  const worker = { shard: 3, model: neighboursModel(64) } as unknown as WorkerData;
  const listener = { batch: () => {}, report: () => {}, restarted: () => restarts++ };
  const thread = new SupervisedThread(worker, listener, watch);
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 10) {
      clock.advanceMs(10);
      await vi.advanceTimersByTimeAsync(10);
    }
  };
  return { thread, clock, stats, runs, startedMs, pass, restarted: () => restarts };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('pauses double from 0.1 s to 30 s, and begin anew after a quiet minute', () => {
  const pause = new RestartPause();
  const pauses = Array.from({ length: 11 }, () => pause.take(59_999));
  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  expect(pause.take(60_000)).toBe(100);
});

test('a run that is given up, for all are about to be stopped, is no crash and not started again', async () => {
  const { thread, stats, runs, pass } = watched();
  await thread.start();
  runs[0].crash(new RunGivenUpError('the node stops'));
  await pass(1_000);
  expect([runs.length, stats.counterValue(COUNTER.shardRestarts)]).toEqual([1, 0]);
  await thread.stop();
});

test('a thread that crashes is never given up: it is started again after each pause, and its condition says so', async () => {
  const { thread, runs, stats, pass, startedMs, restarted } = watched();
  await thread.start();
  expect(thread.condition).toMatchObject({ state: 'serving', downMs: 0, restarts: 0 });
  for (let crash = 0; crash < 10; crash++) {
    runs.at(-1)!.crash();
    await pass(50);
    expect(thread.condition).toMatchObject({ state: 'down', restarts: crash + 1, lastError: 'crashed' });
    expect(thread.condition.downMs).toBeGreaterThanOrEqual(40);
    await pass(Math.min(30_000, 100 * 2 ** crash));
    expect(thread.condition.state).toBe('serving');
  }
  expect(runs).toHaveLength(11);
  expect(restarted()).toBe(10);
  expect(stats.counterValue(COUNTER.shardRestarts)).toBe(10);
  await pass(60_000);
  const count = startedMs.length;
  runs.at(-1)!.crash();
  await pass(110);
  expect(startedMs).toHaveLength(count + 1);
});

test('a crash in the first start is tried again; a start-up error is not', async () => {
  const crashed = watched([new Error('one'), new Error('two')]);
  const started = crashed.thread.start();
  await crashed.pass(400);
  await started;
  expect(crashed.runs).toHaveLength(3);
  const refused = watched([new StartupError('store_unreadable', 'no')]);
  await expect(refused.thread.start()).rejects.toMatchObject({ code: 'store_unreadable' });
  expect(refused.runs).toHaveLength(1);
});

test('a first start that crashes for half a minute fails with an error that names the shard', async () => {
  const { thread, pass } = watched(Array.from({ length: 40 }, () => new Error('broken inside')));
  const failed = expect(thread.start()).rejects.toMatchObject({
    code: 'shard_start_failed',
    message: expect.stringMatching(/Shard 3 .*broken inside/) as string,
  });
  await pass(60_000);
  await failed;
});

test('stopping ends a pause at once, and nothing is started after it', async () => {
  const { thread, runs, pass } = watched();
  await thread.start();
  for (let crash = 0; crash < 8; crash++) {
    runs.at(-1)!.crash();
    await pass(crash === 7 ? 20 : 100 * 2 ** crash);
  }
  await thread.stop();
  await pass(60_000);
  expect(runs).toHaveLength(8);
});
