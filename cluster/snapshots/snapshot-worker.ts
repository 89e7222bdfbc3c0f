import { mkdir, rm } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { realClock } from '../../metrics/process/clock.js';
import { openEngine } from '../engine/engine.js';
import { tryAgain } from '../engine/try-again.js';
import { natsStream } from '../journal/nats-stream.js';
import { openNatsShelf } from './nats-shelf.js';
import type { SnapshotCall, SnapshotData, SnapshotReply } from './snapshot-words.js';
import { snapshotsOn, type Snapshots } from './snapshots.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Servers that have just started elect their leaders. */
const PATIENCE = { forMs: 10_000, pause };

/** Thread entry of what goes to the snapshots of a cluster and comes from them: checksums and megabytes, beside the path of a click. */
async function main(data: SnapshotData): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('cluster/snapshots runs as a worker thread only');
  await rm(data.scratch, { recursive: true, force: true });
  await mkdir(data.scratch, { recursive: true });
  const engine = await openEngine(data.engine);
  const shelf = await tryAgain(() => openNatsShelf(engine, data.shelf, pause), PATIENCE);
  const snapshots = snapshotsOn({
    shelf,
    streamOf: (partition) => natsStream(engine, data.streams[partition], pause),
    nowMs: () => realClock.nowMs(),
    scratch: data.scratch,
  });
  port.on('message', (call: SnapshotCall) => {
    answer(snapshots, call).then(
      (value) => port.postMessage({ call: call.call, value } satisfies SnapshotReply),
      (error: unknown) =>
        port.postMessage({ call: call.call, failure: wordsOf(error as Error) } satisfies SnapshotReply),
    );
  });
}

function answer(snapshots: Snapshots, call: SnapshotCall): ReturnType<Snapshots[keyof Snapshots]> {
  if (call.op === 'make') return snapshots.make(call.order);
  if (call.op === 'newest') return snapshots.newest(call.partition);
  if (call.op === 'journal') return snapshots.journal(call.partition);
  return snapshots.restore(call.partition, call.folder);
}

function wordsOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

void main(workerData as SnapshotData);
