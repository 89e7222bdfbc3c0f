import { randomBytes } from 'node:crypto';
import { GAUGE } from '../metrics/table.js';
import type { Clock } from '../metrics/process/clock.js';
import type { Log } from '../metrics/process/log.js';
import type { MetricsRegistry } from '../metrics/registry.js';
import type { ThreadStats } from '../metrics/thread-stats.js';
import { CatalogueView } from '../model/catalogue/catalogue-view.js';
import type { Catalogue } from '../model/catalogue/catalogue.js';
import { FilterCache } from '../model/catalogue/filter/filter-cache.js';
import { parseFilter } from '../model/catalogue/filter/filter.js';
import type { SearchIndex } from '../model/catalogue/search/search-index.js';
import { normaliseQuery } from '../model/catalogue/search/title-terms.js';
import { Channels } from './socket/channels.js';
import { Connections } from './socket/connections.js';
import { Deadlines } from './calls/deadlines.js';
import { EventIntake } from './calls/event-intake.js';
import type { GatewayContext } from './socket/gateway-context.js';
import { HelloWatch } from './socket/hello-watch.js';
import { HttpEvents } from './http/http-events.js';
import { HttpItems } from './http/http-items.js';
import { HttpModel } from './http/http-model.js';
import { HttpOperations } from './http/http-operations.js';
import { HttpRank } from './http/http-rank.js';
import { staticReplies } from './http/http-static.js';
import { bodyBytesMax, httpHandler, type Routes } from './http/http.js';
import { FlushQueue } from './socket/outbox.js';
import { CLOSES } from './protocol/close-codes.js';
import type { ModelControl } from './models/model-control.js';
import { Router } from './calls/router.js';
import { startServer, type GatewayServer } from './server/server.js';
import { SlotCompiler } from './calls/slot-compiler.js';
import type { Uws } from './server/uws.js';
import { wireEncoders } from './socket/wire-encoder.js';
import type { ShardPool } from '../shards/api.js';
import type { Snapshots } from './snapshots/snapshot-folder.js';

export interface GatewaySettings {
  readonly host: string;
  readonly port: number;
  readonly idleTimeoutMs: number;
  readonly outboxBytes: number;
  readonly networkAllowanceMs: number;
}

/** What the gateway stands on; all of it stays the caller's, who stops it after the gateway. */
export interface GatewayParts {
  readonly settings: GatewaySettings;
  readonly uws: Uws;
  readonly pool: ShardPool;
  readonly catalogue: Catalogue;
  readonly search: SearchIndex;
  readonly metrics: MetricsRegistry;
  readonly stats: ThreadStats;
  readonly snapshots: Snapshots;
  readonly models: ModelControl;
  /** Folder of the console's built files. */
  readonly consoleFolder: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Pause between two looks at what has no event of its own: missing hellos, outgrown filters, gauges. */
const LOOK_EVERY_MS = 250;

/** The sockets, HTTP and what is between them and the shards. */
export class Gateway {
  readonly #parts: GatewayParts;
  readonly #context: GatewayContext;
  readonly #connections: Connections;
  readonly #filters: FilterCache;
  readonly #deadlines: Deadlines;
  readonly #look: NodeJS.Timeout;
  #server: GatewayServer | undefined;
  #phase: 'starting' | 'ready' | 'draining' = 'starting';
  #hasChanges = false;

  private constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#filters = new FilterCache(parts.catalogue);
    this.#deadlines = new Deadlines(parts.clock);
    this.#context = this.#createContext();
    this.#connections = new Connections(this.#context);
    parts.catalogue.onChange(() => {
      this.#hasChanges = true;
    });
    this.#look = setInterval(() => this.#lookAround(), LOOK_EVERY_MS);
    this.#lookAround();
  }

