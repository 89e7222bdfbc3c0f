import { WillBuy } from '../../../gateway/profiles/will-buy.js';
import { AfterclickClient, type ClientOptions } from '../../../gateway/client/index.js';
import { Deadlines } from '../../../gateway/calls/deadlines.js';
import { EventIntake } from '../../../gateway/calls/event-intake.js';
import { UserGraphs } from '../../../gateway/calls/user-graphs.js';
import { UserProfiles } from '../../../gateway/profiles/user-profiles.js';
import { RankCalls } from '../../../gateway/calls/rank-calls.js';
import { SlotCompiler } from '../../../gateway/calls/slot-compiler.js';
import type { ClientSocket, SendOutcome } from '../../../gateway/server/client-socket.js';
import { Channels } from '../../../gateway/socket/channels.js';
import { Connection, CONNECTION_TIME } from '../../../gateway/socket/connection.js';
import type { ConnectionContext } from '../../../gateway/socket/connection-context.js';
import { EndingLine } from '../../../gateway/socket/ending-line.js';
import { HelloWatch } from '../../../gateway/socket/hello-watch.js';
import { ItemsListed } from '../../../gateway/socket/outgoing/items-listed.js';
import { FlushQueue } from '../../../gateway/socket/outgoing/outbox.js';
import { wireEncoders } from '../../../gateway/socket/outgoing/wire-encoder.js';
import { SessionClaims } from '../../../gateway/socket/session-claims.js';
import { Access } from '../../../gateway/access/access.js';
import { TokenWatch } from '../../../gateway/access/token-watch.js';
import { PeerRates } from '../../../gateway/admission/peer-rates.js';
import type { ServerMessage } from '../../../gateway/protocol/messages.js';
import { TileVersions } from '../../../gateway/tiles/tile-versions.js';
import { FakeClock } from '../../../metrics/process/clock.js';
import { silentWatch } from './silent-watch.js';
import { createLog } from '../../../metrics/process/log.js';
import { AddressTimes } from '../../../gateway/admission/address-times.js';
import { TimeShares } from '../../../metrics/process/time-share.js';
import { TurnGate } from '../../../metrics/process/turn-gate.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { createSharedMarket } from '../../../shards/market/shared-market.js';
import { WorkerPool } from '../../../shards/pool/worker-pool.js';
import { isEvent } from '../../../shards/store/journal-entry.js';
import { decodeRecord } from '../../../shards/store/journal-record.js';
import { neighboursModel } from '../../../shards/wire/posted-model.js';
import { InlineDisk, InlineRun } from '../shards/inline-run.js';
import { ITEMS, sharedCatalogue, smallInteractions, TUNING } from '../shards/shard-harness.js';
import { type FakeSocket, ManualClock, MapStorage, socketFactory } from './client-harness.js';

const SHARDS = 2;
const BOUNDS = { queueMax: 5_000, queueUserMax: 256, ranksMax: 500, ranksUserMax: 64 };

/** The gateway's end of a wire; frames are text and wait until they are delivered. */
class WireEnd implements ClientSocket {
  readonly address = '192.0.2.1';
  /** Messages on their way to the page; a number is the close code. */
  readonly down: (ServerMessage | number)[] = [];
  connection!: Connection;
  hasEnded = false;

  send(frame: Uint8Array): SendOutcome {
    if (!this.hasEnded) this.down.push(JSON.parse(Buffer.from(frame).toString()) as ServerMessage);
    return 'sent';
  }
  bufferedBytes(): number {
    return 0;
  }
  cork(write: () => void): void {
    write();
  }
  end(code: number): void {
    if (this.hasEnded) return;
    this.down.push(code);
    this.gone(code);
  }
  /** The gateway notices that the socket is gone. */
  gone(code: number): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.connection.closed(code);
  }
}

interface Wire {
  readonly page: FakeSocket;
  readonly gateway: WireEnd;
  readSoFar: number;
}

/** A page with a client: what it tracked, what it was told, and its wire. */
export class ModelPage {
  readonly clock = new ManualClock();
  /** Serial numbers of all events tracked, by any client of the page. */
  readonly tracked: number[] = [];
  /** Those that were acknowledged. */
  readonly acked: number[] = [];
  readonly refused: number[] = [];
  client: AfterclickClient;
  readonly #storage = new MapStorage();
  readonly #factory = socketFactory();
  #accepted = 0;
  #wire: Wire | undefined;
  #isSilent = false;
  #options: Partial<ClientOptions>;

  constructor(options: Partial<ClientOptions>) {
    this.#options = options;
    this.client = this.#load();
  }

  track(serial: number): void {
    this.tracked.push(serial);
    this.client.track('view_item', { item: String(serial % ITEMS), value: serial });
  }

