import { parentPort, workerData } from 'node:worker_threads';
import { countInvariants } from '../../metrics/invariant.js';
import { join } from 'node:path';
import { realClock } from '../../metrics/process/clock.js';
import { watchEventLoop } from '../../metrics/event-loop.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import { rebuildTops } from '../../shards/graph/interactions/interaction-pages.js';
import { makeLearning } from '../../shards/shard/build-shard.js';
import { openEngine, type Engine } from '../engine/engine.js';
import { tryAgain } from '../engine/try-again.js';
import { OneByOne } from '../snapshots/one-by-one.js';
import { SnapshotThread } from '../snapshots/snapshot-thread.js';
import { makeNatsStream, natsStream } from '../journal/nats-stream.js';
import { HostModels } from './host-models.js';
import type { KeptSnapshot } from '../../shards/wire/calls.js';
import type { HostCall, HostData, HostReply, ModelCall, SnapshotAsked } from './host-words.js';
import { PartitionHost } from './partition-host.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a stream is asked for, of servers that elect their leaders. */
const STREAM_MS = 10_000;

/** How often an owner looks whether a snapshot is due. */
const SNAPSHOT_LOOK_MS = 2_000;

/** Thread entry of all partitions of a node. */
async function main(data: HostData): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('cluster/host runs as a worker thread only');
  const say = (reply: HostReply): void => port.postMessage(reply);
  const stats = ThreadStats.attach(data.stats);
  countInvariants(stats);
  const endWatch = watchEventLoop(stats);
  const engine = await openEngine(data.engine);
  await makeStreams(engine, data.streams);
  const learning = makeLearning({ ...data, shard: 0, shards: 1 });
  rebuildTops(learning.interactions, learning.trends, learning.popular);
  const snapshots = snapshotsOf(data);
  const host = new PartitionHost({
    owner: data.owner,
    models: await HostModels.of(data.model),
    learning,
    stats,
    items: new CatalogueView(data.catalogue),
    partitions: data.streams.length,
    sessionGapMs: data.tuning.sessionGapMs,
    streamOf: (partition) => natsStream(engine, data.streams[partition].name, pause),
    pause,
    snapshots: {
      snapshots,
      pace: data.snapshots.pace,
      lookMs: SNAPSHOT_LOOK_MS,
      line: new OneByOne(),
      scratch: join(data.snapshots.scratch, 'copies'),
      nowMs: () => realClock.nowMs(),
      trouble: (partition, why) => say({ op: 'trouble', partition, why }),
    },
  });
  port.on('message', (call: HostCall) => {
    if (call.op === 'open') {
      const { run } = call;
      host.open({
        ...call,
        level: (isLevel) => say({ op: 'level', run, isLevel }),
        owned: (epoch) => say({ op: 'owned', run, epoch }),
        ended: (end) => say({ op: 'ended', run, end }),
      });
    } else if (call.op === 'take') host.take(call.run);
    else if (call.op === 'drop') host.drop(call.run);
    else if (call.op !== 'end')
      carryOut(host, call).then(
        (snapshot) => say({ op: 'told', call: call.call, ...(snapshot && { snapshot }) }),
        (error: unknown) => say({ op: 'told', call: call.call, problem: (error as Error).message }),
      );
    else {
      endWatch();
      void host
        .stop()
        .then(() => Promise.all([engine.stop(), snapshots.stop()]))
        .finally(() => port.close());
    }
  });
  say({ op: 'ready' });
}

/** Resolves with a snapshot that was asked for. */
async function carryOut(
  host: PartitionHost,
  call: ModelCall | SnapshotAsked,
): Promise<KeptSnapshot | undefined> {
  if (call.op === 'snapshot') return host.snapshot(call.partition);
  if (call.op === 'prepare') await host.prepare(call.model);
  else if (call.op === 'adopt') await host.adopt(call.model);
  else await host.discard();
  return undefined;
}

/** The thread has started after its servers were found fit: it does not look again. */
function snapshotsOf({ engine, snapshots, streams }: HostData): SnapshotThread {
  return new SnapshotThread({
    engine: { ...engine, name: `${engine.name} snapshots`, sync: { kind: 'stated' } },
    shelf: snapshots.shelf,
    streams: streams.map(({ name }) => name),
    scratch: join(snapshots.scratch, 'journals'),
  });
}

/** Streams that are there stay as they are. */
async function makeStreams(engine: Engine, plans: HostData['streams']): Promise<void> {
  try {
    for (const plan of plans) await tryAgain(() => makeNatsStream(engine, plan), { forMs: STREAM_MS, pause });
  } catch (cause) {
    const [{ bytesMax, replicas }] = plans;
    throw new StartupError(
      'cluster_streams_refused',
      `the NATS servers do not take ${plans.length} streams of ${bytesMax} bytes on ${replicas} servers (${(cause as Error).message}): ` +
        'start servers that are down, give them more room (max_file_store), or look at AFTERCLICK_CLUSTER_STREAM_BYTES, which is that of the other nodes',
      { cause },
    );
  }
}

main(workerData as HostData).catch((error: unknown) => {
  if (!(error instanceof StartupError)) throw error;
  const { code, problems } = error;
  parentPort?.postMessage({ op: 'refused', code, problems } satisfies HostReply);
  parentPort?.close();
});
