import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { COUNTER, GAUGE } from '../metrics/table.js';
import type { Bites } from '../metrics/process/bites.js';
import { TimeShares } from '../metrics/process/time-share.js';
import { ThreadLoad } from './admission/thread-load.js';
import { TurnGate } from '../metrics/process/turn-gate.js';
import type { Clock } from '../metrics/process/clock.js';
import { turn } from '../metrics/process/turn.js';
import type { Log } from '../metrics/process/log.js';
import type { Service } from '../metrics/process/service-stack.js';
import type { MetricsRegistry } from '../metrics/registry.js';
import type { ThreadStats } from '../metrics/thread-stats.js';
import { CatalogueView } from '../model/catalogue/catalogue-view.js';
import type { Catalogue } from '../model/catalogue/catalogue.js';
import { FilterCache } from '../model/catalogue/filter/filter-cache.js';
import { parseFilter } from '../model/catalogue/filter/filter.js';
import type { SearchIndex } from '../model/catalogue/search/search-index.js';
import { normaliseQuery } from '../model/catalogue/search/title-terms.js';
import { CatalogueWatch } from './socket/catalogue-watch.js';
import { AddressTimes } from './admission/address-times.js';
import { Channels } from './socket/channels.js';
import { CONNECTION_TIME } from './socket/connection.js';
import { Connections } from './socket/connections.js';
import { Deadlines } from './calls/deadlines.js';
import type { FileReserve } from './admission/file-reserve.js';
import { OverloadGate } from './admission/overload-gate.js';
import { EventIntake } from './calls/event-intake.js';
import type { ConnectionContext } from './socket/connection-context.js';
import { SessionClaims } from './socket/session-claims.js';
import { EndingLine } from './socket/ending-line.js';
import { HelloWatch } from './socket/hello-watch.js';
import { TokenWatch } from './access/token-watch.js';
import type { Access } from './access/access.js';
import type { AuditTrail } from './audit/audit-trail.js';
import { PeerRates, type PeerRateConfig } from './admission/peer-rates.js';
import { HttpErase } from './http/http-erase.js';
import { HttpEvents } from './http/http-events.js';
import { HttpItems } from './http/items/http-items.js';
import { HttpModel } from './http/http-model.js';
import { HttpOperations } from './http/http-operations.js';
import type { HttpHandler } from './server/http-call.js';
import { problemReply } from './server/problem.js';
import { HttpMcp } from './mcp/http-mcp.js';
import { HttpSearch } from './search/http-search.js';
import { HttpBatch } from './http/ranks/http-batch.js';
import { HttpOpenRtb } from './http/ranks/http-openrtb.js';
import { RankAsker } from './http/ranks/rank-asker.js';
import { contractReplies } from './http/contract/contract-replies.js';
import { HttpRank } from './http/ranks/http-rank.js';
import { HttpUsers } from './http/http-users.js';
import { bodyBytesMax, httpHandler } from './http/http.js';
import { staticReplies } from './http/static-replies.js';
import type { RouteHandler, Routes } from './http/route-table.js';
import { scriptReplies } from './http/script-replies.js';
import { ItemsListed } from './socket/outgoing/items-listed.js';
import { FlushQueue } from './socket/outgoing/outbox.js';
import { depart } from './departure.js';
import type { Meaning } from './meaning/meaning.js';
import type { ModelControl } from './models/model-control.js';
import { startServer, type GatewayServer, type ServerConfig, type ServerHandlers } from './server/server.js';
import type { ServerPhase } from './server/server-context.js';
import { TlsFiles } from './access/tls-files.js';
import { TileVersions } from './tiles/tile-versions.js';
import { SlotCompiler } from './calls/slot-compiler.js';
import type { Transport } from './server/transport/transport.js';
import { heartbeatMs } from './server/transport/heartbeat-time.js';
import type { CallWatch } from './tracing/call-watch.js';
import { wireEncoders } from './socket/outgoing/wire-encoder.js';
import type { ShardPool } from '../shards/api.js';
import type { DiskWatch } from './snapshots/disk-watch.js';
import type { Snapshots } from './snapshots/snapshot-folder.js';
import { UserExports } from './calls/user-exports.js';
import { WillBuy } from './profiles/will-buy.js';
import { UserProfiles } from './profiles/user-profiles.js';
import { catalogueNames } from './calls/catalogue-names.js';
import { UserGraphs, type GraphNames } from './calls/user-graphs.js';
import { RankCalls, type RankableItems, type RankTiming } from './calls/rank-calls.js';

