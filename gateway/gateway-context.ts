import type { Bites } from '../metrics/process/bites.js';
import type { Clock } from '../metrics/process/clock.js';
import type { Log } from '../metrics/process/log.js';
import type { MetricsRegistry } from '../metrics/registry.js';
import type { ThreadStats } from '../metrics/thread-stats.js';
import type { Catalogue } from '../model/catalogue/catalogue.js';
import type { SearchIndex } from '../model/catalogue/search/search-index.js';
import type { FileReserve } from './admission/file-reserve.js';
import type { Access } from './access/access.js';
import type { AuditTrail } from './audit/audit-trail.js';
import { type PeerRateConfig } from './admission/peer-rates.js';
import type { MarketView } from './market/market-view.js';
import type { ShopCommunities } from './market/shop-communities.js';
import type { Meaning } from './meaning/meaning.js';
import type { ModelControl } from './models/model-control.js';
import type { OperatorDoorConfig } from './access/tls-files.js';
import { type ServerConfig } from './server/server.js';
import type { Transport } from './server/transport/transport.js';
import type { CallWatch } from './tracing/call-watch.js';
import type { ShardPool } from '../shards/api.js';
import type { DiskWatch } from './snapshots/disk-watch.js';
import type { HookSender } from './segments/deliver-hook.js';
import type { FoundSegments } from './segments/found-segments.js';
import type { Segments } from './segments/segments.js';
import type { Snapshots } from './snapshots/snapshot-folder.js';

/** Values of the options that the gateway itself goes by. */
export interface GatewayConfig extends ServerConfig, OperatorDoorConfig, PeerRateConfig {
  readonly outboxBytes: number;
  readonly messagesPerSec: number;
  readonly networkAllowanceMs: number;
}

/** What the gateway stands on; all of it stays the caller's, who stops it after the gateway. */
export interface GatewayContext {
  readonly config: GatewayConfig;
  /** What carries sockets and requests. */
  readonly transport: Transport;
  readonly pool: ShardPool;
  readonly catalogue: Catalogue;
  readonly search: SearchIndex;
  readonly meaning: Pick<Meaning, 'alike' | 'nearest' | 'withMeaning'>;
  readonly communities: Pick<ShopCommunities, 'of' | 'nameOf' | 'tree'>;
  readonly market: Pick<MarketView, 'report' | 'periodMs' | 'isOff' | 'campaigns'>;
  readonly metrics: MetricsRegistry;
  readonly stats: ThreadStats;
  readonly snapshots: Snapshots;
  readonly disk: DiskWatch;
  readonly files: FileReserve;
  readonly models: ModelControl;
  readonly segments: Segments;
  /** Segments nobody named. */
  readonly foundSegments: Pick<FoundSegments, 'list'>;
  /** Where segments may tell of who comes and leaves. */
  readonly hooks: Pick<HookSender, 'origins' | 'secret'>;
  /** Who may do what. */
  readonly access: Access;
  /** Who did what. */
  readonly audit: AuditTrail;
  /** Of this thread: all of its bulk work takes turns there. */
  readonly bites: Bites;
  /** Folder of the console's built files. */
  readonly consoleFolder: string;
  readonly clock: Clock;
  readonly watch: CallWatch;
  readonly log: Log;
}
