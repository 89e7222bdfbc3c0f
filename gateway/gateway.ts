import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { COUNTER, GAUGE } from '../metrics/table.js';
import { ThreadLoad } from './admission/thread-load.js';
import { turn } from '../metrics/process/turn.js';
import type { Service } from '../metrics/process/service-stack.js';
import { FilterCache } from '../model/catalogue/filter/filter-cache.js';
import { CatalogueWatch } from './socket/catalogue-watch.js';
import { AddressTimes } from './admission/address-times.js';
import { Connections } from './socket/connections.js';
import { Deadlines } from './calls/deadlines.js';
import { OverloadGate } from './admission/overload-gate.js';
import type { ConnectionContext } from './socket/connection-context.js';
import { HttpOperations } from './http/http-operations.js';
import type { HttpHandler } from './server/http-call.js';
import { problemReply } from './server/problem.js';
import { bodyBytesMax, httpHandler } from './http/http.js';
import type { Routes } from './http/route-table.js';
import { scriptReplies } from './http/script-replies.js';
import { depart } from './departure.js';
import { OperatorDoor } from './operators/operator-door.js';
import { startServer, type GatewayServer, type ServerHandlers } from './server/server.js';
import type { ServerPhase } from './server/server-context.js';
import { TlsFiles } from './access/tls-files.js';
import { catalogueNames } from './calls/catalogue-names.js';
import type { GraphNames } from './calls/user-graphs.js';
import type { RankableItems } from './calls/rank-calls.js';
import type { GatewayContext } from './gateway-context.js';
import { gatewayRoutes } from './gateway-routes.js';
import { contractReplies } from './http/contract/contract-replies.js';
import { staticReplies } from './http/static-replies.js';
import { rankableItems } from './calls/rankable-items.js';
import { sharedByConnections } from './shared-by-connections.js';

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
  readonly #items: RankableItems;
  readonly #deadlines: Deadlines;
  readonly #operations: HttpOperations;
  readonly #overload: OverloadGate;
  readonly #times: AddressTimes;
  readonly #look: NodeJS.Timeout;
  readonly #tls: TlsFiles | undefined;
  #server: GatewayServer | undefined;
  /** For operators with a certificate; undefined: there is none. */
  #door: OperatorDoor | undefined;
  /** Answers a request, once there is a server. */
  #answer: HttpHandler = () => problemReply('not_found', 'the gateway is starting');
  #phase: ServerPhase = 'open';
  /** Resolves when the peers have had time to read `bye`. */
  #lingers: Promise<void> | undefined;
  readonly #watch: CatalogueWatch;

  private constructor(context: GatewayContext) {
    this.#context = context;
    this.#names = catalogueNames(context.catalogue, context.communities);
    this.#tls = TlsFiles.of(context.config);
    this.#filters = new FilterCache(context.catalogue);
    this.#deadlines = new Deadlines(context.clock);
    const load = new ThreadLoad(() => [performance.eventLoopUtilization(), ...context.pool.loops]);
    this.#times = new AddressTimes(load.isBusy);
    this.#items = rankableItems(context.catalogue, (number) => context.segments.idOf(number));
    this.#shared = sharedByConnections(context, {
      filters: this.#filters,
      times: this.#times,
      deadlines: this.#deadlines,
      names: this.#names,
      items: this.#items,
    });
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
    const door = this.#door?.leave() ?? [];
    const connections = this.#connections;
    const hasPeers = connections.size + server.exchanges.size > 0;
    await depart({ ...this.#context, servers: [server, ...door], connections }, settleMs, signal);
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
    this.#door?.close();
  }

  async #listen(): Promise<GatewayServer> {
    const { access, audit, bites, clock, config, consoleFolder, log, stats, transport } = this.#context;
    const { rates } = this.#shared;
    const scripts = scriptReplies(join(consoleFolder, '..', 'sdk'));
    const files = new Map([...staticReplies(consoleFolder), ...scripts, ...contractReplies()]);
    const served = { routes: this.#routes(), files, access, audit, rates, operatorPort: 0 };
    const { operatorPort } = config;
    const handlers: ServerHandlers = {
      rates,
      openSocket: this.#connections.accept,
      answer: httpHandler({ ...served, operatorPort }, this.#context),
      bites,
      bodyBytesMax,
      phase: () => this.#phase,
      times: this.#times,
      refused: (reason) => stats.count(COUNTER.peersRefused[reason]),
      overload: this.#overload,
    };
    this.#answer = handlers.answer;
    const atDoor = { ...handlers, answer: httpHandler(served, this.#context) };
    this.#door = await OperatorDoor.open(config, atDoor, this.#context);
    const server = await startServer({ transport, tls: this.#tls }, config, handlers, clock);
    this.#tls?.watch(() => {
      if (server.renew()) log.info('a renewed certificate is shown from now on');
      else log.error('the port could not be listened on with the renewed certificate; start again');
    }, log);
    return server;
  }

  #routes(): Routes {
    return gatewayRoutes(this.#context, {
      shared: this.#shared,
      names: this.#names,
      filters: this.#filters,
      items: this.#items,
      operations: this.#operations,
      answer: (call) => this.#answer(call),
    });
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
