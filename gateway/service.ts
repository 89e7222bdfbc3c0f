import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bites } from '../metrics/process/bites.js';
import { realClock } from '../metrics/process/clock.js';
import { watchEventLoop } from '../metrics/event-loop.js';
import { countInvariants } from '../metrics/invariant.js';
import type { Log } from '../metrics/process/log.js';
import { type Service, ServiceStack } from '../metrics/process/service-stack.js';
import { createRegistry } from '../metrics/registry.js';
import { DiskSpace, isDiskFull } from '../metrics/process/disk-space.js';
import { diskFull, StartupError } from '../metrics/process/startup-error.js';
import { systemProblem } from '../metrics/process/system-problem.js';
import { slotNames } from '../metrics/slot-names.js';
import { COUNTER } from '../metrics/table.js';
import { ThreadStats } from '../metrics/thread-stats.js';
import type { Bundle } from '../model/bundle/bundle.js';
import type { Catalogue } from '../model/catalogue/catalogue.js';
import { readEncoderManifest } from '../model/encoder/encoder-manifest.js';
import { NO_BUNDLE } from '../model/bundle/model-options.js';
import { onnxEngine, setEngineChoice } from '../model/onnx/choose-engine.js';
import type { EngineName } from '../model/onnx/onnx-engine.js';
import { checkWebAssembly } from '../model/kernel/webassembly.js';
import { indexCatalogue } from '../model/catalogue/search/search-index.js';
import { BundleFolders } from './models/bundle-folders.js';
import { BundleShelf } from './models/bundle-shelf.js';
import { BundleWatch } from './models/bundle-watch.js';
import { nameList } from './admission/name-list.js';
import { FileReserve } from './admission/file-reserve.js';
import { setBoundGauges } from './start/bound-gauges.js';
import type { Config } from './start/config.js';
import { claimFolder } from './start/folder-claim.js';
import type { Access } from './access/access.js';
import { isLoopback } from './access/loopback.js';
import { AuditLog } from './audit/audit-log.js';
import { auditFolder } from './audit/audit-files.js';
import { openAccess } from './start/open-access.js';
import { openStores } from './start/open-stores.js';
import { seedEmptyCatalogue } from './start/open-catalogue.js';
import { checkPort } from './start/port-check.js';
import { checkProcessLimits, readProcessLimits, socketsWithin } from './start/process/process-limits.js';
import { warnOfThreads } from './start/process/thread-pool-size.js';
import { Gateway } from './gateway.js';
import { ServiceEnd } from './service-end.js';
import { Meaning } from './meaning/meaning.js';
import { Models } from './models/models.js';
import { placedAtStart, startOf, type ServedBundle } from './models/served-bundle.js';
import { SegmentFile } from './segments/kept-segments.js';
import type { HookSender } from './segments/deliver-hook.js';
import { SegmentHooks } from './segments/segment-hooks.js';
import { Segments } from './segments/segments.js';
import { DiskWatch } from './snapshots/disk-watch.js';
import { SnapshotFolder } from './snapshots/snapshot-folder.js';
import { TimedSnapshots } from './snapshots/timed-snapshots.js';
import { chooseStartBundle, recordStart } from './models/start-bundle.js';
import { FoundSegments } from './segments/found-segments.js';
import { AttributeFinder } from '../model/catalogue/words/attribute-finder.js';
import { MarketView } from './market/market-view.js';
import { ShopCommunities } from './market/shop-communities.js';
import { TlsFiles } from './access/tls-files.js';
import { chooseTransport } from './server/choose-transport.js';
import { startTracing } from './tracing/start-tracing.js';
import type { startNode } from '../cluster/cluster-api.js';
import {
  createShardPool,
  openDataFolder,
  type StartedPool,
  folderRefused,
  snapshotsFolder,
  unlockFolder,
} from '../shards/api.js';

const OPEN_DOOR_WARNING_MS = 60_000;

/** A gateway that takes connections. */
export interface RunningGateway {
  readonly url: string;
  readonly model: string;
  /** Items in the catalogue when it started. */
  readonly items: number;
  /** Absolute. */
  readonly dataDir: string;
  /** How it ends. When `stop` or `abandon` has resolved, the data folder may be opened by another process. */
  readonly end: ServiceEnd;
}