  /** Loads the page again: what is stored goes on, unless new options say otherwise. */
  load(options = this.#options): void {
    this.#options = options;
    this.client.close();
    this.client = this.#load();
  }

  /** Opens the gateway's end of a socket that the client has opened. */
  connect(accept: (end: WireEnd) => Connection): void {
    const { sockets } = this.#factory;
    while (this.#accepted < sockets.length) {
      const page = sockets[this.#accepted++];
      if (page.isClosedByPage) continue;
      const gateway = new WireEnd();
      gateway.connection = accept(gateway);
      this.#wire = { page, gateway, readSoFar: 0 };
      this.#isSilent = false;
      page.open();
    }
  }

  /** The gateway reads so many frames. */
  up(count: number): void {
    const wire = this.#wire;
    if (wire === undefined || this.#isSilent) return;
    for (let left = count; left > 0 && wire.readSoFar < wire.page.sent.length; left--) {
      if (wire.gateway.hasEnded) return;
      wire.gateway.connection.receive(Buffer.from(JSON.stringify(wire.page.sent[wire.readSoFar++])), false);
    }
    if (wire.page.isClosedByPage && wire.readSoFar === wire.page.sent.length) wire.gateway.gone(1005);
  }

  /** The page hears so many messages. */
  down(count: number): void {
    const wire = this.#wire;
    if (wire === undefined || this.#isSilent) return;
    for (let left = count; left > 0; left--) {
      const next = wire.gateway.down.shift();
      if (next === undefined) return;
      if (typeof next === 'number') wire.page.end(next);
      else wire.page.say(next);
    }
  }

  /** The connection breaks, with everything on its way. @returns the gateway's end, which has not noticed. */
  cut(): WireEnd | undefined {
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.page.end(1006);
    return wire?.gateway;
  }

  /** Nothing passes any more, and nobody is told. @returns the gateway's end. */
  silence(): WireEnd | undefined {
    this.#isSilent = this.#wire !== undefined;
    return this.#wire?.gateway;
  }

  #load(): AfterclickClient {
    const client = new AfterclickClient({
      url: 'http://gateway.test',
      storage: this.#storage,
      slots: [{ slot: 'home', k: 3 }],
      WebSocket: this.#factory.WebSocket,
      clock: this.clock,
      random: () => 0.5,
      ...this.#options,
    });
    client.on('ack', ({ tickets }) => this.acked.push(...tickets.map(({ fields }) => fields.value!)));
    client.on('refused', ({ ticket }) => this.refused.push(ticket.fields.value!));
    return client;
  }
}

/**
 * Two pages with the SDK, the connections of a gateway, the pool and two shards with their stores in memory: all real but the
 * network, the threads, the clocks and the disk, which move when they are told to.
 */
export class SessionWorld {
  readonly pages: readonly ModelPage[];
  readonly disks: readonly InlineDisk[];
  readonly #pool: WorkerPool;
  readonly #context: ConnectionContext;
  /** Ends of the gateway whose pages are gone, which it has not noticed. */
  readonly #lingering = new Set<WireEnd>();

  private constructor(
    pool: WorkerPool,
    disks: readonly InlineDisk[],
    pages: readonly Partial<ClientOptions>[],
  ) {
    this.#pool = pool;
    this.disks = disks;
    this.#context = contextOf(pool);
    this.pages = pages.map((options) => new ModelPage(options));
  }

  /** @param pages what the client of each page is made with: who it is, and in which session. */
  static async make(pages: readonly Partial<ClientOptions>[]): Promise<SessionWorld> {
    const disks = Array.from({ length: SHARDS }, () => new InlineDisk());
    InlineRun.disks = disks;
    const catalogue = (await sharedCatalogue()).shared;
    const pool = await WorkerPool.start({
      shards: SHARDS,
      bounds: BOUNDS,
      worker: {
        tuning: TUNING,
        model: neighboursModel(catalogue.itemMax),
        catalogue,
        interactions: smallInteractions(),
        market: createSharedMarket(catalogue.itemMax, 86_400_000, SHARDS),
        folderId: 'model',
        checkpointMs: 1e9,
        interactionCheckpointMs: 1e9,
        journalSegmentBytes: 65_536,
        retention: {
          journalKeptMs: 0,
          journalKeptBytes: 0,
          visitorsKeptMs: 0,
          usersKeptMs: 0,
          snapshots: 'none',
        },
      },
      folderOf: () => 'none',
      stats: ThreadStats.create(),
      log: createLog({ level: 'silent' }),
    });
    return new SessionWorld(pool, disks, pages);
  }

  /** Lets everything happen that needs nothing from outside. */
  async turns(count = 6): Promise<void> {
    for (const page of this.pages) page.connect((end) => this.#accept(end));
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  cut(page: ModelPage, isNoticed: boolean): void {
    const end = page.cut();
    if (isNoticed) end?.gone(1006);
    else if (end !== undefined) this.#lingering.add(end);
  }

  silence(page: ModelPage): void {
    const end = page.silence();
    if (end !== undefined) this.#lingering.add(end);
  }

  /** Brings a page to its end: until nothing of it is under way. The other pages are closed. */
  async finish(page: ModelPage): Promise<void> {
    for (const other of this.pages) {
      other.client.close();
      other.up(Infinity);
    }
    page.load();
    for (
      let round = 0;
      round < 400 && !(page.client.state.name === 'open' && page.client.pending.length === 0);
      round++
    ) {
      for (const end of this.#lingering) end.gone(1006);
      this.#lingering.clear();
      await this.turns(8);
      for (const disk of this.disks) disk.sync();
      page.up(Infinity);
      await this.turns(8);
      page.down(Infinity);
      page.clock.advance(300);
    }
  }

  /** Serial numbers of the events in the journals, by user, in order. */
  journaled(): Map<string, number[]> {
    const users = new Map<string, number[]>();
    for (const { store } of this.disks)
      for (const { bytes } of store.journal.from(0))
        for (const entry of decodeRecord(bytes)) {
          if (!isEvent(entry)) continue;
          const serials = users.get(entry.user) ?? [];
          users.set(entry.user, serials);
          serials.push(entry.value);
        }
    return users;
  }

  async stop(): Promise<void> {
    for (const page of this.pages) {
      page.client.close();
      page.up(Infinity);
      this.cut(page, true);
    }
    for (const disk of this.disks) disk.store.holds = false;
    const state = { isStopped: false };
    void this.#pool.stop().then(() => (state.isStopped = true));
    while (!state.isStopped) {
      for (const disk of this.disks) {
        disk.store.holds = false;
        disk.sync();
      }
      await this.turns(1);
    }
  }

  #accept(end: WireEnd): Connection {
    return new Connection(this.#context, end, 'afterclick.v1.json', () => undefined);
  }
}

let sessions = 0;

const NOTHING_KNOWN = new WillBuy(
  () => undefined,
  () => undefined,
);
const NAMES = {
  idOf: String,
  titleOf: () => undefined,
  categoryOf: String,
  brandOf: String,
  attributesOf: () => [],
  communityOf: () => undefined,
};

function contextOf(pool: WorkerPool): ConnectionContext {
  const clock = new FakeClock();
  const stats = ThreadStats.create();
  const indexOf = (id: string): number => (Number(id) < ITEMS ? Number(id) : -1);
  const slots = new SlotCompiler(indexOf, () => 'no filters here');
  const search = () => new Int32Array(0);
  const timing = { deadlines: new Deadlines(clock), clock, stats, networkAllowanceMs: 5 };
  const items = {
    indexOf,
    idOf: String,
    itemOf: () => undefined,
    segmentOf: String,
    mayShow: () => true,
  };
  const ending = new EndingLine();
  return {
    pool,
    clock,
    stats,
    watch: silentWatch(clock, stats),
    slots,
    intake: new EventIntake(
      clock,
      { indexOf, everIndexOf: indexOf },
      { normaliseQuery: (query) => query, search },
      { note: () => undefined },
    ),
    graphs: new UserGraphs(pool, NAMES),
    profiles: new UserProfiles(pool, NAMES, { willBuy: NOTHING_KNOWN, segmentOf: String }),
    rankCalls: new RankCalls(slots, items, timing, () => pool.model),
    idleTimeoutMs: 30_000,
    heartbeatMs: 22_000,
    messagesPerSec: 10_000,
    turns: new TurnGate(clock, 2_000),
    shares: new TimeShares(CONNECTION_TIME),
    times: new AddressTimes(() => false),
    outboxBytes: 64 * 1024,
    channels: new Channels(pool),
    encoders: wireEncoders(String),
    tileVersions: new TileVersions(4_096),
    flushes: new FlushQueue(clock),
    listed: new ItemsListed(4_096),
    helloWatch: new HelloWatch(clock, ending),
    ending,
    claims: new SessionClaims(),
    access: Access.open(),
    tokenWatch: new TokenWatch(clock, ending),
    rates: new PeerRates({
      userMessagesPerSec: 0,
      addressMessagesPerSec: 0,
      addressRequestsPerSec: 0,
      addressBytesPerSec: 0,
    }),
    log: createLog({ level: 'silent' }),
    newId: () => `session-${++sessions}`,
  };
}
