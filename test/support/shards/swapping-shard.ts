import { vi } from 'vitest';
import { SILENT_SINK } from '../../../shards/wire/silent-sink.js';
import { turn } from '../../../metrics/process/turn.js';
import { FakeClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import type { SharedCatalogue } from '../../../model/catalogue/shared-catalogue.js';
import { buildShard, type BuiltShard } from '../../../shards/shard/build-shard.js';
import { checkReplay, type ReplayReport } from '../../../shards/replay/check-replay.js';
import type { ShardStore } from '../../../shards/store/store.js';
import { nameOf } from '../../../shards/store/user-key.js';
import { loadScorer, type PostedModel } from '../../../shards/wire/posted-model.js';
import { ModelSwap } from '../../../shards/worker/model-swap.js';
import { recover } from '../../../shards/worker/recovery.js';
import { anEvent } from './shard-calls.js';
import { smallInteractions, TUNING } from './shard-harness.js';

/** Models that take turns, and the items that are clicked. */
export interface SwapWorld {
  readonly catalogue: SharedCatalogue;
  readonly models: readonly PostedModel[];
}

/**
 * A shard of this thread, whose change of the model goes on one bite at a time, when it is told to (`bite`). Timers have to be fake. A process that dies
 * leaves its store alone; whoever opens another shard on that is the next process.
 */
export class SwappingShard {
  readonly #world: SwapWorld;
  readonly #built: BuiltShard;
  readonly #swap: ModelSwap;
  readonly #channels = new Map<string, number>();
  #chores: (() => void)[] = [];

  private constructor(world: SwapWorld, built: BuiltShard) {
    this.#world = world;
    this.#built = built;
    this.#swap = new ModelSwap(built);
    this.#swap.lead((work) => void this.#chores.push(work));
  }

  /** Opens a store as a process does that serves `model`. */
  static async open(
    world: SwapWorld,
    store: ShardStore,
    model: PostedModel,
    usersHot = 8,
  ): Promise<SwappingShard> {
    const built = buildShard({
      shard: 0,
      shards: 1,
      tuning: { ...TUNING, usersHot },
      store,
      tag: model.tag,
      scorer: await loadScorer(model),
      catalogue: world.catalogue,
      interactions: smallInteractions(),
      vectors: model.vectors,
      stats: ThreadStats.create(),
      clock: new FakeClock(1_760_000_000_000),
      sink: SILENT_SINK,
      fail: (error) => {
        throw error;
      },
    });
    await recover(built, TUNING.sessionGapMs, false);
    const shard = new SwappingShard(world, built);
    shard.#swap.begin();
    return shard;
  }

  /** True while states wait to be made anew or to be taken over. */
  get isBusy(): boolean {
    return this.#swap.rebuildsOwn || this.#store.hasRetired;
  }

  /** An event of a user's own session, carried out and committed; undefined: nothing. */
  click(user: string, item: number): void {
    const { shard } = this.#built;
    let channel = this.#channels.get(user);
    if (channel === undefined) {
      channel = this.#channels.size + 1;
      this.#channels.set(user, channel);
      const session = { session: channel, sessionId: nameOf(user) };
      shard.take({ op: 'open', call: 0, channel, user, ...session, isExact: false });
    }
    const seq = (this.#store.sessionSeq(user, nameOf(user)) ?? 0) + 1;
    shard.take({ op: 'event', call: 0, channel, session: channel, event: anEvent({ seq, on: [item] }) });
    shard.flush();
  }

  /** Merges a visitor into a user; each of the three steps is a commit. */
  merge(visitor: string, into: string): void {
    const { shard } = this.#built;
    const given = shard.give(visitor, into);
    if (given.into === undefined) return;
    shard.merge(visitor, given.into, given);
    shard.commits.commit();
    shard.forget(visitor, given.into);
  }

  /** Ends the merges that the process before had begun, as the pool does. */
  finishMerges(): void {
    for (const { visitor, into } of this.#built.shard.unfinished()) this.merge(visitor, into);
  }

  /** Writes out some states, or with `all` all of them, and moves the checkpoint. */
  sweep(all = true): void {
    this.#built.shard.beginSweep();
    let isMore = this.#built.shard.sweepStep();
    if (!all) return;
    while (isMore) isMore = this.#built.shard.sweepStep();
  }

  /** One piece of a swap's work, when its time has come. */
  async bite(): Promise<void> {
    while (this.#chores.length === 0) {
      vi.advanceTimersToNextTimer();
      await turn();
    }
    for (const work of this.#chores.splice(0)) work();
    await turn();
  }

  /** Begins a swap: resolves when `model` is ready, with `meanwhile` called between two bites. */
  async prepare(model: PostedModel, meanwhile: () => void = () => {}): Promise<void> {
    const ready = { is: false };
    void this.#swap.prepare(model, (problem) => {
      if (problem !== undefined) throw new Error(problem);
      ready.is = true;
    });
    while (!ready.is) {
      await this.bite();
      meanwhile();
    }
  }

  async adopt(model: PostedModel): Promise<void> {
    await this.#swap.adopt(model);
    await this.#built.shard.commits.idle();
  }

  discard(): void {
    this.#swap.discard();
  }

  /** Until nothing is to be made anew or taken over any more. */
  async settle(meanwhile: () => void = () => {}): Promise<void> {
    while (this.isBusy) {
      await this.bite();
      meanwhile();
    }
  }

  check(): Promise<ReplayReport> {
    return checkStore(this.#world, this.#store);
  }

  get store(): ShardStore {
    return this.#store;
  }

  /** The process is gone. */
  end(): void {
    this.#swap.stop();
    this.#built.model.scorer.close();
  }

  get #store(): ShardStore {
    return this.#built.context.store;
  }
}

/** What a replay of a store's journal says of its rows. The model is the one that made the states; any one, when that is none. */
export async function checkStore({ catalogue, models }: SwapWorld, store: ShardStore): Promise<ReplayReport> {
  const model = models.find(({ tag }) => tag === store.statesModel) ?? models[0];
  const scorer = await loadScorer(model);
  const plan = { catalogue, model: { tag: model.tag, scorer, vectors: model.vectors }, tuning: TUNING };
  const report = await checkReplay(store, plan);
  scorer.close();
  return report;
}
