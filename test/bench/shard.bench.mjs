// One shard alone, in process and without sockets or a disk: what a click costs it, by stage and by users a round.
//   node build.mjs dist-new && node test/bench/shard.bench.mjs dist-new   microseconds, stages, allocation, memory of a hot user
//   node test/bench/shard.bench.mjs dist-old dist-new                     the same of two builds that take turns, and old ÷ new
// Sessions of the demo shop that its bundle was not trained on are clicked by many shoppers at once, in a catalogue of some copies of
// its items, so that the tables are larger than the caches. Lists are hashed: two builds that should rank alike have one hash.
import { fork } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';
import { SLOT, VIEW_ITEM } from './figures/clicked-slot.mjs';

const ITEMS = 3_514;
/** Copies of the demo shop's items. */
const SHOPS = (process.env.SHOPS ?? '1,16').split(',').map(Number);
const BATCHES = (process.env.BATCHES ?? '1,4,16').split(',').map(Number);
const SLICES = +(process.env.SLICES ?? 31);
const SLICE_CLICKS = 400;
const SHOPPERS = 2_000;
const WARM_UP = 4_000;
/** Clicks between two collections where allocation is measured: what they leave fits into the young generation. */
const ALLOCATING_CLICKS = 2_000;
const HOT_USERS = +(process.env.HOT_USERS ?? 20_000);
const CLICK_MS = 20_000;
/** A young generation that holds what is measured. */
const YOUNG = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'];

/** Runs a task in a process of its own. */
function measure(task, flags = []) {
  return new Promise((done, failed) => {
    const child = fork(process.argv[1], ['--measure', JSON.stringify(task)], { execArgv: flags });
    child.once('message', done);
    child.once('exit', (code) => code !== 0 && failed(new Error(`${JSON.stringify(task)} failed`)));
  });
}

async function compare(given) {
  const builds = given.length === 0 ? ['dist'] : given;
  for (const copies of SHOPS)
    for (const batch of BATCHES) {
      const { builds: figures, ratio } = await measure({ kind: 'time', builds, copies, batch });
      for (const [i, build] of builds.entries())
        tell(build, `${copies * ITEMS} items, ${batch} a round`, figures[i]);
      if (builds.length === 2) process.stdout.write(`  ratio ${ratio.toFixed(3)}\n`);
    }
  for (const build of builds)
    for (const batch of [1, 16])
      tell(
        build,
        `allocation, ${batch} a round`,
        await measure({ kind: 'allocation', builds: [build], copies: 1, batch }, YOUNG),
      );
  for (const build of builds)
    tell(
      build,
      'memory',
      await measure({ kind: 'memory', builds: [build], copies: 1, batch: 16 }, ['--expose-gc']),
    );
}

