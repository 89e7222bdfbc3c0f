import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { realClock } from '../metrics/process/clock.js';
import { watchEventLoop } from '../metrics/event-loop.js';
import { countInvariants } from '../metrics/invariant.js';
import type { Log } from '../metrics/process/log.js';
import { ServiceStack } from '../metrics/process/service-stack.js';
import { createRegistry } from '../metrics/registry.js';
import { isDiskFull } from '../metrics/process/disk-space.js';
import { diskFull, StartupError } from '../metrics/process/startup-error.js';
import { systemProblem } from '../metrics/process/system-problem.js';
import { slotNames } from '../metrics/slot-names.js';
import { onnxEngine, setEngineChoice } from '../model/onnx/choose-engine.js';
import type { EngineName } from '../model/onnx/onnx-engine.js';
import { checkWebAssembly } from '../model/kernel/webassembly.js';
import { indexCatalogue } from '../model/catalogue/search/search-index.js';
import { setBoundGauges } from './start/bound-gauges.js';
import type { Config } from './start/config.js';
import type { Access } from './access/access.js';
import { openAccess } from './start/open-access.js';
import { checkPort } from './start/port-check.js';
import { OPERATOR_PORT } from './server/server.js';
import {
  checkProcessLimits,
  readProcessLimits,
  socketsWithin,
  type ProcessLimits,
} from './start/process/process-limits.js';
import { warnOfThreads } from './start/process/thread-pool-size.js';
import { Gateway } from './gateway.js';
import { ServiceEnd } from './service-end.js';
import { ClusterSnapshots } from './snapshots/cluster-snapshots.js';
import { SnapshotFolder } from './snapshots/snapshot-folder.js';
import { TimedSnapshots } from './snapshots/timed-snapshots.js';
import type { Ground, ServiceOwner } from './stages/ground.js';
import { openHouse, type House } from './stages/open-house.js';
import { startInsights } from './stages/start-insights.js';
import type { Models } from './models/models.js';
import { startModels } from './stages/start-models.js';
import { settledConfig } from './stages/start-pool.js';
import { warnOfOpenDoor, watchBundle, watching } from './stages/watches.js';
import { TlsFiles } from './access/tls-files.js';
import { chooseTransport } from './server/choose-transport.js';
import type { Transport } from './server/transport/transport.js';
import { startTracing } from './tracing/start-tracing.js';
import { folderRefused, snapshotsFolder } from '../shards/api.js';

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
  const door = await openDoor(stack, ground);
  const house = await openHouse(stack, ground, door.access);
  const { gateway, models, snapshots } = await openGateway(stack, ground, { ...door, ...house });
  watchAll(stack, ground, { ...door, ...house, models, snapshots });
  const { config, dataDir, log } = ground;
  const { pool, stores } = house;
  const end = new ServiceEnd({ stack, gateway, pool, marks: stores.marks, snapshots, config, dataDir, log });
  return { url: gateway.url, model: pool.model, items: stores.catalogue.size, dataDir, end };
}

/** Who comes in, and how: all that can be wrong before the data folder is touched. */
interface Door {
  readonly limits: ProcessLimits;
  readonly access: Access;
  readonly transport: Transport;
  readonly onnx: EngineName;
}

async function openDoor(stack: ServiceStack, { config, stats, log }: Ground): Promise<Door> {
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
  await checkPort({ host: config.host, port: config.operatorPort }, OPERATOR_PORT);
  return { limits, access, transport, onnx };
}

/** Models, insights and snapshots, and the sockets before all of them. */
async function openGateway(
  stack: ServiceStack,
  ground: Ground,
  parts: Door & House,
): Promise<{ gateway: Gateway; models: Models; snapshots: SnapshotFolder }> {
  const { config, stats, log } = ground;
  const { pool, catalogue, bites, limits, transport, onnx, shards } = parts;
  const models = await startModels(ground, parts);
  const insights = await startInsights(stack, ground, { pool, catalogue, models, bites });
  const snapshots = await openSnapshots(ground, parts);
  const tracing = await startTracing(config, { clock: realClock, stats, log });
  if (tracing.queue !== undefined) stack.push(tracing.queue, shards);
  const gateway = await Gateway.start({
    ...parts,
    ...insights,
    config: { ...config, socketsMax: socketsWithin(limits, config, log) },
    search: indexCatalogue(catalogue),
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
    snapshots: pool.cluster === undefined ? snapshots : new ClusterSnapshots(pool.cluster),
    models,
    consoleFolder: fileURLToPath(new URL('./console', import.meta.url)),
    clock: realClock,
    watch: tracing.watch,
    log,
  });
  // What the shards write last is still acknowledged: sockets stay open until the shards have stopped.
  stack.push(gateway, shards);
  return { gateway, models, snapshots };
}

function openSnapshots({ config, dataDir, stats, log }: Ground, { pool, stores, files }: House) {
  return SnapshotFolder.open(
    {
      folder: snapshotsFolder(dataDir),
      kept: config.snapshotsKept,
      keptMs: config.snapshotsKeptMs,
      clock: realClock,
      log,
      stats,
      files,
    },
    { pool, catalogue: stores.store, dataDir },
  );
}

/** What is looked at or done now and then while it serves. */
function watchAll(
  stack: ServiceStack,
  { config, stats, log }: Ground,
  {
    access,
    models,
    snapshots,
    pool,
  }: Door & House & { readonly models: Models; readonly snapshots: SnapshotFolder },
): void {
  stack.push(watching(watchEventLoop(stats)));
  stack.push(watching(warnOfOpenDoor(config, access, log)));
  stack.push(watching(watchBundle(config, models, log)));
  stack.push(
    new TimedSnapshots(config.snapshotEveryMs, { snapshots, isPressed: () => pool.shedLevel > 0, log }),
  );
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
