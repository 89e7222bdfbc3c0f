import type { ImportedNode } from '../../../shards/graph/interest/import-graph.js';
import { SILENT_SINK } from '../../../shards/wire/silent-sink.js';
import { join } from 'node:path';
import { FakeClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import type { SharedCatalogue } from '../../../model/catalogue/shared-catalogue.js';
import type { SaidConsent } from '../../../shards/graph/user-consent.js';
import { positionWrite } from '../../../shards/graph/interactions/interaction-pages.js';
import { moveRows } from '../../../shards/reshard/reshard-rows.js';
import { eraseUser } from '../../../shards/retention/erase-user.js';
import { removeStrangers } from '../../../shards/reshard/reshard-settle.js';
import { shardOf } from '../../../shards/reshard/placement.js';
import { buildShard, type BuiltShard } from '../../../shards/shard/build-shard.js';
import type { TaggedScorer } from '../../../shards/shard/served-model.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import type { ShardStore } from '../../../shards/store/store.js';
import { installRing } from '../../../shards/store/vault/keys/installed-ring.js';
import type { KeyRing } from '../../../shards/store/vault/keys/key-ring.js';
import { loadScorer, type PostedModel } from '../../../shards/wire/posted-model.js';
import type { ShardEvent } from '../../../shards/wire/shard-event.js';
import { checkReplay, type ReplayReport } from '../../../shards/replay/check-replay.js';
import { ModelSwap } from '../../../shards/worker/model-swap.js';
import { recover } from '../../../shards/worker/recovery.js';
import { smallInteractions, TUNING } from './shard-harness.js';

/** Of a file of a journal: small, so that there are some of them. */
const SEGMENT_BYTES = 16_384;

interface Running {
  readonly store: ShardStore;
  readonly built: BuiltShard;
  readonly swap: ModelSwap;
  /** Channel, which is the session's number too, by user and session. */
  readonly open: Map<string, number>;
}

/** Shards of this thread on stores on the disk, which end and begin again, and move users between them. */
export class DurableShards {
  readonly #folder: string;
  readonly #catalogue: SharedCatalogue;
  readonly #clock = new FakeClock(1_760_000_000_000);
  readonly #usersHot: number;
  /** Their stores are encrypted with it; undefined: they are not. */
  readonly #ring: KeyRing | undefined;
  #model: PostedModel;
  #shards: Running[] = [];
  #channels = 0;

  constructor(
    folder: string,
    catalogue: SharedCatalogue,
    model: PostedModel,
    usersHot: number,
    ring?: KeyRing,
  ) {
    this.#ring = ring;
    this.#folder = folder;
    this.#catalogue = catalogue;
    this.#model = model;
    this.#usersHot = usersHot;
  }

  get count(): number {
    return this.#shards.length;
  }

  async start(count: number): Promise<void> {
    for (let shard = 0; shard < count; shard++) this.#shards.push(await this.#begin(shard, count));
  }

  /** The process ends, and another begins; states that were not written are not. */
  async restart(): Promise<void> {
    const { count } = this;
    await this.#stop();
    await this.start(count);
    for (const [shard, { built }] of this.#shards.entries())
      for (const { visitor, into } of built.shard.unfinished()) this.#finish(shard, visitor, into, 3);
  }

  /** An event of a session, which is taken in; `tick` carries it out. */
  event(user: string, sessionId: string, event: ShardEvent): void {
    const { built, open } = this.#of(user);
    const key = JSON.stringify([user, sessionId]);
    let number = open.get(key);
    if (number === undefined) {
      number = ++this.#channels;
      open.set(key, number);
      // Both sessions of a user are on one channel.
      const channel = open.get(user) ?? number;
      open.set(user, channel);
      built.shard.take({ op: 'open', call: 0, channel, user, session: number, sessionId, isExact: false });
    }
    built.shard.take({ op: 'event', call: 0, channel: open.get(user)!, session: number, event });
  }

  /** What a user says of an interest; `tick` carries it out. */
  tune(user: string, interest: number, value: number): void {
    this.#of(user).built.shard.take({ op: 'tune', call: 0, user, interest, value });
  }

  /** What a user allows; `tick` carries it out. */
  consent(user: string, said: SaidConsent): void {
    this.#of(user).built.shard.take({ op: 'consent', call: 0, user, said });
  }

  /** A graph that came from elsewhere becomes part of a user's. */
  importGraph(user: string, source: string, nodes: readonly ImportedNode[]): void {
    this.#of(user).built.shard.importGraph(user, source, nodes);
  }

  tick(): void {
    for (const { built } of this.#shards) built.shard.flush();
  }

  /** Writes out all changed states and moves the checkpoint. */
  sweep(): void {
    for (const { built } of this.#shards) {
      built.shard.beginSweep();
      while (built.shard.sweepStep());
    }
  }

  /** Merges a visitor into a user, or so many steps of that; the process ends after fewer than 3. */
  async merge(visitor: string, into: string, steps: number): Promise<void> {
    this.tick();
    const shard = shardOf(visitor, this.count);
    this.#finish(shard, visitor, into, steps);
    if (steps < 3) await this.restart();
  }

  /** A visitor of long ago is removed. */
  remove(visitor: string): void {
    const { shard } = this.#of(visitor).built;
    shard.remove(visitor);
    shard.commits.commit();
  }

  /** A user is erased from all shards; one who is open has to leave first. */
  async erase(user: string): Promise<void> {
    this.tick();
    for (const { built } of this.#shards) await eraseUser(built, user);
  }

  /** The user's sessions close, and their channel. */
  leave(user: string, sessionId: string): void {
    const { built, open } = this.#of(user);
    const channel = open.get(user) ?? 0;
    built.shard.take({ op: 'close', channel, session: open.get(JSON.stringify([user, sessionId])) ?? 0 });
    built.shard.take({ op: 'release', channel });
    open.delete(user);
    open.delete(JSON.stringify([user, sessionId]));
  }

  async swap(model: PostedModel): Promise<void> {
    for (const { swap } of this.#shards) {
      await new Promise<void>((resolve, reject) => {
        void swap.prepare(model, (problem) =>
          problem === undefined ? resolve() : reject(new Error(problem)),
        );
      });
      await swap.adopt(model);
    }
    this.#model = model;
    await this.#settled();
  }

  /** Brings the users to another number of shards, as a start does. */
  async reshard(to: number): Promise<void> {
    this.sweep();
    const from = this.count;
    await this.#stop();
    const stores: ShardStore[] = [];
    for (let shard = 0; shard < Math.max(from, to); shard++) stores.push(await this.#open(shard));
    for (const store of stores) {
      await store.commit({ checkpoint: store.journal.end, blobs: [positionWrite(store.journal.end)] });
      if (store.statesModel === 0) await store.commit({ states: { op: 'name', model: this.#model.tag } });
    }
    await moveRows(stores, { from, to, rowsMax: 2, sessions: 64 });
    for (const [shard, store] of stores.entries())
      await removeStrangers(store, { shard, shards: to, rowsMax: 2, sessions: 64 });
    for (const store of stores) await store.close();
    await this.start(to);
  }

  /** What a replay of each journal says of the rows beside it. */
  async check(): Promise<ReplayReport[]> {
    const model = await tagged(this.#model);
    const reports: ReplayReport[] = [];
    for (const { store, built } of this.#shards) {
      built.shard.commits.commit();
      await built.shard.commits.idle();
      reports.push(await checkReplay(store, { catalogue: this.#catalogue, model, tuning: TUNING }));
    }
    model.scorer.close();
    return reports;
  }

  store(shard: number): ShardStore {
    return this.#shards[shard].store;
  }

  async close(): Promise<void> {
    await this.#stop();
  }

  #of(user: string): Running {
    return this.#shards[shardOf(user, this.count)];
  }

  #finish(shard: number, visitor: string, into: string, steps: number): void {
    const { built } = this.#shards[shard];
    const given = steps > 0 ? built.shard.give(visitor, into) : undefined;
    if (given?.into === undefined) return;
    if (steps > 1) {
      const keeper = this.#of(given.into).built.shard;
      keeper.merge(visitor, given.into, given);
      keeper.commits.commit();
    }
    if (steps > 2) built.shard.forget(visitor, given.into);
  }

  #open(shard: number): Promise<ShardStore> {
    const folder = join(this.#folder, `shard-${shard}`);
    installRing(this.#ring);
    try {
      // Which ring it is the store asks at once.
      return openLmdbStore({ folder, segmentBytes: SEGMENT_BYTES });
    } finally {
      installRing(undefined);
    }
  }

  async #begin(shard: number, shards: number): Promise<Running> {
    const store = await this.#open(shard);
    const { tag, scorer, vectors } = await tagged(this.#model);
    const built = buildShard({
      shard,
      shards,
      tuning: { ...TUNING, usersHot: this.#usersHot },
      store,
      tag,
      scorer,
      catalogue: this.#catalogue,
      interactions: smallInteractions(),
      vectors,
      stats: ThreadStats.create(),
      clock: this.#clock,
      sink: SILENT_SINK,
      fail: (error) => {
        throw error;
      },
    });
    await recover(built, TUNING.sessionGapMs, false);
    const swap = new ModelSwap(built);
    swap.lead((work) => work());
    swap.begin();
    return { store, built, swap, open: new Map() };
  }

  async #stop(): Promise<void> {
    for (const { store, swap, built } of this.#shards.splice(0)) {
      swap.stop();
      built.shard.flush();
      built.context.quarantine.stop();
      await store.close();
      built.model.scorer.close();
    }
  }

  /** Until what a swap retired is taken over; nothing is said of that, so it is looked for, with ticks meanwhile. */
  async #settled(): Promise<void> {
    while (this.#shards.some(({ store }) => store.hasRetired)) {
      this.tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

async function tagged(model: PostedModel): Promise<TaggedScorer> {
  return { tag: model.tag, scorer: await loadScorer(model), vectors: model.vectors };
}