/** Who starts the service, and hears of its end. */
export interface ServiceOwner {
  /** Aborted when the start is to be given up; it is at its next stage. */
  readonly signal: AbortSignal;
  /** Called when the gateway cannot go on; the process is to end then. */
  readonly fatal: (error: Error) => void;
}

/** What there is before anything is opened. */
interface Ground {
  readonly config: Config;
  /** Absolute. */
  readonly dataDir: string;
  /** Of the gateway's thread. */
  readonly stats: ThreadStats;
  readonly log: Log;
  readonly owner: ServiceOwner;
}

/**
 * Starts everything: addon, bundle, data folder, catalogue, shards, sockets, timers, in the order in which a problem costs
 * least. Rejects with `StartupError` when something cannot start; what was open by then has been closed again, every thread
 * has ended.
 */
export async function startService(
  config: Config,
  { log, stats }: Pick<Ground, 'log' | 'stats'>,
  owner: ServiceOwner,
): Promise<RunningGateway> {
  countInvariants(stats);
  const ground: Ground = { config, dataDir: resolve(config.dataDir), stats, log, owner };
  try {
    return await ServiceStack.start((stack) => startAll(stack, ground));
  } catch (error) {
    // Whatever it was about to write: a start that meets a full disk has no other problem.
    if (isDiskFull(error) && !isMoving(error)) throw diskFull(ground.dataDir, error);
    throw isRefusedIn(ground.dataDir, error) ? folderRefused(ground.dataDir, error) : error;
  }
}

/** The system keeps this process from a file of the data folder: no defect, whoever met it. */
function isRefusedIn(dataDir: string, error: unknown): boolean {
  const { code, path } = error as NodeJS.ErrnoException;
  // A folder in the place of a file is opened, and only reading fails, which does not know the path.
  const isOurs = path === undefined ? code === 'EISDIR' : path === dataDir || path.startsWith(dataDir + sep);
  return isOurs && !(error instanceof StartupError) && systemProblem(error) !== undefined;
}

/** Users that could not be moved to another number of shards: its message says more. */
function isMoving(error: unknown): boolean {
  return error instanceof StartupError && error.code === 'reshard_failed';
}