  /**
   * Listens, and resolves when the shards answer as well.
   * Rejects with `StartupError` `port_in_use`; nothing is left open then.
   */
  static async start(parts: GatewayParts): Promise<Gateway> {
    const gateway = new Gateway(parts);
    try {
      gateway.#server = await gateway.#listen();
      await parts.pool.ready();
    } catch (error) {
      gateway.close();
      throw error;
    }
    if (gateway.#phase === 'starting') gateway.#phase = 'ready';
    return gateway;
  }

  get url(): string {
    const { host } = this.#parts.settings;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.#server?.port}`;
  }

  /** Takes no new connections, and tells those open to come back elsewhere. `/readyz` says so from now on. */
  drain(): void {
    this.#phase = 'draining';
    this.#connections.finishAll(CLOSES.goingAway);
  }

  /** Ends everything at once. */
  close(): void {
    this.#phase = 'draining';
    clearInterval(this.#look);
    this.#deadlines.stop();
    this.#server?.close();
  }

  #createContext(): GatewayContext {
    const parts = this.#parts;
    const indexOf = (id: string): number => parts.catalogue.indexOf(id);
    const idOf = (index: number): string => parts.catalogue.idOf(index);
    const search = (query: string, count: number): Int32Array => parts.search.search(query, count);
    const slots = new SlotCompiler({
      indexOf,
      compileFilter: (filter) => {
        const checked = parseFilter(filter);
        return 'problem' in checked ? checked.problem : this.#filters.compile(checked.filter);
      },
    });
    return {
      ...parts,
      ...parts.settings,
      heartbeatMs: heartbeatMs(parts.settings.idleTimeoutMs),
      channels: new Channels(parts.pool),
      intake: new EventIntake({ clock: parts.clock, indexOf, normaliseQuery, search }),
      slots,
      router: this.#createRouter(slots, indexOf, idOf),
      encoders: wireEncoders(idOf),
      flushes: new FlushQueue(),
      helloWatch: new HelloWatch(parts.clock),
      newId: () => randomBytes(16).toString('base64url'),
    };
  }

  #createRouter(
    slots: SlotCompiler,
    indexOf: (id: string) => number,
    idOf: (index: number) => string,
  ): Router {
    const { catalogue, clock, pool, settings, stats } = this.#parts;
    const view = new CatalogueView(catalogue.shared);
    return new Router({
      slots,
      indexOf,
      idOf,
      mayShow: (index, filter) =>
        view.isRecommendable(index) && (filter === undefined || view.passes(filter, index)),
      deadlines: this.#deadlines,
      clock,
      stats,
      networkAllowanceMs: settings.networkAllowanceMs,
      modelName: () => pool.model,
    });
  }

  #listen(): Promise<GatewayServer> {
    const parts = this.#parts;
    const connections = this.#connections;
    const files = staticReplies(parts.consoleFolder);
    return startServer({
      ...parts.settings,
      uws: parts.uws,
      clock: parts.clock,
      openSocket: connections.accept,
      answer: httpHandler({
        routes: this.#routes(),
        files,
        clock: parts.clock,
        stats: parts.stats,
        log: parts.log,
      }),
      bodyBytesMax,
      isDraining: () => this.#phase === 'draining',
    });
  }

  #routes(): Routes {
    const { catalogue } = this.#parts;
    const operations = new HttpOperations({ ...this.#parts, phase: () => this.#phase });
    const model = new HttpModel(this.#parts.models, () => catalogue.size);
    const rank = new HttpRank(this.#context);
    const events = new HttpEvents(this.#context);
    const items = new HttpItems(catalogue);
    return {
      '/healthz': { GET: operations.health },
      '/readyz': { GET: operations.readiness },
      '/metrics': { GET: operations.metrics },
      '/v1/model': { GET: model.get, POST: model.post },
      '/v1/model/rollback': { POST: model.rollBack },
      '/v1/snapshots': { GET: operations.listSnapshots, POST: operations.takeSnapshot },
      '/v1/recommend': { POST: rank.recommend },
      '/v1/rank': { POST: rank.rank },
      '/v1/events': { POST: events.post },
      '/v1/items': { GET: items.list, PUT: items.put },
      '/v1/items/{id}': { GET: items.get, PATCH: items.patch, DELETE: items.delete },
    };
  }

  #lookAround(): void {
    this.#context.helloWatch.expireDue();
    this.#connections.measure();
    this.#parts.stats.gauge(GAUGE.catalogueItems, this.#parts.catalogue.size);
    if (!this.#hasChanges) return;
    this.#hasChanges = false;
    this.#connections.refreshFilters(
      ({ filter }) => filter === undefined || this.#filters.stillCurrent(filter),
    );
    // Once for all changes since the last look: new lists for everybody cost more than the changes themselves.
    this.#parts.pool.catalogueChanged();
  }
}

/**
 * How long a connection may be silent before uWebSockets.js pings it, as its `calculateIdleTimeoutCompontents` computes it:
 * the idle timeout less a margin of 4, 8 or 16 seconds.
 */
function heartbeatMs(idleTimeoutMs: number): number {
  const seconds = Math.round(idleTimeoutMs / 1_000);
  let margin = 4;
  while (seconds - margin * 2 >= margin * 2 && margin < 16) margin *= 2;
  return (seconds - margin) * 1_000;
}
