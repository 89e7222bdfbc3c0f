import { parentPort, workerData } from 'node:worker_threads';
import { realClock } from '../../metrics/process/clock.js';
import { watchEventLoop } from '../../metrics/event-loop.js';
import { countInvariants } from '../../metrics/invariant.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { buildShard } from '../shard/build-shard.js';
import { recover } from './recovery.js';
import { loadScorer } from '../wire/posted-model.js';
import { ShardLoop } from './shard-loop.js';
import { openLmdbStore } from '../store/lmdb/lmdb-store.js';
import { ReplyPacker } from '../wire/thread-batch.js';
import type { PostedBatch, WorkerData, WorkerMessage } from '../wire/worker-data.js';

/** Thread entry of a shard: opens its store, recovers, then turns batches of calls into batches of replies. */
async function main(data: WorkerData): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('shards/worker runs as a worker thread only');
  const post = (message: WorkerMessage, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const stats = ThreadStats.attach(data.stats);
  countInvariants(stats);
  watchEventLoop(stats);
  let loop: ShardLoop | undefined;
  const sink = new ReplyPacker((batch) =>
    post({ type: 'batch', batch, sentUs: realClock.nowUs(), taken: loop?.countTaken() ?? 0 }, [
      batch.words.buffer as ArrayBuffer,
    ]),
  );
  // Thrown outside of any promise, so that the thread ends with it as an uncaught error and the pool starts another.
  const fail = (error: unknown) =>
    setImmediate(() => {
      throw error;
    });
  const store = await openLmdbStore({ folder: data.folder });
  const { shard, shards, tuning, catalogue, interactions, model } = data;
  const scorer = await loadScorer(model);
  const built = buildShard({
    shard,
    shards,
    tuning,
    store,
    tag: model.tag,
    scorer,
    catalogue,
    interactions,
    vectors: model.vectors,
    stats,
    clock: realClock,
    sink,
    fail,
  });
  const recovery = await recover(built, tuning.sessionGapMs, data.keepsInteractions);
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    for (const timer of timers) clearInterval(timer);
    port.close();
  };
  loop = new ShardLoop(built, sink, data, end);
  const running = loop;
  port.on('message', (batch: PostedBatch) => running.receive(batch));
  timers.push(setInterval(() => running.checkpoint(), data.checkpointMs));
  timers.push(setInterval(() => running.checkpointInteractions(), data.interactionCheckpointMs));
  running.checkpoint();
  running.beginSwap();
  running.checkpointInteractions();
  post({ type: 'ready', recovery });
}

main(workerData as WorkerData).catch((error: unknown) => {
  if (error instanceof StartupError) {
    parentPort?.postMessage({
      type: 'refused',
      code: error.code,
      problems: error.problems,
    } satisfies WorkerMessage);
    parentPort?.close();
    return;
  }
  throw error;
});