async function startAll(stack: ServiceStack, asked: Ground): Promise<RunningGateway> {
  const ground = { ...asked, config: settledConfig(asked.config) };
  const { config, dataDir, stats, log, owner } = ground;
  const { signal } = owner;
  const limits = readProcessLimits();
  checkProcessLimits(limits, config.shards);
  warnOfThreads(config.shards, process.env, log);
  checkWebAssembly();
  setBoundGauges(stats, config);
  const access = openAccess(config, realClock, log);
  stack.push({ stop: () => access.stop() });
  TlsFiles.of(config);
  const transport = chooseTransport(config.transport, log);
  const onnx = chooseOnnx(config, log);
  await checkPort(config);
  const shelf = new BundleShelf(dataDir);
  const start = await chooseStartBundle(config.bundle, shelf, log);
  await openData(stack, dataDir, config.shards);
  await unlockFolder(dataDir, config);
  signal.throwIfAborted();
  const audit = await AuditLog.open({ folder: auditFolder(dataDir), clock: realClock, log });
  stack.push({ stop: () => audit.stop() });
  access.refused = (why) => audit.noteSome({ who: {}, what: 'token.refused', result: why });
  const disk = stack.push(new DiskWatch(new DiskSpace(dataDir), log));
  const files = stack.push(new FileReserve({ log, stats }));
  const bites = new Bites(realClock);
  const stores = await openStores(stack, {
    config,
    dataDir,
    acceptsLoss: config.acceptStoreLoss === 'yes',
    bundle: start.bundle,
    bites,
    log,
    listener: {
      damaged: ({ kind, names, reason }) => {
        stats.count(COUNTER.recordsSetAside[kind]);
        log.error({ kind, names, reason }, 'a row of the catalogue is lost; put the item again');
      },
      onStall: disk.catalogueStalled,
      onFailure: owner.fatal,
    },
  });
  const { catalogue, marks, store } = stores;
  const served = await placedAtStart(start.bundle, catalogue, bites);
  signal.throwIfAborted();
  const pool = await startPool({ ...ground, folderId: stores.folderId }, catalogue, start.bundle, served);
  const shards = stack.push({ stop: () => pool.stop() });
  bites.givesWay = () => pool.shedLevel > 0;
  disk.watchShards({
    // The stores of partitions come and go.
    count: config.cluster === '' ? config.shards : 0,
    wait: () => pool.waitsForDisk,
    reason: () => pool.reports().find(({ report }) => report?.waitsFor !== undefined)?.report?.waitsFor,
    isDown: () => pool.reports().some(({ state }) => state === 'down'),
  });
  await stores.run(config.cluster === '' ? pool : NO_SHARDS);
  signal.throwIfAborted();
  const folders = new BundleFolders(config.bundle, config.bundlesDir, shelf);
  const marginPercent = config.swapMarginPercent;
  const models = new Models(
    {
      pool,
      catalogue,
      shelf,
      folders,
      marginPercent,
      dataDir,
      bites,
      stats,
      clock: realClock,
      log,
      seed: (bundle) => seedEmptyCatalogue(catalogue, dataDir, bundle),
    },
    served,
    start.record,
    await recordStart(start, shelf),
  );
  // Before the gateway's listener: a shard that is told of an item finds its vector in place.
  catalogue.onChange((_changed, { content }) => models.placeItems(content));
  if (config.encoder !== NO_BUNDLE) await readEncoderManifest(config.encoder);
  const meaning = stack.push(new Meaning({ config, dataDir, catalogue, clock: realClock, stats, log }));
  models.onServe((model) => meaning.serve(model));
  const communities = stack.push(
    await ShopCommunities.open({
      everyMs: config.communitiesEveryMs,
      dataDir,
      catalogue,
      graphs: () => ({
        interactions: pool.interactions,
        vectors: models.vectors,
        transitionHalfLifeMs: config.transitionHalfLifeMs,
      }),
      clock: realClock,
      stats,
      log,
    }),
  );
  const market = stack.push(
    await MarketView.open({ market: pool.market, dataDir, catalogue, communities, clock: realClock, log }),
  );
  const snapshots = await SnapshotFolder.open(
    {
      folder: snapshotsFolder(dataDir),
      kept: config.snapshotsKept,
      keptMs: config.snapshotsKeptMs,
      clock: realClock,
      log,
      stats,
      files,
    },
    { pool, catalogue: store, dataDir },
  );
  const segmentFile = new SegmentFile(dataDir);
  const hooks: HookSender = {
    origins: nameList(config.webhookOrigins),
    secret: config.webhookSecret,
    fetch,
  };
  const segmentHooks = stack.push(
    new SegmentHooks({ sender: hooks, addressOf: (id) => segments.webhookOf(id), stats, log }),
  );
  const segments: Segments = stack.push(
    new Segments(await segmentFile.read(), {
      pool,
      catalogue,
      write: (kept) => segmentFile.write(kept),
      moved: (move) => segmentHooks.moved(move),
    }),
  );
  const words = new AttributeFinder(catalogue);
  const foundSegments = stack.push(
    new FoundSegments({
      everyMs: config.segmentsFoundEveryMs,
      pages: () => pool.longTermPages(),
      itemOf: (index) => catalogue.item(index),
      attributesOf: (item) => words.attributesOf(item),
      bites,
      clock: realClock,
      log,
    }),
  );
  const tracing = await startTracing(config, { clock: realClock, stats, log });
  if (tracing.queue !== undefined) stack.push(tracing.queue, shards);
  const gateway = await Gateway.start({
    config: { ...config, socketsMax: socketsWithin(limits, config, log) },
    transport,
    pool,
    catalogue,
    search: indexCatalogue(catalogue),
    meaning,
    communities,
    market,
    metrics: createRegistry(
      () => [{ thread: 'gateway', stats }, ...pool.stats()],
      {
        model: () => models.labels,
        runtime: { transport: transport.name, onnx },
        slots: slotNames(config.slotsCounted),
      },
      bites,
    ),
    stats,
    snapshots,
    disk,
    files,
    models,
    segments,
    foundSegments,
    hooks,
    access,
    audit,
    bites,
    consoleFolder: fileURLToPath(new URL('./console', import.meta.url)),
    clock: realClock,
    watch: tracing.watch,
    log,
  });
  // What the shards write last is still acknowledged: sockets stay open until the shards have stopped.
  stack.push(gateway, shards);
  stack.push(watching(watchEventLoop(stats)));
  stack.push(watching(warnOfOpenDoor(config, access, log)));
  stack.push(watching(watchBundle(config, models, log)));
  stack.push(
    new TimedSnapshots(config.snapshotEveryMs, { snapshots, isPressed: () => pool.shedLevel > 0, log }),
  );
  const end = new ServiceEnd({ stack, gateway, pool, marks, snapshots, config, dataDir, log });
  return { url: gateway.url, model: pool.model, items: catalogue.size, dataDir, end };
}

