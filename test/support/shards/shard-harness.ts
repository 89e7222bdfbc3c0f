import { FakeClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { Catalogue } from '../../../model/catalogue/catalogue.js';
import type { ReturnHead } from '../../../model/intent/return-head.js';
import type { Scorer } from '../../../model/scorer/scorer.js';
import {
  createSharedVectors,
  itemVectors,
  type SharedVectors,
} from '../../../model/kernel/shared-vectors.js';
import { buildShard, type BuiltShard } from '../../../shards/shard/build-shard.js';
import type { ShardCall, ShardReply, ShardSink } from '../../../shards/wire/calls.js';
import {
  createSharedInteractions,
  type SharedInteractions,
} from '../../../shards/graph/interactions/interaction-buffers.js';
import { takeChangedPages } from '../../../shards/graph/interactions/interaction-pages.js';
import { InterestCodec } from '../../../shards/graph/interest/state/interest-codec.js';
import { recover } from '../../../shards/worker/recovery.js';
import { openMemoryCatalogueStore } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { seededRandom } from '../random.js';
import { RecordingStore } from '../store/recording-store.js';
import { TinyScorer } from '../model/tiny-scorer.js';
import { anOpening, aRank, type Opening, type RankFields } from './shard-calls.js';
import type { RankAnswer, ReasonRow } from '../../../shards/wire/slot-lists.js';
import type { ShardTuning } from '../../../shards/wire/worker-data.js';

export const ITEMS = 60;
export const ITEM_MAX = 128;
const WIDTH = 8;
const SIMILAR = 4;
const MINUTE_MS = 60_000;

export const TUNING: ShardTuning = {
  usersHot: 32,
  sessionGapMs: 30 * MINUTE_MS,
  interestHalfLifeMs: 14 * 86_400_000,
  transitionHalfLifeMs: 60 * 86_400_000,
  trendHalfLifeMs: 7 * 86_400_000,
};

/** What a shard said, in order. */
export type Said =
  | { readonly op: 'applied' | 'durable'; readonly session: number; readonly seq: number }
  | { readonly op: 'refused'; readonly session: number; readonly seq: number; readonly expected: number }
  | {
      readonly op: 'list';
      readonly channel: number;
      readonly slot: string;
      readonly items: readonly number[];
      readonly scores: readonly number[];
      readonly rev: number;
      readonly reasons: number;
      readonly model: string;
      readonly segment?: number;
      /** The reasons themselves, of a list that has them. */
      readonly why?: readonly ReasonRow[];
    }
  | { readonly op: 'current'; readonly channel: number; readonly slot: string }
  | { readonly op: 'learn'; readonly item: number }
  | { readonly op: 'answered' }
  | ShardReply;

let catalogue: Promise<Catalogue> | undefined;

/** 60 items: `item-0` …, three categories (every fourth item has none), two brands. Shared by all tests of a file; leave it as it is. */
export function sharedCatalogue(): Promise<Catalogue> {
  catalogue ??= freshCatalogue();
  return catalogue;
}

/** As `sharedCatalogue`, for a test that changes it. */
export async function freshCatalogue(): Promise<Catalogue> {
  const made = await Catalogue.create({
    itemMax: ITEM_MAX,
    columnMax: 4,
    store: openMemoryCatalogueStore(),
    clock: new FakeClock(),
  });
  await made.upsert(
    Array.from({ length: ITEMS }, (_, i) => ({
      id: `item-${i}`,
      price: 1 + i,
      ...(i % 4 !== 3 && { category: `category-${i % 3}` }),
      brand: `brand-${i % 2}`,
    })),
  );
  return made;
}

/** Unit vectors drawn from a seed, and the four nearest of each. */
export function sampleVectors(): SharedVectors {
  const shared = createSharedVectors(ITEM_MAX, WIDTH, SIMILAR);
  const vectors = itemVectors(shared);
  const random = seededRandom(7);
  for (let item = 0; item < ITEMS; item++) {
    const row = Array.from({ length: WIDTH }, () => random(2_001) / 1_000 - 1);
    const length = Math.hypot(...row);
    row.forEach((value, d) => (vectors[item * WIDTH + d] = value / length));
  }
  const dot = (a: number, b: number) =>
    Array.from({ length: WIDTH }, (_, d) => vectors[a * WIDTH + d] * vectors[b * WIDTH + d]).reduce(
      (x, y) => x + y,
    );
  const similar = new Int32Array(shared.similar);
  for (let item = 0; item < ITEMS; item++) {
    const nearest = Array.from({ length: ITEMS }, (_, other) => other).filter((other) => other !== item);
    nearest.sort((a, b) => dot(item, b) - dot(item, a));
    for (let rank = 0; rank < SIMILAR; rank++) similar[item * SIMILAR + rank] = nearest[rank] + 1;
  }
  return shared;
}

const VECTORS = sampleVectors();

export function smallInteractions(): SharedInteractions {
  return createSharedInteractions({
    items: ITEM_MAX,
    neighbours: 8,
    sessions: 512,
    sessionsPerItem: 8,
    sessionLength: 8,
  });
}

export interface HarnessOptions {
  readonly store?: RecordingStore;
  readonly clock?: FakeClock;
  readonly scorer?: Scorer;
  readonly catalogue?: Catalogue;
  readonly interactions?: SharedInteractions;
  readonly tuning?: Partial<ShardTuning>;
  readonly shard?: number;
  readonly shards?: number;
  readonly returns?: ReturnHead;
}

/** A shard in this thread, and everything it says. */
export class ShardHarness {
  readonly store: RecordingStore;
  readonly clock: FakeClock;
  readonly built: BuiltShard;
  readonly stats = ThreadStats.create();
  readonly said: Said[] = [];
  readonly failures: unknown[] = [];
  #nextCall = 1_000_000;

  private constructor(options: HarnessOptions, made: Catalogue) {
    this.store = options.store ?? new RecordingStore();
    this.clock = options.clock ?? new FakeClock(1_760_000_000_000);
    this.built = buildShard({
      shard: options.shard ?? 0,
      shards: options.shards ?? 1,
      tuning: { ...TUNING, ...options.tuning },
      store: this.store,
      scorer: options.scorer ?? new TinyScorer(),
      catalogue: made.shared,
      interactions: options.interactions ?? smallInteractions(),
      vectors: VECTORS,
      stats: this.stats,
      clock: this.clock,
      ...(options.returns && { returns: options.returns }),
      sink: recordingSink(this.said),
      fail: (error) => this.failures.push(error),
    });
  }

  static async make(options: HarnessOptions = {}): Promise<ShardHarness> {
    return new ShardHarness(options, options.catalogue ?? (await sharedCatalogue()));
  }

  /** A shard that has recovered what is in `options.store`. */
  static async recovered(options: HarnessOptions, keepsInteractions = false): Promise<ShardHarness> {
    const harness = await ShardHarness.make(options);
    await recover(harness.built, TUNING.sessionGapMs, keepsInteractions);
    harness.said.length = 0;
    return harness;
  }

  take(...calls: ShardCall[]): void {
    for (const call of calls) this.built.shard.take(call);
  }

  /** Runs one tick with these calls, and lets commits become durable unless the store holds them. */
  async tick(...calls: ShardCall[]): Promise<void> {
    this.take(...calls);
    this.built.shard.flush();
    await this.settle();
  }

  /** As `tick`, with no more work than a tick of the worker takes on. */
  async boundedTick(...calls: ShardCall[]): Promise<void> {
    this.take(...calls);
    this.built.shard.flush(true);
    await this.settle();
  }

  /** Lets the callbacks of durable commits run. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Opens a session and returns the `seq` it begins with. */
  async open(opening: Opening): Promise<number> {
    const call = this.#nextCall++;
    await this.tick(anOpening({ ...opening, call }));
    const opened = this.said.find((said) => said.op === 'opened' && said.call === call);
    if (opened?.op !== 'opened') throw new Error(`a session of ${opening.user} did not open`);
    return opened.seq;
  }

  async rank(question: RankFields): Promise<RankAnswer> {
    const call = this.#nextCall++;
    await this.tick(aRank({ ...question, call }));
    return this.answer(call);
  }

  answer(call: number): RankAnswer {
    const ranked = this.said.find((said) => said.op === 'ranked' && said.call === call);
    if (ranked?.op !== 'ranked') throw new Error(`call ${call} was not answered`);
    return ranked.answer;
  }

  lists(channel: number, slot = 'home'): Extract<Said, { op: 'list' }>[] {
    return this.said
      .filter((said) => said.op === 'list')
      .filter((said) => said.channel === channel && said.slot === slot);
  }

  /** Writes out the changed users and the changed pages, as the worker does from time to time. */
  async checkpoint(): Promise<void> {
    const { shard, interactions } = this.built;
    shard.beginSweep();
    while (shard.sweepStep());
    shard.commits.commit({ blobs: takeChangedPages(interactions, this.store.journal.end) });
    await shard.commits.idle();
  }

  /** A user's state without what depends on how users were interleaved: journal position and session number. */
  stateOf(user: string): string {
    const { graph, users } = this.built;
    const row = users.load(user);
    const { slabs } = graph;
    const kept = [slabs.position[row], slabs.sessionId[row]];
    slabs.position[row] = slabs.sessionId[row] = 0;
    const state = Buffer.from(new InterestCodec(graph).encode(row)).toString('hex');
    [slabs.position[row], slabs.sessionId[row]] = kept;
    return state;
  }
}

function recordingSink(said: Said[]): ShardSink {
  return {
    applied: (session, seq) => said.push({ op: 'applied', session, seq }),
    durable: (session, seq) => said.push({ op: 'durable', session, seq }),
    refused: (session, seq, expected) => said.push({ op: 'refused', session, seq, expected }),
    list: (channel, slot, { items, scores, rev, reasons, model, segment }) =>
      said.push({
        op: 'list',
        channel,
        slot,
        items: [...items],
        scores: [...scores],
        rev,
        model,
        reasons: reasons?.length ?? 0,
        ...(reasons && { why: reasons }),
        ...(segment !== undefined && { segment }),
      }),
    current: (channel, slot) => said.push({ op: 'current', channel, slot }),
    learn: ({ item }) => said.push({ op: 'learn', item }),
    reply: (reply) => said.push(reply),
    stepped: () => undefined,
    answered: () => said.push({ op: 'answered' }),
  };
}
