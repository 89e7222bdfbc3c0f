import { InteractionGraph } from '../../shards/graph/interactions/interaction-graph.js';
import { expect, test } from 'vitest';
import { FakeClock } from '../../metrics/process/clock.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import { turn } from '../../metrics/process/turn.js';
import { FEATURE_COUNT } from '../../model/features/feature-list.js';
import type { Dataset } from '../../model/train/data/dataset.js';
import { packHistory } from '../../model/train/data/history.js';
import { initialParameters } from '../../model/train/network/parameters.js';
import { Random } from '../../model/train/random-numbers.js';
import { buildShard, interactionTimes, type BuiltShard } from '../../shards/shard/build-shard.js';
import type { ShardReply, ShardSink } from '../../shards/wire/calls.js';
import {
  createSharedInteractions,
  INTERACTION_DEFAULTS,
} from '../../shards/graph/interactions/interaction-buffers.js';
import { rebuildTops } from '../../shards/graph/interactions/interaction-pages.js';
import { warmInteractions } from '../../shards/graph/interactions/warm-interactions.js';
import { loadModel, type LoadedModel } from '../../shards/learning/serving/loaded-model.js';
import { ServingPath } from '../../shards/learning/serving/serving-path.js';
import type { ScoredWatch } from '../../shards/shard/lists/list-service.js';
import { shardOptions } from '../../shards/pool/shard-options.js';
import type { ScoredCandidates } from '../../shards/ranking/scoring/candidate-scoring.js';
import { openMemoryStore } from '../../shards/store/memory/memory-store.js';
import { anOpening, aSend, aSubscription, openAs } from '../support/shards/shard-calls.js';
import { tinyDataset, TINY_ITEMS } from '../support/model/tiny-dataset.js';
import { exportNetworks } from '../../model/train/export/assemble-bundle.js';

const SHAPE = { width: 8, neighbours: 9, recents: 2, features: FEATURE_COUNT };
const SESSIONS = 30;
const HISTORY = { from: 0, to: 18 };

function model(dataset: Dataset): Promise<LoadedModel> {
  const random = new Random(1);
  const vectors = Float32Array.from({ length: TINY_ITEMS * SHAPE.width }, () => random.normal());
  for (let item = 0; item < TINY_ITEMS; item++) {
    const row = vectors.subarray(item * SHAPE.width, (item + 1) * SHAPE.width);
    const length = Math.hypot(...row);
    row.forEach((value, d) => (row[d] = value / length));
  }
  return loadModel({
    name: 'parity',
    version: '1',
    ...SHAPE,
    networks: exportNetworks(SHAPE, initialParameters(SHAPE, random)),
    vectors,
    similar: new Int32Array(TINY_ITEMS * 2).fill(-1),
    items: dataset.itemIds.map((id, row) => ({
      id,
      price: 1 + row,
      ...((dataset.category?.[row] ?? -1) >= 0 && { category: `c${dataset.category?.[row]}` }),
      ...((dataset.brand?.[row] ?? -1) >= 0 && { brand: `b${dataset.brand?.[row]}` }),
    })),
    history: packHistory(dataset, HISTORY),
    content: {},
  });
}

/** Items and features of a user's candidates, as bytes in hexadecimal. */
function bytesOf({ items, columns, stride, count }: ScoredCandidates): string {
  const features = Array.from({ length: FEATURE_COUNT }, (_, f) =>
    Float32Array.from(columns.subarray(f * stride, f * stride + count)),
  );
  return [Int32Array.from(items.subarray(0, count)), ...features]
    .map((part) => Buffer.from(part.buffer).toString('hex'))
    .join(' ');
}

const endOfHistoryMs = ({ timeMs, start }: Dataset) => (timeMs as Float64Array)[start[HISTORY.to] - 1];

/** What training and evaluation fit and measure on: the features of every question. */
async function offline(dataset: Dataset): Promise<Map<number, string>> {
  const seen = new Map<number, string>();
  const path = new ServingPath(await model(dataset), dataset, endOfHistoryMs(dataset), 1);
  const range = { from: HISTORY.to, to: SESSIONS };
  await path.drive(
    range,
    { learns: true, k: 5, sideBySide: 1 },
    {
      scored: ({ click }, scored) => {
        seen.set(click, bytesOf(scored));
      },
    },
  );
  path.model.scorer.close();
  return seen;
}

