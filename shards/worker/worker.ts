import { parentPort, workerData } from 'node:worker_threads';
import { watchEventLoop } from '../../metrics/event-loop.js';
import { countInvariants } from '../../metrics/invariant.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { GAUGE } from '../../metrics/table.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { installRing } from '../store/vault/keys/installed-ring.js';
import type { WorkerData, WorkerMessage } from '../wire/worker-data.js';
import { serveShard } from './serve-shard.js';

/** Thread entry of a shard. */
async function main(data: WorkerData): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('shards/worker runs as a worker thread only');
  const stats = ThreadStats.attach(data.stats);
  countInvariants(stats);
  watchEventLoop(stats);
  installRing(data.ring);
  await serveShard(data, port, {
    // Thrown outside of any promise, so that the thread ends with it as an uncaught error and the pool starts another.
    fail: (error) =>
      setImmediate(() => {
        throw error;
      }),
  });
}

main(workerData as WorkerData).catch((error: unknown) => {
  if (error instanceof StartupError) {
    if (error.code === 'disk_full')
      ThreadStats.attach((workerData as WorkerData).stats).gauge(GAUGE.storeWaits, 1);
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
