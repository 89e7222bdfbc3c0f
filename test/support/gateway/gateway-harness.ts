import { Bites } from '../../../metrics/process/bites.js';
import { realClock } from '../../../metrics/process/clock.js';
import { DiskSpace } from '../../../metrics/process/disk-space.js';
import { createLog, type Log } from '../../../metrics/process/log.js';
import { createRegistry } from '../../../metrics/registry.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import { Catalogue } from '../../../model/catalogue/catalogue.js';
import type { Item } from '../../../model/catalogue/shared-catalogue.js';
import { indexCatalogue } from '../../../model/catalogue/search/search-index.js';
import { openMemoryCatalogueStore } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';
import type { AuditTrail } from '../../../gateway/audit/audit-trail.js';
import { Access } from '../../../gateway/access/access.js';
import { Gateway } from '../../../gateway/gateway.js';
import type { GatewayConfig, GatewayContext } from '../../../gateway/gateway-context.js';
import { sharedSegments } from '../../../gateway/segments/segment-store.js';
import { Segments } from '../../../gateway/segments/segments.js';
import { FileReserve } from '../../../gateway/admission/file-reserve.js';
import type { ModelControl } from '../../../gateway/models/model-control.js';
import { DiskWatch } from '../../../gateway/snapshots/disk-watch.js';
import type { Transport } from '../../../gateway/server/transport/transport.js';
import { chooseTransport, type TransportChoice } from '../../../gateway/server/choose-transport.js';
import { silentWatch } from './silent-watch.js';
import { FakeNote } from './fake-note.js';
import { FakePool } from './fake-pool.js';

export interface GatewayHarness {
  readonly gateway: Gateway;
  readonly url: string;
  readonly pool: FakePool;
  readonly catalogue: Catalogue;
  readonly stats: ThreadStats;
  stop(): void;
}

const CONFIG: GatewayConfig = {
  host: '127.0.0.1',
  port: 0,
  hosts: '',
  tlsCert: '',
  tlsKey: '',
  operatorPort: 0,
  operatorCa: '',
  origins: '',
  proxies: '127.0.0.1',
  socketsMax: 1_000,
  socketsPerAddressMax: 100,
  peerBytesMax: 64 * 1024 * 1024,
  peerBytesPerAddressMax: 16 * 1024 * 1024,
  memoryMaxPercent: 85,
  idleTimeoutMs: 30_000,
  messagesPerSec: 1_000,
  userMessagesPerSec: 0,
  addressMessagesPerSec: 0,
  addressRequestsPerSec: 0,
  addressBytesPerSec: 0,
  outboxBytes: 64 * 1024,
  networkAllowanceMs: 5,
};

/** Items `item-0` … with a price, a category of three and a title. */
export function sampleItems(count: number): Item[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `item-${i}`,
    title: `${i % 2 === 0 ? 'red' : 'blue'} lamp ${i}`,
    price: i,
    category: `category-${i % 3}`,
  }));
}

/** A gateway on any free port of the loopback, with a `FakePool` behind it and 200 items in its catalogue. */
export async function startGatewayHarness(
  config: Partial<GatewayConfig> = {},
  context: Partial<GatewayContext> = {},
): Promise<GatewayHarness> {
  const catalogue = await Catalogue.create({
    itemMax: 4_096,
    columnMax: 8,
    store: openMemoryCatalogueStore(),
  });
  await catalogue.upsert(sampleItems(200));
  const pool = new FakePool(new CatalogueView(catalogue.shared));
  const stats = ThreadStats.create();
  const log = createLog({ level: 'silent' });
  const files = new FileReserve({ log, stats });
  const transport = context.transport ?? defaultTransport(log);
  const gateway = await Gateway.start({
    config: { ...CONFIG, ...config },
    transport,
    pool,
    catalogue,
    search: indexCatalogue(catalogue),
    meaning: {
      withMeaning: (_term, { items }) => items,
      nearest: () => Promise.resolve(undefined),
      alike: () => Promise.resolve(undefined),
    },
    communities: { of: () => [], nameOf: () => undefined, tree: undefined },
    foundSegments: { list: () => Promise.resolve([]) },
    market: {
      report: () => undefined,
      periodMs: 86_400_000,
      isOff: false,
      campaigns: { note: () => undefined, find: () => undefined, list: () => [] },
    },
    metrics: createRegistry(() => [{ thread: 'gateway', stats }], {
      runtime: { transport: transport.name },
    }),
    stats,
    snapshots: { take: () => pool.snapshot('nowhere'), list: () => Promise.resolve([]) },
    disk: new DiskWatch(new DiskSpace('/'), log),
    files,
    models: fakeModels(pool),
    hooks: { origins: ['https://hooks.example'], secret: 'a secret of enough letters' },
    segments: await Segments.open({
      pool,
      catalogue,
      store: sharedSegments(new FakeNote()),
      moved: () => undefined,
      log,
    }),
    access: Access.open(),
    audit: NO_AUDIT,
    bites: new Bites(realClock),
    consoleFolder: '/nonexistent',
    clock: realClock,
    watch: silentWatch(realClock, stats),
    log,
    ...context,
  });
  const stop = (): void => {
    files.stop();
    void gateway.stop();
  };
  return { gateway, url: gateway.url, pool, catalogue, stats, stop };
}

/** Takes nothing down. */
export const NO_AUDIT: AuditTrail = {
  note: () => Promise.resolve(),
  noteSome: () => undefined,
  pseudonymOf: (name) => name,
};

/** uWebSockets.js unless the environment says something else: whole files of tests run on either. */
function defaultTransport(log: Log): Transport {
  return chooseTransport((process.env['AFTERCLICK_TRANSPORT'] ?? 'uws') as TransportChoice, log);
}

/** One other model, `next`, that can be swapped to. */
function fakeModels(pool: FakePool): ModelControl {
  return {
    facts: () => ({ model: pool.model, bundle: null }),
    purchaseHead: undefined,
    returnDays: [30],
    swap: ({ bundle }) => {
      if (bundle !== 'next')
        return Promise.resolve({ outcome: 'failed', code: 'bundle_unreadable', detail: `no ${bundle}` });
      const previous = pool.model;
      pool.model = bundle;
      return Promise.resolve({ outcome: 'swapped', model: bundle, previous, tookMs: 1 });
    },
  };
}