function quietSink(told: ShardReply[]): ShardSink {
  const nothing = () => {};
  return {
    applied: nothing,
    durable: nothing,
    refused: nothing,
    list: nothing,
    current: nothing,
    learn: nothing,
    stepped: nothing,
    answered: nothing,
    reply: (reply) => told.push(reply),
  };
}

function servingShard(
  loaded: LoadedModel,
  clock: FakeClock,
  sink: ShardSink,
  watch: ScoredWatch,
): BuiltShard {
  const fallback = (name: Exclude<keyof typeof shardOptions, 'slotsCounted'>) => shardOptions[name].fallback;
  const tuning = {
    usersHot: 64,
    sessionGapMs: fallback('sessionGapMs'),
    interestHalfLifeMs: fallback('interestHalfLifeMs'),
    transitionHalfLifeMs: fallback('transitionHalfLifeMs'),
    trendHalfLifeMs: fallback('trendHalfLifeMs'),
  };
  const interactions = createSharedInteractions({
    ...INTERACTION_DEFAULTS,
    items: loaded.catalogue.shared.itemMax,
  });
  warmInteractions(
    new InteractionGraph(interactions, interactionTimes(tuning), 0, 1),
    loaded.history,
    loaded.indexOfRow,
    clock.nowMs(),
  );
  const built = buildShard({
    shard: 0,
    shards: 1,
    tuning,
    store: openMemoryStore(),
    scorer: loaded.scorer,
    catalogue: loaded.catalogue.shared,
    interactions,
    vectors: loaded.vectors,
    stats: ThreadStats.create(),
    clock,
    sink,
    fail: (error) => {
      throw error;
    },
    watch,
  });
  built.interactions.continueSessions();
  rebuildTops(built.interactions, built.trends, built.popular);
  return built;
}

/** The same clicks as a gateway sends them to a shard: sessions opened, slots subscribed, events numbered. */
async function online(dataset: Dataset): Promise<Map<number, string>> {
  const seen = new Map<number, string>();
  const loaded = await model(dataset);
  const clock = new FakeClock(endOfHistoryMs(dataset));
  const told: ShardReply[] = [];
  let click = -1;
  const built = servingShard(loaded, clock, quietSink(told), (_slot, scored) => {
    seen.set(click, bytesOf(scored));
  });
  for (let session = HISTORY.to; session < SESSIONS; session++) {
    const user = `u${dataset.user[session]}`;
    built.shard.take(anOpening({ user, ...openAs(session), sessionId: `s${session}`, call: session }));
    built.shard.take(aSubscription(openAs(session)));
    click = -1;
    built.shard.flush();
    await turn();
    for (click = dataset.start[session]; click < dataset.start[session + 1]; click++) {
      const tsMs = (dataset.timeMs as Float64Array)[click];
      clock.advanceMs(Math.max(0, tsMs - clock.nowMs()));
      const items = [loaded.indexOfRow[dataset.item[click]]];
      const seq = click - dataset.start[session] + 1;
      const event = { seq, kind: dataset.kind[click], tsMs, items, value: 0, quantity: 1, query: '' };
      built.shard.take(aSend({ by: openAs(session), event }));
      built.shard.flush();
    }
  }
  expect(told.filter(({ op }) => op === 'opened')).toHaveLength(SESSIONS - HISTORY.to);
  loaded.scorer.close();
  return seen;
}

test('training and serving compute the same features, byte by byte', async () => {
  const dataset = tinyDataset(SESSIONS);
  const [trained, served] = [await offline(dataset), await online(dataset)];
  expect(trained.size).toBeGreaterThan(20);
  expect(new Set(trained.values()).size).toBeGreaterThan(20);
  for (const [click, bytes] of trained)
    expect(served.get(click), `features after click ${click}`).toBe(bytes);
});
