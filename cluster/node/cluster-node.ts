import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { KV } from '@nats-io/kv';
import { ServiceStack } from '../../metrics/process/service-stack.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { SharedInteractions } from '../../shards/graph/interactions/interaction-buffers.js';
import {
  interactionsFor,
  sharedWorkerData,
  warmWithHistory,
  type PoolStart,
  type StartedPool,
} from '../../shards/pool/create-pool.js';
import { partitionsFolder, shardFolder } from '../../shards/store/data-folder.js';
import { hostAndPort, socketUrlOf } from '../engine/cluster-options.js';
import { catalogueFingerprint } from '../catalogue/catalogue-fingerprint.js';
import type { CatalogueLog } from '../catalogue/catalogue-log.js';
import { openCatalogueLog } from '../catalogue/open-catalogue-log.js';
import { openEngine, type Engine } from '../engine/engine.js';
import { tryAgain } from '../engine/try-again.js';
import { HostKeeper } from '../host/host-keeper.js';
import { natsLeaders } from './stream-leaders.js';
import { LinkServer } from '../link/link-server.js';
import { startModels, type NodeModels, type StartModel } from '../models/node-models.js';
import { Heartbeats } from '../membership/heartbeats.js';
import { openBucket } from '../membership/kv-bucket.js';
import { HEARTBEAT_MS, Membership } from '../membership/membership.js';
import { NodeMarks } from '../membership/node-marks.js';
import { ClusterPool, type ClusterPlan } from '../pool/cluster-pool.js';
import { openNotices } from '../snapshots/nats-shelf.js';
import { saidSnapshots } from '../snapshots/said-snapshots.js';
import type { SnapshotNotices } from '../snapshots/snapshot-shelf.js';
import { PartitionSeat } from '../pool/partition-seat.js';
import { Claims } from './claims.js';
import { agreeOn, beatsOf, bucketsOf } from './cluster-facts.js';
import { LeaderKeeper } from './leader-keeper.js';
import { Links } from './links.js';
import {
  cataloguePlan,
  engineSettings,
  snapshotSettings,
  streamName,
  streamPlans,
  type ClusterConfig,
  type LocalConfig,
} from './node-settings.js';
import { PartitionControl } from './partition-control.js';
import { ReplicaWatch } from './replica-watch.js';
import { serverBeside } from './server-beside.js';
import { natsNote } from './shared-notes.js';

/** What a node of a cluster is started with. */
export interface NodeStart extends Omit<PoolStart, 'config' | 'catalogue'> {
  readonly config: PoolStart['config'] & ClusterConfig & LocalConfig;
  readonly catalogue: Catalogue;
  /** Of the bundle that `model` is of; `null`: none. */
  readonly fingerprint: string | null;
  /** Makes the model ready that the cluster serves with, which may be another one. */
  readonly makeModel: StartModel;
}

/** What stands before partitions are served. */
interface Ground {
  readonly start: NodeStart;
  readonly pool: PoolStart;
  readonly stack: ServiceStack;
  readonly engine: Engine;
  readonly facts: KV;
  readonly linkKey: Buffer;
  readonly models: NodeModels;
  readonly catalogueLog: CatalogueLog;
  readonly hosts: HostKeeper;
  readonly notices: SnapshotNotices;
  readonly hostStats: ThreadStats;
  readonly interactions: SharedInteractions;
}

/** Users in memory, over the partitions that a node has at most while another one is gone. */
const PARTITIONS_SHARE = 2;
const USERS_HOT_MIN = 256;
/** Servers that have just started, or lost one of them, elect their leaders. */
const PATIENCE = { forMs: 20_000, pause: (ms: number): Promise<void> => setTimeout(ms) };

/**
 * Starts a node of a cluster: the NATS servers, the thread of its partitions, the link to other nodes. Resolves when somebody serves each
 * partition. What it gives out ends all of it. Rejects with a `StartupError` that says what to do.
 */
