import { expect, test } from 'vitest';
import { createLog } from '../../../../metrics/process/log.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { ShardHandle } from '../../../../shards/pool/shard-handle.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';
import { neighboursModel } from '../../../../shards/wire/posted-model.js';
import { CallPacker, unpackCalls } from '../../../../shards/wire/thread-batch.js';
import type { Recovery, RunData } from '../../../../shards/wire/worker-data.js';

const RECOVERY: Recovery = { replayedEvents: 0, rebuiltUsers: 0, pagesLoaded: 0, pagesUnfit: 0 };

test('what is asked before a shard has started for the first time is told to it then, once', async () => {
  let ready: (recovery: Recovery) => void = () => undefined;
  const told: ShardCall[] = [];
  const calls = new CallPacker();
  let number = 1;
  const worker = { shard: 0, shards: 1, folder: '', model: neighboursModel(4) } as unknown as RunData;
  const handle = new ShardHandle(worker, {
    bounds: { queueMax: 10, queueUserMax: 10, ranksMax: 10, ranksUserMax: 10 },
    stats: ThreadStats.create(),
    log: createLog({ level: 'silent' }),
    startRun: () => ({
      calls,
      thread: -1,
      loop: { active: 0, idle: 0 },
      ready: new Promise((resolve) => (ready = resolve)),
      exited: new Promise<Error>(() => undefined),
      schedule: () => unpackCalls(calls.take(), (call) => told.push(call)),
    }),
    number: () => number++,
    learned: () => undefined,
    moved: () => undefined,
    idle: () => undefined,
    merged: () => undefined,
  });
  const started = handle.start();
  void handle.answerTo({ op: 'unfinished' });
  expect(told).toEqual([]);
  ready(RECOVERY);
  await started;
  void handle.answerTo({ op: 'unfinished' });
  expect(told.map((call) => [call.op, 'call' in call && call.call])).toEqual([
    ['unfinished', 1],
    ['unfinished', 2],
  ]);
});
