import { InteractionGraph } from '../../../shards/graph/interactions/interaction-graph.js';
import { fileURLToPath } from 'node:url';
import { FakeClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { loadBundle } from '../../../model/bundle/bundle.js';
import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import { readInteractions } from '../../../model/train/data/readers/interactions.js';
import { buildShard, interactionTimes, type BuiltShard } from '../../../shards/shard/build-shard.js';
import {
  createSharedInteractions,
  INTERACTION_DEFAULTS,
} from '../../../shards/graph/interactions/interaction-buffers.js';
import { rebuildTops } from '../../../shards/graph/interactions/interaction-pages.js';
import { warmInteractions } from '../../../shards/graph/interactions/warm-interactions.js';
import { evaluationOf } from '../../../shards/learning/evaluation/evaluation.js';
import { loadModel, loadable, type LoadedModel } from '../../../shards/learning/serving/loaded-model.js';
import { openMemoryStore } from '../../../shards/store/memory/memory-store.js';
import { TUNING } from './shard-harness.js';
import type { ShardList, SlotDefinition } from '../../../shards/wire/slot-lists.js';

const DEMO = fileURLToPath(new URL('../../../model/bundles/demo', import.meta.url));
const CLICK_MS = 20_000;

/** The shipped bundle behind a shard, with its history as the interaction graph. Nothing learns, so that histories compare. */
export class DemoShard {
  /** Sessions of the shop that the bundle was not trained on, as item indices in the order of the clicks. */
  readonly sessions: readonly (readonly number[])[];
  readonly #model: LoadedModel;
  readonly #built: BuiltShard;
  readonly #clock: FakeClock;
  #list: ShardList | undefined;
  #users = 0;

  private constructor(model: LoadedModel, sessions: readonly (readonly number[])[], nowMs: number) {
    this.sessions = sessions;
    this.#model = model;
    this.#clock = new FakeClock(nowMs);
    const interactions = createSharedInteractions({
      ...INTERACTION_DEFAULTS,
      items: model.catalogue.shared.itemMax,
    });
    warmInteractions(
      new InteractionGraph(interactions, interactionTimes(TUNING), 0, 1),
      model.history,
      model.indexOfRow,
      nowMs,
    );
    const nothing = () => {};
    this.#built = buildShard({
      shard: 0,
      shards: 1,
      tuning: TUNING,
      store: openMemoryStore(),
      scorer: model.scorer,
      catalogue: model.catalogue.shared,
      interactions,
      vectors: model.vectors,
      stats: ThreadStats.create(),
      clock: this.#clock,
      sink: {
        list: (_channel, _slot, list) =>
          (this.#list = { ...list, items: list.items.slice(), scores: list.scores.slice() }),
        applied: nothing,
        durable: nothing,
        refused: nothing,
        current: nothing,
        learn: nothing,
        reply: nothing,
        stepped: nothing,
        answered: nothing,
      },
      fail: (error) => {
        throw error;
      },
    });
    this.#built.interactions.continueSessions();
    rebuildTops(this.#built.interactions, this.#built.trends, this.#built.popular);
  }

  static async open(): Promise<DemoShard> {
    const bundle = await loadBundle(DEMO);
    const model = await loadModel(loadable(bundle));
    const { dataset, test } = evaluationOf(bundle.manifest, await readInteractions(`${DEMO}/source`, true));
    const sessions = Array.from({ length: test.to - test.from }, (_, i) =>
      Array.from(
        dataset.item.subarray(dataset.start[test.from + i], dataset.start[test.from + i + 1]),
        (row) => model.indexOfRow[row],
      ).filter((item) => item >= 0),
    );
    return new DemoShard(model, sessions, bundle.manifest.training.until ?? 0);
  }

  /** The list of a new shopper who views these items, one after the other. */
  async listAfter(items: readonly number[], slot: SlotDefinition): Promise<ShardList> {
    const { shard, users } = this.#built;
    const user = `shopper-${this.#users++}`;
    const channel = shard.openRecovery(user, [slot]);
    const fromMs = this.#clock.nowMs();
    this.#list = undefined;
    for (const [i, item] of items.entries()) {
      const event = { user, session: '', seq: 0, kind: EVENT_KIND.view_item, tsMs: fromMs + i * CLICK_MS };
      shard.takeRecovered(
        channel,
        { ...event, items: [item], value: 0, quantity: 1, query: '', hits: [], eventId: '' },
        0,
        false,
      );
    }
    // In one tick, so that the last click alone makes a list.
    shard.flush();
    shard.closeRecovery();
    users.drop(user);
    if (this.#list === undefined) throw new Error('no list came');
    return this.#list;
  }

  close(): void {
    this.#model.scorer.close();
  }
}