export async function startNode(start: NodeStart): Promise<StartedPool> {
  refuseAlone(start.dataDir);
  const { config, catalogue, log } = start;
  const settings = engineSettings(config);
  return ServiceStack.start(async (stack) => {
    const engine = await openEngine(settings);
    stack.push(engine);
    if (engine.unseen.length > 0)
      log.warn({ unseen: engine.unseen }, 'NATS servers that did not answer: nobody knows that they sync');
    const owner = { node: config.clusterNode, run: randomUUID() };
    const base = catalogue.place?.base ?? catalogueFingerprint(catalogue);
    const facts = await openFacts(start, engine);
    const linkKey = await agreeWithOthers(start, facts, base);
    // Items that the log brings get their places in the model that is made here.
    const models = await modelsOf(start, engine, facts);
    const catalogueLog = await openCatalogueLog(engine, cataloguePlan(config), { ...start, base, owner });
    stack.push(catalogueLog);
    const pool: PoolStart = {
      ...start,
      model: models.posted,
      catalogue: catalogue.shared,
      config: { ...config, usersHot: usersHotOf(config) },
    };
    const interactions = interactionsFor(pool);
    warmWithHistory(pool, interactions);
    const snapshots = snapshotSettings(config, join(partitionsFolder(start.dataDir), 'snapshots'));
    const notices = await tryAgain(() => openNotices(engine, snapshots.shelf), PATIENCE);
    const hostStats = ThreadStats.create();
    const hosts = await HostKeeper.start(
      {
        engine: settings,
        owner,
        streams: streamPlans(config),
        snapshots,
        tuning: pool.config,
        model: models.posted,
        catalogue: catalogue.shared,
        interactions,
        stats: hostStats.buffer,
      },
      log,
    );
    stack.push(hosts);
    const ground = {
      start,
      pool,
      stack,
      engine,
      facts,
      linkKey,
      models,
      catalogueLog,
      hosts,
      notices,
      hostStats,
    };
    return joinCluster({ ...ground, interactions });
  });
}

function openFacts({ config }: NodeStart, engine: Engine): Promise<KV> {
  const kept = { name: bucketsOf(config.clusterName).facts, replicas: config.clusterReplicas };
  return tryAgain(() => openBucket(engine.main, kept), PATIENCE);
}

function agreeWithOthers({ config, model }: NodeStart, facts: KV, base: string): Promise<Buffer> {
  const own = {
    version: 2,
    partitions: config.clusterPartitions,
    catalogue: base,
    itemsMax: config.itemsMax,
    attributeColumnsMax: config.attributeColumnsMax,
    model: model.tag,
  } as const;
  return tryAgain(() => agreeOn(facts, own), PATIENCE);
}

function modelsOf(
  { config, fingerprint, makeModel, model }: NodeStart,
  engine: Engine,
  facts: KV,
): Promise<NodeModels> {
  const bundles = { name: bucketsOf(config.clusterName).bundles, replicas: config.clusterReplicas };
  const first = { fingerprint, name: model.name, tag: model.tag, number: 0 };
  return startModels({ engine, facts, bundles, first }, makeModel);
}