/** How long messages are carried out in one turn of the event loop; and those of the greedy, and those that waited. */
const MESSAGES_TURN_US = 2_000;
const MESSAGES_LINE_US = 300;

/** Values of the options that the gateway itself goes by. */
export interface GatewayConfig extends ServerConfig, PeerRateConfig {
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
  readonly meaning: Pick<Meaning, 'nearest' | 'withMeaning'>;
  readonly metrics: MetricsRegistry;
  readonly stats: ThreadStats;
  readonly snapshots: Snapshots;
  readonly disk: DiskWatch;
  readonly files: FileReserve;
  readonly models: ModelControl;
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

/** How long the last frames have to reach peers that have not read them yet, before their connections are cut. */
const LINGER_MS = 500;

/** Pause between two looks at what has no event of its own, or too many: missing hellos, changes of the catalogue, gauges. */
const LOOK_EVERY_MS = 250;

/** The sockets, HTTP and what is between them and the shards. */
export class Gateway implements Service {
  readonly #context: GatewayContext;
  readonly #names: GraphNames;
  readonly #shared: ConnectionContext;
  readonly #connections: Connections;
  readonly #filters: FilterCache;
  readonly #deadlines: Deadlines;
  readonly #operations: HttpOperations;
  readonly #overload: OverloadGate;
  readonly #times: AddressTimes;
  readonly #look: NodeJS.Timeout;
  readonly #tls: TlsFiles | undefined;
  #server: GatewayServer | undefined;
  /** Answers a request, once there is a server. */
  #answer: HttpHandler = () => problemReply('not_found', 'the gateway is starting');
  #phase: ServerPhase = 'open';
  /** Resolves when the peers have had time to read `bye`. */
  #lingers: Promise<void> | undefined;
  readonly #watch: CatalogueWatch;

