import { createLog } from '../../../metrics/process/log.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { ShardHandle } from '../../../shards/pool/shard-handle.js';
import type { RunListener } from '../../../shards/pool/thread-run.js';
import type { ShardCall } from '../../../shards/wire/calls.js';
import { neighboursModel } from '../../../shards/wire/posted-model.js';
import { CallPacker, ReplyPacker, unpackCalls } from '../../../shards/wire/thread-batch.js';
import type { Recovery, RunData } from '../../../shards/wire/worker-data.js';

const RECOVERY: Recovery = { replayedEvents: 0, rebuiltUsers: 0, pagesLoaded: 0, pagesUnfit: 0 };

/** The handle of a shard whose run is the test's: it hears what is told to the run, and says what the run says. */
export interface HandledRun {
  readonly handle: ShardHandle;
  /** What the run has been told. */
  readonly told: readonly ShardCall[];
  /** The run has recovered. */
  readonly ready: () => void;
  /** What is said into it leaves as one batch, in the next turn. */
  readonly sink: ReplyPacker;
}

export function handledRun(): HandledRun {
  let ready: (recovery: Recovery) => void = () => undefined;
  let listener: RunListener | undefined;
  const told: ShardCall[] = [];
  const calls = new CallPacker();
  let number = 1;
  const worker = { shard: 0, shards: 1, folder: '', model: neighboursModel(4) } as unknown as RunData;
  const handle = new ShardHandle(worker, {
    bounds: { queueMax: 10, queueUserMax: 10, ranksMax: 10, ranksUserMax: 10 },
    stats: ThreadStats.create(),
    log: createLog({ level: 'silent' }),
    startRun: (_, heard) => {
      listener = heard;
      return {
        calls,
        thread: -1,
        loop: { active: 0, idle: 0 },
        ready: new Promise((resolve) => (ready = resolve)),
        exited: new Promise<Error>(() => undefined),
        schedule: () => unpackCalls(calls.take(), (call) => told.push(call)),
      };
    },
    number: () => number++,
    learned: () => undefined,
    moved: () => undefined,
    idle: () => undefined,
    merged: () => undefined,
  });
  const sink = new ReplyPacker((batch) => listener?.batch(batch, 0));
  return { handle, told, ready: () => ready(RECOVERY), sink };
}