function tell(build, what, figures) {
  const shown = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toFixed(2)) : value}`,
  );
  process.stdout.write(`${build}: ${what}: ${shown.join(', ')}\n`);
}

async function run(task) {
  const shops = [];
  for (const build of task.builds) shops.push(await openShop(resolve(build), task));
  switch (task.kind) {
    case 'time':
      return time(shops, task);
    case 'allocation':
      return allocation(shops[0], task);
    default:
      return memory(shops[0], task);
  }
}

/** Both builds in one process, in slices that take turns: what else the machine does meets both alike. */
async function time(shops, { batch }) {
  for (const shop of shops) await shop.click(WARM_UP, batch);
  const before = shops.map((shop) => shop.stages());
  const us = shops.map(() => []);
  for (let slice = 0; slice < SLICES; slice++)
    for (const [i, shop] of slice % 2 === 0 ? [...shops.entries()] : [...shops.entries()].reverse()) {
      const start = process.cpuUsage();
      await shop.click(SLICE_CLICKS, batch);
      const { user, system } = process.cpuUsage(start);
      us[i].push((user + system) / SLICE_CLICKS);
    }
  const ratios = us.length === 2 ? us[0].map((slice, i) => slice / us[1][i]) : [];
  return {
    builds: shops.map((shop, i) => {
      const after = shop.stages();
      const byStage = Object.entries(after).map(([name, sum]) => [
        name,
        (sum - before[i][name]) / (SLICES * SLICE_CLICKS),
      ]);
      return { us: median(us[i]), ...Object.fromEntries(byStage), hash: shop.hash() };
    }),
    ratio: median(ratios),
  };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

async function allocation(shop, { batch }) {
  await shop.click(WARM_UP, batch);
  globalThis.gc();
  const before = process.memoryUsage();
  await shop.click(ALLOCATING_CLICKS, batch);
  const after = process.memoryUsage();
  return {
    heapBytes: (after.heapUsed - before.heapUsed) / ALLOCATING_CLICKS,
    bufferBytes: (after.arrayBuffers - before.arrayBuffers) / ALLOCATING_CLICKS,
  };
}

async function memory(shop, { batch }) {
  globalThis.gc();
  const before = process.memoryUsage();
  const clicks = await shop.everybody(HOT_USERS, batch);
  globalThis.gc();
  const after = process.memoryUsage();
  return {
    clicksEach: clicks / HOT_USERS,
    residentBytes: (after.rss - before.rss) / HOT_USERS,
    heapBytes: (after.heapUsed - before.heapUsed) / HOT_USERS,
  };
}

async function openShop(dist, { copies }) {
  const load = (path) => import(pathToFileURL(join(dist, path)));
  const { loadBundle } = await load('model/bundle/bundle.js');
  const { readInteractions } = await load('model/train/data/readers/interactions.js');
  const { loadModel, loadable } = await load('shards/learning/serving/loaded-model.js');
  const { evaluationOf } = await load('shards/learning/evaluation/evaluation.js');
  const demo = new URL('../../model/bundles/demo', import.meta.url).pathname;
  const bundle = await loadBundle(demo);
  const model = await loadModel(copied(loadable(bundle), copies));
  const { dataset, test } = evaluationOf(bundle.manifest, await readInteractions(`${demo}/source`, true));
  const sessions = Array.from({ length: test.to - test.from }, (_, i) =>
    Array.from(dataset.item.subarray(dataset.start[test.from + i], dataset.start[test.from + i + 1])),
  );
  return new Shop(await shardOf(load, model, bundle.manifest.training.until), {
    sessions,
    indexOfRow: model.indexOfRow,
    items: bundle.items.length,
    copies,
  });
}

/** The bundle with every item `copies` times, each copy a shop of its own but for categories and trends. */
function copied(bundle, copies) {
  if (copies === 1) return bundle;
  const count = bundle.items.length;
  const similarCount = bundle.similar.length / count;
  const vectors = new Float32Array(bundle.vectors.length * copies);
  const similar = new Int32Array(bundle.similar.length * copies);
  const items = [];
  for (let copy = 0; copy < copies; copy++) {
    for (const item of bundle.items) items.push(copy === 0 ? item : { ...item, id: `${item.id}~${copy}` });
    vectors.set(bundle.vectors, copy * bundle.vectors.length);
    for (let i = 0; i < count * similarCount; i++)
      similar[copy * count * similarCount + i] =
        bundle.similar[i] < 0 ? -1 : bundle.similar[i] + copy * count;
  }
  return { ...bundle, items, vectors, similar, history: copiedHistory(bundle.history, count, copies) };
}

/** Sessions go round the copies: `[sessions, (seconds, length, rows…, kinds…)…]`. */
function copiedHistory(history, count, copies) {
  const all = [0];
  for (let copy = 0; copy < copies; copy++) {
    for (let at = 1, left = history[0]; left > 0; left--) {
      const length = history[at + 1];
      if ((left + copy) % 4 === 0) {
        all[0]++;
        all.push(history[at], length);
        for (let i = 0; i < length; i++) all.push(history[at + 2 + i] + copy * count);
        for (let i = 0; i < length; i++) all.push(history[at + 2 + length + i]);
      }
      at += 2 + 2 * length;
    }
  }
  return Uint32Array.from(all);
}

async function shardOf(load, model, untilMs) {
  const { buildShard, interactionTimes } = await load('shards/shard/build-shard.js');
  const { createSharedInteractions, INTERACTION_DEFAULTS } = await load(
    'shards/graph/interactions/interaction-buffers.js',
  );
  const { InteractionGraph } = await load('shards/graph/interactions/interaction-graph.js');
  const { rebuildTops } = await load('shards/graph/interactions/interaction-pages.js');
  const { warmInteractions } = await load('shards/graph/interactions/warm-interactions.js');
  const { openMemoryStore } = await load('shards/store/memory/memory-store.js');
  const { ThreadStats } = await load('metrics/thread-stats.js');
  const { HISTOGRAM } = await load('metrics/table.js');
  const { BUCKET_COUNT } = await load('metrics/buckets.js');
  const store = openMemoryStore();
  const tuning = {
    usersHot: HOT_USERS,
    sessionGapMs: 30 * 60_000,
    interestHalfLifeMs: 14 * 86_400_000,
    transitionHalfLifeMs: 60 * 86_400_000,
    trendHalfLifeMs: 7 * 86_400_000,
  };
  const { itemMax, records } = model.catalogue.shared;
  const interactions = createSharedInteractions({ ...INTERACTION_DEFAULTS, items: itemMax }, records);
  const graph = new InteractionGraph(interactions, interactionTimes(tuning), 0, 1);
  warmInteractions(graph, model.history, model.indexOfRow, untilMs);
  const heard = { hash: 0, lists: 0 };
  const clock = { ms: untilMs, nowMs: () => clock.ms, nowUs: () => performance.now() * 1_000 };
  const stats = ThreadStats.create();
  const built = buildShard({
    shard: 0,
    shards: 1,
    tuning,
    store,
    scorer: model.scorer,
    catalogue: model.catalogue.shared,
    interactions,
    vectors: model.vectors,
    stats,
    clock,
    sink: hearing({
      list: (_channel, _slot, { items, scores }) => {
        heard.lists++;
        for (let i = 0; i < items.length; i++) {
          heard.hash = (Math.imul(heard.hash, 31) + items[i]) | 0;
          heard.hash = (Math.imul(heard.hash, 31) + Math.round(scores[i] * 1e5)) | 0;
        }
      },
    }),
    fail: (error) => {
      throw error;
    },
  });
  built.interactions.continueSessions();
  rebuildTops(built.interactions, built.trends, built.popular);
  const counts = new Float64Array(BUCKET_COUNT);
  const stages = () =>
    Object.fromEntries(
      ['graph', 'model', 'candidates', 'ranking'].map((name) => [
        name,
        stats.addHistogram(HISTOGRAM.stage[name], counts),
      ]),
    );
  // A journal is on a disk: what it holds is no memory of a user.
  const forgetJournal = () => store.journal.drop(store.journal.end);
  return { shard: built.shard, clock, heard, stages, forgetJournal };
}

/** A sink that hears what `heard` takes, and lets the rest pass: a shard that says more than it did is measured as well. */
function hearing(heard) {
  return new Proxy(heard, { get: (sink, name) => sink[name] ?? nothing });
}

function nothing() {}

/** Shoppers who click their sessions through, one click each in turn, and begin the next one then. */
class Shop {
  #served;
  #data;
  #seqs = [];
  #at = [];
  #session = [];
  #next = 0;
  #turn = 0;

  constructor(served, data) {
    this.#served = served;
    this.#data = data;
  }

  stages() {
    return this.#served.stages();
  }

  hash() {
    return `${this.#served.heard.hash >>> 0} of ${this.#served.heard.lists} lists`;
  }

  /** `count` clicks of `SHOPPERS` shoppers, `batch` a round. */
  async click(count, batch) {
    for (let done = 0; done < count;) {
      for (let i = 0; i < batch && done < count; i++, done++) this.#clickOf(this.#turn++ % SHOPPERS);
      this.#flush();
      // A turn for what the commit left behind.
      if (done % 256 < batch) await new Promise((resume) => setImmediate(resume));
    }
  }

  /** One session of each of `users`; resolves to how many clicks that were. */
  async everybody(users, batch) {
    let clicks = 0;
    for (let first = 0; first < users; first += batch) {
      const end = Math.min(users, first + batch);
      for (let left = end - first; left > 0;) {
        left = 0;
        for (let user = first; user < end; user++)
          if (this.#clickOf(user, true)) {
            left++;
            clicks++;
          }
        this.#flush();
        this.#served.forgetJournal();
      }
      await new Promise((resume) => setImmediate(resume));
    }
    return clicks;
  }

  #flush() {
    const { shard, clock } = this.#served;
    clock.ms += 5;
    shard.flush();
  }

  #clickOf(user, once = false) {
    const { shard, clock } = this.#served;
    const { sessions, indexOfRow, items, copies } = this.#data;
    if (this.#seqs[user] === undefined) {
      const channel = user + 1;
      shard.take({
        op: 'open',
        call: channel,
        channel,
        user: `user-${user}`,
        session: channel,
        sessionId: `session-${user}`,
        isExact: false,
      });
      shard.take({ op: 'subscribe', channel, slots: [SLOT] });
      this.#seqs[user] = 0;
      this.#at[user] = 0;
      this.#session[user] = this.#next++;
    }
    let session = sessions[this.#session[user] % sessions.length];
    if (this.#at[user] === session.length) {
      if (once) return false;
      this.#at[user] = 0;
      this.#session[user] = this.#next++;
      session = sessions[this.#session[user] % sessions.length];
    }
    const row = session[this.#at[user]++] + (this.#session[user] % copies) * items;
    const event = {
      seq: ++this.#seqs[user],
      kind: VIEW_ITEM,
      tsMs: clock.ms + this.#seqs[user] * CLICK_MS,
      items: [indexOfRow[row]],
      value: 0,
      quantity: 1,
      query: '',
    };
    shard.take({ op: 'event', channel: user + 1, session: user + 1, event, call: 0 });
    return true;
  }
}

if (process.argv[2] === '--measure') {
  const figures = await run(JSON.parse(process.argv[3]));
  if (process.send === undefined) console.log(JSON.stringify(figures));
  else process.send(figures);
}
if (process.argv[2] !== '--measure') await compare(process.argv.slice(2));