async function joinCluster(ground: Ground): Promise<StartedPool> {
  const { start, stack, engine, linkKey, models, catalogueLog, hosts } = ground;
  const { catalogue, config, clock, log, stats } = start;
  const items = {
    count: () => catalogue.indexCount,
    onMore: (listener: () => void) => catalogue.onChange(listener),
  };
  const self = config.clusterNode;
  const membership = new Membership(self, clock);
  const claims = new Claims();
  const links = stack.push(new Links({ self, key: linkKey, items }));
  const control: PartitionControl = new PartitionControl({
    self,
    membership,
    claims,
    seats: () => seats,
    linkTo: (claim) => links.to(claim),
    canServe: () => hosts.host !== undefined && agreement.isCurrent,
    changed: () => beats.beat(),
    served: (partition) => {
      pool
        .served(partition)
        .catch((error: unknown) =>
          log.error(
            { err: error, partition },
            'a merge that was begun could not be ended; it is when the shopper comes again',
          ),
        );
    },
    ended: (partition) => pool.desk.ended(partition),
    stats,
    clock,
    log,
  });
  const seats = Array.from(
    { length: config.clusterPartitions },
    (_, partition) => new PartitionSeat(partition, () => hosts.host, control),
  );
  const { agreement, change } = models.agree({
    self,
    host: hosts,
    present: () => membership.present,
    serves: (model) => pool.useModel(model),
    log,
  });
  stack.push(agreement);
  const pool: ClusterPool = makePool(ground, {
    seats,
    control,
    models: {
      change: (model, source) => change.make(model, source),
      take: (taker) => agreement.take(taker),
    },
  });
  start.signal?.addEventListener('abort', () => {
    for (const seat of seats) seat.stop();
  });
  stack.push(
    await LinkServer.listen(
      hostAndPort(config.clusterAddress),
      { key: linkKey, log, stats, items },
      pool.desk,
    ),
  );
  const kept = { name: bucketsOf(config.clusterName).nodes, replicas: config.clusterReplicas };
  const marks = await tryAgain(
    () =>
      NodeMarks.open(engine.main, kept, (said) => {
        membership.learn(said.marks);
        control.learn(said.pins);
      }),
    PATIENCE,
  );
  stack.push(marks);
  await tryAgain(() => marks.register(self), PATIENCE);
  const beats: Heartbeats = new Heartbeats([engine.main, engine.spare], beatsOf(config.clusterName), {
    membership,
    claims: () => ({
      at: config.clusterAddress,
      url: socketUrlOf(config.clusterUrl),
      owns: control.owns,
      catalogue: catalogueLog.carriedOut,
    }),
    heard: (node, told) => {
      claims.hear(node, told);
      catalogueLog.heard(node, told.catalogue);
    },
  });
  catalogueLog.onCarriedOut(() => beats.beat());
  stack.push(beats);
  const streams = {
    leaders: natsLeaders(engine.main),
    streamOf: (partition: number) => streamName(config, partition),
    owned: () => control.owns.map(([partition]) => partition),
    stats,
    log,
  };
  stack.push(new LeaderKeeper({ ...streams, beside: serverBeside(config) }));
  stack.push(new ReplicaWatch({ ...streams, replicas: config.clusterReplicas }));
  const timer = setInterval(() => control.decide(), HEARTBEAT_MS);
  stack.push({ stop: () => clearInterval(timer) });
  return pool.begin();
}

interface PoolParts {
  readonly seats: readonly PartitionSeat[];
  readonly control: PartitionControl;
  readonly models: ClusterPlan['models'];
}

function makePool(ground: Ground, { seats, control, models }: PoolParts): ClusterPool {
  const { start, stack, facts, hosts, notices, hostStats, interactions } = ground;
  const { config, dataDir, stats, log, signal } = start;
  return ClusterPool.make({
    shards: config.clusterPartitions,
    bounds: config,
    worker: sharedWorkerData(ground.pool, interactions),
    folderOf: (partition) => join(partitionsFolder(dataDir), `partition-${partition}`),
    stats,
    log,
    ...(signal !== undefined && { signal }),
    startRun: (data, listener) => seats[data.shard].startRun(data, listener),
    seats,
    models,
    note: (name) => natsNote(facts, name),
    snapshot: (partition) => hosts.snapshot(partition),
    snapshots: () => saidSnapshots(notices, config.clusterPartitions),
    itemCount: () => start.catalogue.indexCount,
    ownerUrl: (partition) => control.ownerUrl(partition),
    hostStats,
    ending: {
      before: () => {
        control.stop();
        for (const seat of seats) seat.stop();
      },
      after: () => stack.stop(),
    },
  });
}

/** A folder that a single machine has filled stays one: its journals are in no stream. */
function refuseAlone(dataDir: string): void {
  if (!existsSync(shardFolder(dataDir, 0))) return;
  throw new StartupError(
    'data_folder_alone',
    `${dataDir} is the data folder of a process that stood alone, and what it holds does not go into a cluster by itself: name a new folder with AFTERCLICK_DATA_DIR`,
  );
}

function usersHotOf({ usersHot, clusterPartitions }: NodeStart['config']): number {
  return Math.max(USERS_HOT_MIN, Math.ceil((usersHot * PARTITIONS_SHARE) / clusterPartitions));
}
