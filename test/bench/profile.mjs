// What a profile costs, of a shopper whose graph is full (32 nodes at most): `node test/bench/profile.mjs [--dist dist]`, after a build. On
// a click: the cut of the graph into interests (at worst one a click). When somebody asks: reading the graph, and the words and shares of
// it. Median and 99th percentile, µs. At most 50 µs a click. Exit code 1 when it is not kept.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { dist: { type: 'string', default: 'dist' } } });
const built = (path) => import(resolve(values.dist, path));
const { InterestGraph } = await built('shards/graph/interest/interest-graph.js');
const { InterestSlabs } = await built('shards/graph/interest/interest-slabs.js');
const { InterestKeeper } = await built('shards/graph/communities/interest-keeper.js');
const { effectOf } = await built('shards/graph/interest/event-effects.js');
const { readGraph } = await built('shards/disclosure/read-graph.js');
const { EVENT_KIND } = await built('model/scorer/event-kinds.js');
const { wireProfile } = await built('gateway/profiles/wire-profile.js');

const CLICK_US_MAX = 50;
const ROUNDS = 20_000;
const CLICKS = 200;
const CATEGORIES = 6;
const WIDTH = 64;
const DAY_MS = 86_400_000;
const TIMES = {
  nodeHalfLifeMs: 14 * DAY_MS,
  edgeHalfLifeMs: 14 * DAY_MS,
  sessionGapMs: 1_800_000,
  slowHalfLifeMs: 60 * DAY_MS,
};

const lines = gunzipSync(readFileSync('model/bundles/demo/items.ndjson.gz'))
  .toString('utf8')
  .trim()
  .split('\n');
const items = lines.map((line) => JSON.parse(line));
const names = [...new Set(items.map((item) => item.category))].slice(0, CATEGORIES);
const shown = names.flatMap((name) => items.filter((item) => item.category === name).slice(0, 8));

const slabs = new InterestSlabs({ users: 1, nodes: 33, edges: 64, clicks: 24, seen: 128, width: WIDTH });
const vectors = Float32Array.from({ length: shown.length * WIDTH }, (_, i) => Math.sin(i * i));
const category = Int32Array.from(shown, (item) => names.indexOf(item.category));
const graph = new InterestGraph(slabs, TIMES, vectors, category);
const keeper = new InterestKeeper(slabs, TIMES);
let nowMs = 1_760_000_000_000;

/** Some clicks in one category, then some in the next, until nodes make room for others. */
function click(n) {
  const item = (Math.floor(n / 4) * 8 + ((n * 3) % 8)) % shown.length;
  nowMs += 20_000;
  graph.beginClick(0, nowMs);
  const touch = { item, category: category[item], brand: -1, kind: EVENT_KIND.view_item, atMs: nowMs };
  graph.touch(0, touch, effectOf(EVENT_KIND.view_item, 0));
  keeper.update(0, 1);
}
for (let n = 0; n < CLICKS; n++) click(n);

const words = {
  idOf: (item) => shown[item].id,
  titleOf: (item) => shown[item].title,
  categoryOf: (code) => names[code],
  brandOf: () => undefined,
  communityOf: () => undefined,
  attributesOf: () => [],
};
const sources = { willBuy: { probability: () => undefined }, segmentOf: () => undefined };

function timesOf(work) {
  const us = Float64Array.from({ length: ROUNDS }, () => {
    const fromMs = performance.now();
    work();
    return (performance.now() - fromMs) * 1e3;
  }).sort();
  return { p50: us[ROUNDS >> 1], p99: us[Math.floor(ROUNDS * 0.99)] };
}

const told = ({ p50, p99 }) => `${p50.toFixed(1)} µs, p99 ${p99.toFixed(1)} µs`;
const cut = timesOf(() => keeper.cut(0));
const read = timesOf(() => readGraph(graph, 0, nowMs));
const user = readGraph(graph, 0, nowMs);
const wire = timesOf(() => wireProfile(user, words, sources));
console.log(`${user.nodes.length} nodes, ${user.edges.length} edges, ${user.interests.length} interests
on a click, the cut into interests: ${told(cut)} (at most ${CLICK_US_MAX})
when asked, in the shard: ${told(read)}; in the gateway, as words: ${told(wire)}`);
process.exitCode = cut.p50 <= CLICK_US_MAX ? 0 : 1;