  private constructor(context: GatewayContext) {
    this.#context = context;
    this.#names = catalogueNames(context.catalogue);
    this.#tls = TlsFiles.of(context.config);
    this.#filters = new FilterCache(context.catalogue);
    this.#deadlines = new Deadlines(context.clock);
    const load = new ThreadLoad(() => [performance.eventLoopUtilization(), ...context.pool.loops]);
    this.#times = new AddressTimes(load.isBusy);
    this.#shared = this.#connectionContext();
    const { peerBytesMax, peerBytesPerAddressMax } = context.config;
    const limits = { allMax: peerBytesMax, perAddressMax: peerBytesPerAddressMax };
    this.#connections = new Connections(this.#shared, limits);
    this.#operations = new HttpOperations(context, () => this.#phase !== 'open');
    const tiles = this.#shared.tileVersions;
    this.#watch = new CatalogueWatch({ ...context, tiles }, this.#connections, this.#filters);
    this.#overload = new OverloadGate({
      clock: context.clock,
      shedLevel: () => context.pool.shedLevel,
      lookEveryMs: LOOK_EVERY_MS,
    });
    this.#look = setInterval(() => this.#lookAround(), LOOK_EVERY_MS);
    this.#lookAround();
  }

  /** Listens. Rejects with `StartupError` `port_in_use`; nothing is left open then. */
  static async start(context: GatewayContext): Promise<Gateway> {
    const gateway = new Gateway(context);
    try {
      gateway.#server = await gateway.#listen();
      context.files.guard(gateway.#server.listener);
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  get url(): string {
    const { host } = this.#context.config;
    return `${this.#tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${this.#server?.listener.port}`;
  }

  /** `/readyz` says from now on that no more is to come, and callers are told to close their connections; all is served. */
  drain(): void {
    if (this.#phase === 'open') this.#phase = 'draining';
  }

  /**
   * Takes nothing more, answers what was taken, and tells those open to come back elsewhere; see `depart`.
   * `/healthz`, `/readyz` and other calls that only look are answered until `stop`.
   */
  async depart(settleMs: number, signal: AbortSignal): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#phase = 'leaving';
    // In the next turn all that has connected by now has been taken in.
    await turn();
    server.listener.stop();
    const connections = this.#connections;
    const hasPeers = connections.size + server.exchanges.size > 0;
    await depart({ ...this.#context, server, connections }, settleMs, signal);
    if (hasPeers && !signal.aborted)
      this.#lingers = pause(LINGER_MS, undefined, { signal }).catch(() => undefined);
  }

  /** Ends everything that is left, when peers that were told `bye` have had time to read it. */
  async stop(): Promise<void> {
    this.#phase = 'leaving';
    await this.#lingers;
    clearInterval(this.#look);
    this.#deadlines.stop();
    this.#tls?.stop();
    this.#server?.close();
  }

  #connectionContext(): ConnectionContext {
    const { access, catalogue, clock, config, log, meaning, pool, search, stats, watch } = this.#context;
    const { idleTimeoutMs, messagesPerSec, outboxBytes } = config;
    const indexOf = (id: string): number => catalogue.indexOf(id);
    const idOf = (index: number): string => catalogue.idOf(index);
    const slots = new SlotCompiler(indexOf, (filter) => {
      const checked = parseFilter(filter);
      return 'problem' in checked ? checked.problem : this.#filters.compile(checked.filter);
    });
    const ending = new EndingLine();
    return {
      pool,
      clock,
      stats,
      watch,
      log,
      slots,
      idleTimeoutMs,
      heartbeatMs: heartbeatMs(idleTimeoutMs),
      messagesPerSec,
      turns: new TurnGate(clock, MESSAGES_TURN_US, MESSAGES_LINE_US),
      shares: new TimeShares(CONNECTION_TIME),
      times: this.#times,
      outboxBytes,
      channels: new Channels(pool),
      intake: new EventIntake(
        clock,
        { indexOf, everIndexOf: (id) => catalogue.everIndexOf(id) },
        {
          normaliseQuery,
          search: (query, count) => meaning.withMeaning(query, search.hits(query, count), count),
        },
      ),
      rankCalls: this.#rankCalls(slots),
      encoders: wireEncoders(idOf, (index) => catalogue.item(index)),
      tileVersions: TileVersions.of(catalogue),
      graphs: new UserGraphs(pool, this.#names),
      profiles: new UserProfiles(pool, this.#names, this.#willBuy()),
      flushes: new FlushQueue(clock),
      listed: new ItemsListed(catalogue.shared.itemMax),
      helloWatch: new HelloWatch(clock, ending),
      ending,
      claims: new SessionClaims(),
      access,
      tokenWatch: new TokenWatch(clock, ending),
      rates: new PeerRates(config),
      newId: () => access.sessions.issue(),
    };
  }

  #willBuy(): WillBuy {
    const { catalogue, models } = this.#context;
    return new WillBuy(
      () => models.purchaseHead,
      (item) => catalogue.item(item)?.category,
    );
  }

  #rankableItems(): RankableItems {
    const { catalogue } = this.#context;
    const view = new CatalogueView(catalogue.shared);
    return {
      indexOf: (id) => catalogue.indexOf(id),
      idOf: (index) => catalogue.idOf(index),
      itemOf: (index) => catalogue.item(index),
      mayShow: (index, filter) =>
        view.isRecommendable(index) && (filter === undefined || view.passes(filter, index)),
    };
  }

  #rankCalls(slots: SlotCompiler): RankCalls {
    const { clock, config, pool, stats } = this.#context;
    const items = this.#rankableItems();
    const { networkAllowanceMs } = config;
    const timing: RankTiming = { deadlines: this.#deadlines, clock, stats, networkAllowanceMs };
    return new RankCalls(slots, items, timing, () => pool.model);
  }

  async #listen(): Promise<GatewayServer> {
    const { access, audit, clock, config, consoleFolder, log, stats, transport } = this.#context;
    const { rates } = this.#shared;
    const scripts = scriptReplies(join(consoleFolder, '..', 'sdk'));
    const files = new Map([...staticReplies(consoleFolder), ...scripts, ...contractReplies()]);
    const served = { routes: this.#routes(), files, access, audit, rates };
    const handlers: ServerHandlers = {
      rates,
      openSocket: this.#connections.accept,
      answer: httpHandler(served, this.#context),
      bodyBytesMax,
      phase: () => this.#phase,
      times: this.#times,
      refused: (reason) => stats.count(COUNTER.peersRefused[reason]),
      overload: this.#overload,
    };
    this.#answer = handlers.answer;
    const server = await startServer({ transport, tls: this.#tls }, config, handlers, clock);
    this.#tls?.watch(() => {
      if (server.renew()) log.info('a renewed certificate is shown from now on');
      else log.error('the port could not be listened on with the renewed certificate; start again');
    }, log);
    return server;
  }

  #routes(): Routes {
    const { access, bites, catalogue, clock, log, models, pool, disk, stats } = this.#context;
    const { graphs, profiles, intake, rankCalls } = this.#shared;
    const operations = this.#operations;
    const model = new HttpModel(models, () => catalogue.size);
    const search = new HttpSearch({
      ...this.#context,
      calls: rankCalls,
      slots: this.#shared.slots,
      items: this.#rankableItems(),
      words: (text, count) => this.#context.search.hits(text, count),
    });
    const asker = new RankAsker(pool, rankCalls, access, clock);
    const rank = new HttpRank(asker);
    const events = new HttpEvents(pool, intake, { stats, clock, log, bites, access });
    const items = new HttpItems(catalogue, this.#filters, bites);
    const exports = new UserExports(pool, this.#names);
    const titleOf = (id: string): string | undefined => catalogue.title(catalogue.indexOf(id));
    const users = new HttpUsers({ access, exports, graphs, pool, profiles, titleOf });
    const erase = new HttpErase(pool);
    const writing =
      (handler: RouteHandler): RouteHandler =>
      (call, id) =>
        disk.guard(() => handler(call, id));
    return {
      '/healthz': { GET: operations.health },
      '/readyz': { GET: operations.readiness },
      '/metrics': { GET: operations.metrics },
      '/v1/stats': { GET: operations.stats },
      '/v1/model': { GET: model.get, POST: writing(model.post) },
      '/v1/model/rollback': { POST: writing(model.rollBack) },
      '/v1/snapshots': { GET: operations.listSnapshots, POST: writing(operations.takeSnapshot) },
      '/v1/recommend': { POST: rank.recommend },
      '/v1/rank': { POST: rank.rank },
      '/v1/search': { POST: search.post },
      '/v1/mcp': { POST: new HttpMcp((call) => this.#answer(call)).post },
      '/v1/batch': { POST: new HttpBatch(asker).post },
      '/v1/openrtb/rank': { POST: new HttpOpenRtb(asker).post },
      '/v1/events': { POST: writing(events.post) },
      '/v1/users/{id}': { DELETE: writing(erase.user) },
      '/v1/sessions/{id}': { DELETE: writing(erase.session) },
      '/v1/items': { GET: items.list, PUT: writing(items.put), DELETE: writing(items.deleteMany) },
      '/v1/users/{id}/graph': { GET: users.userGraph },
      '/v1/sessions/{id}/graph': { GET: users.visitorGraph },
      '/v1/users/{id}/export': { GET: users.userExport },
      '/v1/sessions/{id}/export': { GET: users.visitorExport },
      '/v1/users/{id}/merge': { POST: writing(users.merge) },
      '/v1/users/{id}/consent': { POST: writing(users.userConsent) },
      '/v1/sessions/{id}/consent': { POST: writing(users.visitorConsent) },
      '/v1/users/{id}/profile': { GET: users.userProfile },
      '/v1/sessions/{id}/profile': { GET: users.visitorProfile },
      '/v1/items/{id}': { GET: items.get, PATCH: writing(items.patch), DELETE: writing(items.delete) },
    };
  }

  #lookAround(): void {
    this.#overload.look();
    this.#shared.helloWatch.expireDue();
    this.#shared.tokenWatch.look();
    this.#connections.measure();
    const { catalogue, disk, files, stats } = this.#context;
    stats.gauge(GAUGE.catalogueItems, catalogue.size);
    stats.gauge(GAUGE.diskFreeBytes, disk.freeBytes);
    stats.gauge(GAUGE.ready, this.#operations.isReady ? 1 : 0);
    files.look();
    this.#watch.tell();
  }
}