/** A node of a cluster has copies of what the NATS servers keep: the marks of its folder are of the catalogue alone. */
const NO_SHARDS: Pick<StartedPool, 'stats'> = { stats: () => [] };

/** A node has one thread for its partitions, makes no snapshots and does not change its model by itself yet. */
function settledConfig(config: Config): Config {
  if (config.cluster === '') return config;
  return { ...config, shards: 1, snapshotEveryMs: 0, snapshotAtEnd: 'off', watchBundle: 'off' };
}

/** What a timer does now and then, as a service: the timer stops as soon as the gateway drains. */
function watching(end: () => void): Service {
  return { drain: end, stop: end };
}

/** What runs the model in this process. Throws `StartupError` `onnx_missing`. */
function chooseOnnx({ onnx }: Config, log: Log): EngineName {
  setEngineChoice(onnx);
  const { name } = onnxEngine();
  if (name === 'wasm' && onnx === 'auto')
    log.warn(
      'the model runs in WebAssembly, for the native ONNX Runtime does not load here: a run of it takes 1.3 to 2 times as long',
    );
  return name;
}

/** Claims the data folder, and makes it when there is none. */
async function openData(stack: ServiceStack, dataDir: string, shards: number): Promise<void> {
  try {
    const space = new DiskSpace(dataDir);
    if (!space.hasRoomFor(0)) throw space.fullError();
    const claim = await claimFolder(dataDir);
    stack.push({ stop: () => claim.release() });
    await openDataFolder(dataDir, shards, realClock);
  } catch (cause) {
    if (cause instanceof StartupError || isDiskFull(cause)) throw cause;
    const advice = 'set AFTERCLICK_DATA_DIR to a folder that this user may write to';
    throw new StartupError(
      'data_folder_unusable',
      `cannot make the data folder ${dataDir} (${systemProblem(cause) ?? (cause as Error).message}); ${advice}`,
      { cause },
    );
  }
}

function startPool(
  { config, dataDir, folderId, stats, log, owner }: Ground & { readonly folderId: string },
  catalogue: Catalogue,
  bundle: Bundle | undefined,
  served: ServedBundle,
): Promise<StartedPool> {
  const start = {
    config,
    dataDir,
    folderId,
    ...startOf(bundle, served),
    stats,
    clock: realClock,
    log,
    signal: owner.signal,
  };
  if (config.cluster !== '') return startInCluster({ ...start, catalogue });
  return createShardPool({ ...start, catalogue: catalogue.shared });
}

/** What only a cluster needs is loaded now. */
async function startInCluster(start: Parameters<typeof startNode>[0]): Promise<StartedPool> {
  const { startNode } = await import('../cluster/cluster-api.js');
  return startNode(start);
}

/** Says every minute that whoever reaches the port may do everything. Returns the end of it. */
function warnOfOpenDoor({ host }: Config, access: Access, log: Log): () => void {
  if (!access.isOpen || isLoopback(host)) return () => undefined;
  const warn = (): void =>
    log.warn({ host }, 'open to the network without keys (insecureOpen): set AFTERCLICK_TOKEN_SECRET');
  warn();
  const timer = setInterval(warn, OPEN_DOOR_WARNING_MS);
  return () => clearInterval(timer);
}

/** Watches the folder of the `bundle` option where that is asked for. Returns the end of it. */
function watchBundle(config: Config, models: Models, log: Log): () => void {
  if (config.watchBundle === 'off' || config.bundle === NO_BUNDLE) return () => undefined;
  const watch = new BundleWatch(resolve(config.bundle), models, log);
  return () => watch.stop();
}
