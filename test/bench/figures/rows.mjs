// The rows of `npm run bench`: what each measures, what it has to reach, and how.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { consentMs, eraseSeconds, handshakesPerSec, p99BesideImport } from './doors.mjs';
import { PinnedGateway } from './gateway.mjs';
import { limit } from './limit.mjs';
import { kneeOf, load } from './load.mjs';
import { NO_UNDERSTANDING, putSegments, UNDERSTANDING } from './understanding.mjs';
import { certificateOf, everything, locked, UNLOCKED, WITH_TOKENS } from './locked.mjs';
import { overload } from './overload.mjs';
import { onCore, SERVER_CORE } from './pinned.mjs';
import { itemFile, LARGE_SHOP, shopFolder, SMALL_SHOP, usersFolder } from './shop.mjs';

/** p99 that a highest rate has to keep, and what most rows' rates are. */
const P99_MS = 10;
const RATE = 1_000;
const KNOWN_USERS = 1_000_000;
const HOT_USERS = 100_000;
const FEW_USERS = 10_000;
/** Goods of the feed that is imported beside clicks. */
const FEED_ITEMS = 262_144;

/** Seconds, or users: less of it when a bench is only tried out. */
const least = (bench, whole, quick) => (bench.quick ? quick : whole);

/** Measures against a gateway that serves a copy of the large shop on the server's core; `how` is for `PinnedGateway.start`. */
async function withGateway(bench, measure, { size = LARGE_SHOP, ...how } = {}) {
  const count = least(bench, size, Math.min(size, 2_000));
  const from = how.from ?? (await shopFolder(bench, count));
  const gateway = await PinnedGateway.start({ ...bench, from, ...how });
  try {
    return await measure(gateway, { items: itemFile(bench.work, count) });
  } finally {
    await gateway.stop();
  }
}

/** The highest rate of clicks with its list pushed and its ack on disk. */
async function highest(bench, gateway, flags, core) {
  const quick = bench.quick ? { rate: 50, 'p99-max-ms': 60_000, seconds: 1, warmup: 0.5 } : {};
  const found = await load(
    core === undefined ? bench : { ...bench, core: core === 'any' ? undefined : core },
    gateway.url,
    {
      profile: 'ramp',
      'p99-max-ms': P99_MS,
      rate: RATE,
      seconds: 4,
      // Compilers and caches have done their work by then.
      warmup: 15,
      ...flags,
      ...quick,
    },
  );
  return kneeOf(found, bench.quick);
}

const knee = ({ ratePerSec, p50, p99, ackP99, isLowerBound }) => ({
  value: ratePerSec,
  more: {
    p50Ms: p50,
    p99Ms: p99,
    ...(ackP99 !== undefined && { ackP99Ms: ackP99 }),
    ...(isLowerBound && { isLowerBound }),
  },
});

/** Clicks at one rate, with the CPU that each of them took. */
async function steady(bench, gateway, flags) {
  const before = gateway.cpuSeconds;
  const result = await load(bench, gateway.url, {
    rate: bench.quick ? 50 : RATE,
    seconds: least(bench, 30, 1),
    sessions: 'long',
    ...flags,
    ...(bench.quick && flags.rate > 50 && { rate: 50 }),
  });
  return { ...result, cpuUs: (1e6 * (gateway.cpuSeconds - before)) / result.clicks };
}

/** Figures of a run are told with why they may not be the server's. */
const noted = (result) => (result.limit === undefined ? {} : { notTheServers: result.limit.why });

/** A task of test/bench/shard.bench.mjs: one shard in process. */
async function shardTask(bench, task, flags) {
  const [tool, ...args] = onCore(SERVER_CORE, [process.execPath, ...flags]);
  const child = fork(
    join(import.meta.dirname, '../shard.bench.mjs'),
    ['--measure', JSON.stringify({ builds: [bench.dist], ...task })],
    {
      execPath: tool,
      execArgv: args,
      env: { ...process.env, ...(bench.quick && { HOT_USERS: '300' }) },
    },
  );
  const [answer] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof answer !== 'object' || answer === null) throw new Error('test/bench/shard.bench.mjs failed');
  return answer;
}

/** Clicks a second of a pool of so many shards on these cores, without sockets. */
async function poolRate(bench, shards, cores) {
  const count = least(bench, LARGE_SHOP, 2_000);
  const from = await shopFolder(bench, count);
  const [tool, ...args] = onCore(cores, [process.execPath, join(import.meta.dirname, 'pool-child.mjs')]);
  const text = execFileSync(tool, [...args, bench.dist, from, String(shards), String(least(bench, 20, 2))], {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: bench.work },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(text.trim().split('\n').at(-1));
}

/**
 * Bytes a second that the threads of a gateway allocate, from its lines of `--trace-gc`: what each heap grew by from one collection to
 * the next, by the time between its first and its last. Throws where no heap was collected twice.
 */
export function allocatedPerSec(lines) {
  const heaps = new Map();
  for (const line of lines) {
    const found = /^\[\d+:(0x[0-9a-f]+)\] +(\d+) ms: .*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \(/.exec(line);
    if (found === null) continue;
    const [atMs, before, after] = found.slice(2).map(Number);
    const heap = heaps.get(found[1]);
    if (heap === undefined) heaps.set(found[1], { fromMs: atMs, toMs: atMs, after, grown: 0 });
    else {
      heap.grown += Math.max(0, before - heap.after);
      heap.toMs = atMs;
      heap.after = after;
    }
  }
  const collected = [...heaps.values()].filter(({ fromMs, toMs }) => toMs > fromMs);
  if (collected.length === 0) throw new Error('no thread collected its garbage twice: measure for longer');
  return collected.reduce(
    (sum, { fromMs, toMs, grown }) => sum + (1_000 * grown * 2 ** 20) / (toMs - fromMs),
    0,
  );
}

async function allocation(bench) {
  const measure = async (gateway, { items }) => {
    const flags = { items, rate: bench.quick ? 400 : RATE, sessions: 'long' };
    await load(bench, gateway.url, { ...flags, seconds: least(bench, 10, 2) });
    const from = gateway.lines.length;
    const result = await load(bench, gateway.url, { ...flags, seconds: least(bench, 30, 10), warmup: 0 });
    const value = allocatedPerSec(gateway.lines.slice(from)) / result.achievedPerSec;
    return { value, more: noted(result) };
  };
  return withGateway(bench, measure, { flags: ['--trace-gc'] });
}

/** p99 at 1,000 clicks/s of two shops, by turns, so that what else the machine does meets both. */
async function ratio(bench, [left, right], rounds = 3) {
  const ratios = [];
  for (let round = 0; round < least(bench, rounds, 1); round++) {
    const figures = [];
    for (const side of round % 2 === 0 ? [left, right] : [right, left]) figures.push(await side());
    if (round % 2 !== 0) figures.reverse();
    ratios.push({ ratio: figures[0] / figures[1], left: figures[0], right: figures[1] });
  }
  ratios.sort((a, b) => a.ratio - b.ratio);
  const median = ratios[Math.floor(ratios.length / 2)];
  return { value: median.ratio, more: { p99Ms: median.left, otherP99Ms: median.right } };
}

/** @param prepare is given the gateway before the clicks come */
const p99Of =
  (bench, how, flags = {}, prepare = () => undefined) =>
  () =>
    withGateway(
      bench,
      async (gateway, { items }) => {
        await prepare(gateway);
        return (await steady(bench, gateway, { items, rate: RATE, ...flags })).clickToList.p99;
      },
      how,
    );

/** p99 at 1,000 clicks/s once so many shoppers have come and are kept in memory. */
function p99OfMany(bench, users, how) {
  const measure = async (gateway, { items }) => {
    const comers = least(bench, users, 100);
    const coming = {
      items,
      rate: 3_000,
      connections: 500,
      seconds: Math.ceil((comers * 5.2) / 3_000),
      sessions: 'short',
    };
    await load(bench, gateway.url, bench.quick ? { ...coming, rate: 50, seconds: 2 } : coming);
    return (await steady(bench, gateway, { items, rate: RATE })).clickToList.p99;
  };
  return () => withGateway(bench, measure, { env: { AFTERCLICK_USERS_HOT: '150000' }, ...how });
}

async function usersRatio(bench) {
  const from = await usersFolder(bench, least(bench, KNOWN_USERS, 1_000));
  return ratio(bench, [p99OfMany(bench, HOT_USERS, { from }), p99OfMany(bench, FEW_USERS)], 1);
}

/** Start to ready, the median of a few. */
async function startMs(bench, how) {
  const times = [];
  for (let i = 0; i < least(bench, 5, 1); i++) {
    const gateway = await PinnedGateway.start({ ...bench, core: undefined, ...how });
    times.push(gateway.readyMs);
    await gateway.stop();
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

/** The median of the 5-second windows' p99, and the worst. */
export function windowRatio(windows) {
  const sorted = windows.filter(({ duePerSec }) => duePerSec > 0).map(({ p99 }) => p99);
  sorted.sort((a, b) => a - b);
  const [worst, median] = [sorted.at(-1), sorted[Math.floor(sorted.length / 2)]];
  return { value: worst / median, more: { worstP99Ms: worst, medianP99Ms: median } };
}

/**
 * Rows in the order of the table. `better` says which way is good; a row that is `long` is measured only when it is named, `measure`
 * resolves to `{value, more?}`, or to a list of rows of the same, by name.
 */
export const ROWS = {
  canonical: {
    what: 'clicks/s with their lists pushed, p99 ≤ 10 ms, durable, 200 connections, long sessions',
    unit: '/s',
    better: 'higher',
    atLeast: 6_500,
    aim: 10_000,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) => {
        const found = knee(await highest(bench, gateway, { items, connections: 200, sessions: 'long' }));
        return { ...found, more: { ...found.more, residentMiB: gateway.residentBytes / 2 ** 20 } };
      }),
  },
  'short-sessions': {
    what: 'the same with 5,000 connections and short sessions',
    unit: '/s',
    better: 'higher',
    atLeast: 6_000,
    aim: 10_000,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) =>
        knee(
          await highest(bench, gateway, { items, connections: least(bench, 5_000, 50), sessions: 'short' }),
        ),
      ),
  },
  'two-cores': {
    what: 'the same on two cores, nothing pinned, generator beside',
    unit: '/s',
    better: 'higher',
    atLeast: 10_000,
    aim: 16_000,
    measure: (bench) =>
      withGateway(
        bench,
        async (gateway, { items }) =>
          knee(await highest(bench, gateway, { items, connections: 200, sessions: 'long' }, 'any')),
        { core: undefined },
      ),
  },
  limit: {
    what: 'canonical rate as a share of the limit: 1 / (socket echo + batched ONNX step + LMDB put a click)',
    unit: '%',
    better: 'higher',
    atLeast: 40,
    aim: 70,
    measure: async (bench, results) => {
      const bound = await limit(bench);
      const rate = (results.canonical ?? (await ROWS.canonical.measure(bench))).value;
      return { value: (100 * rate) / bound.clicksPerSec, more: { ...bound, canonicalPerSec: rate } };
    },
  },
  p50: {
    what: 'p50 click to list at 1,000 clicks/s',
    unit: 'ms',
    better: 'lower',
    atLeast: 2,
    aim: 1,
    measure: (bench, results) => at1000(bench, results, 'p50'),
  },
  p99: {
    what: 'p99 click to list at 1,000 clicks/s',
    unit: 'ms',
    better: 'lower',
    atLeast: 5,
    aim: 3,
    measure: (bench, results) => at1000(bench, results, 'p99'),
  },
  catalogue: {
    what: 'p99 at 100,000 items ÷ p99 at 4,000 items, 1,000 clicks/s',
    unit: 'times',
    better: 'lower',
    atLeast: 1.3,
    aim: 1.1,
    measure: (bench) => ratio(bench, [p99Of(bench, {}), p99Of(bench, { size: SMALL_SHOP })]),
  },
  users: {
    what: 'p99 with 1,000,000 users known and 100,000 hot ÷ p99 with 10,000 users',
    unit: 'times',
    better: 'lower',
    atLeast: 1.3,
    aim: 1.1,
    isLong: true,
    measure: usersRatio,
  },
  'hot-user': {
    what: 'resident bytes a hot user',
    unit: 'B',
    better: 'lower',
    atLeast: 6_000,
    aim: 3_000,
    measure: async (bench) => {
      const task = { kind: 'memory', copies: 1, batch: 16 };
      const { residentBytes, ...more } = await shardTask(bench, task, ['--expose-gc']);
      return { value: residentBytes, more };
    },
  },
  'idle-connection': {
    what: 'resident bytes an idle connection with a user and a list',
    unit: 'B',
    better: 'lower',
    atLeast: 12_000,
    aim: 8_000,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) => {
        const connections = least(bench, 5_000, 200);
        // What the first connections make the gateway load is not theirs.
        await load(bench, gateway.url, { profile: 'idle', items, connections: 100, seconds: 1 });
        const flags = { profile: 'idle', items, connections, seconds: least(bench, 5, 1) };
        const { memory } = await load(bench, gateway.url, flags);
        return { value: (memory.openBytes - memory.beforeBytes) / connections, more: { connections } };
      }),
  },
  rank: {
    what: 'rank of 200 candidates over HTTP, p99 at 1,000 requests/s',
    unit: 'ms',
    better: 'lower',
    atLeast: 5,
    aim: 3,
    measure: (bench) =>
      withGateway(bench, async (gateway) => {
        const flags = { http: true, call: 'rank', candidates: 200, rate: least(bench, RATE, 20) };
        const result = await load(bench, gateway.url, { ...flags, seconds: least(bench, 20, 1) });
        return { value: result.latency.p99, more: { p50Ms: result.latency.p50, ...noted(result) } };
      }),
  },
  pool: {
    what: 'shard pool alone: two shards on two cores ÷ one on one, clicks/s',
    unit: 'times',
    better: 'higher',
    atLeast: 1.6,
    aim: 1.9,
    measure: async (bench) => {
      const one = await poolRate(bench, 1, `${SERVER_CORE}`);
      const two = await poolRate(bench, 2, undefined);
      if (!bench.quick && Math.max(one.shedLevel, two.shedLevel) >= 2)
        throw new Error('the shards left work out: measure on a machine with less to do');
      return {
        value: two.clicksPerSec / one.clicksPerSec,
        more: {
          onePerSec: one.clicksPerSec,
          twoPerSec: two.clicksPerSec,
          shedLevel: Math.max(one.shedLevel, two.shedLevel),
        },
      };
    },
  },
  allocation: {
    what: 'bytes allocated a click, all threads, at 1,000 clicks/s',
    unit: 'B',
    better: 'lower',
    atLeast: 2_048,
    aim: 512,
    measure: allocation,
  },
  windows: {
    what: "worst 5-second window's p99 ÷ the median window's, ten minutes at 1,000/s",
    unit: 'times',
    better: 'lower',
    atLeast: 2,
    aim: 1.3,
    isLong: true,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) => {
        const flags = { profile: 'soak', items, rate: RATE, seconds: least(bench, 600, 5) };
        const result = await steady(bench, gateway, flags);
        const found = windowRatio(result.windows);
        return {
          ...found,
          more: { ...found.more, residentMiB: gateway.residentBytes / 2 ** 20, ...noted(result) },
        };
      }),
  },
  overload: {
    what: 'p99 of accepted clicks at twice the canonical rate, for 20 s',
    unit: 'ms',
    better: 'lower',
    atLeast: 50,
    aim: 25,
    measure: async (bench, results) => {
      const rate = (results.canonical ?? (await ROWS.canonical.measure(bench))).value;
      const count = least(bench, LARGE_SHOP, 2_000);
      const shop = { from: await shopFolder(bench, count), items: itemFile(bench.work, count) };
      return overload(bench, shop, { rate, seconds: least(bench, 30, 3), p99Ms: P99_MS });
    },
  },
  'recommend-rate': {
    what: 'recommend over HTTP: highest rate with p99 ≤ 10 ms',
    unit: '/s',
    better: 'higher',
    atLeast: 6_000,
    aim: 9_500,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) =>
        knee(await highest(bench, gateway, { items, http: true, call: 'recommend', connections: 100 })),
      ),
  },
  'recommend-cpu': {
    what: 'recommend over HTTP: CPU each, at 2,000/s',
    unit: 'µs',
    better: 'lower',
    atLeast: 150,
    aim: 100,
    measure: (bench) =>
      withGateway(bench, async (gateway) => {
        const before = gateway.cpuSeconds;
        const flags = { http: true, call: 'recommend', connections: 100, warmup: 0 };
        const sized = { ...flags, rate: least(bench, 2_000, 20), seconds: least(bench, 20, 1) };
        const result = await load(bench, gateway.url, sized);
        return { value: (1e6 * (gateway.cpuSeconds - before)) / result.answers, more: noted(result) };
      }),
  },
  'cpu-at-250': {
    what: 'CPU a click at 250/s',
    unit: 'µs',
    better: 'lower',
    atLeast: 600,
    aim: 300,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) => {
        const result = await steady(bench, gateway, { items, rate: least(bench, 250, 50) });
        return { value: result.cpuUs, more: noted(result) };
      }),
  },
  resident: {
    what: 'resident after the canonical run',
    unit: 'MiB',
    better: 'lower',
    atLeast: 400,
    aim: 250,
    measure: async (bench, results) => {
      const { more } = results.canonical ?? (await ROWS.canonical.measure(bench));
      return { value: more.residentMiB };
    },
  },
  'locked-door': {
    what: 'p99 with TLS, tokens, encryption and limits ÷ p99 without, 1,000 clicks/s',
    unit: 'times',
    better: 'lower',
    atLeast: 1.1,
    aim: 1.05,
    isLong: true,
    measure: async (bench) => {
      const loadEnv = {
        AFTERCLICK_TOKEN: await everything(),
        NODE_EXTRA_CA_CERTS: certificateOf(bench.work).certificate,
      };
      const inside = p99Of({ ...bench, loadEnv }, { env: locked(bench.work) });
      return ratio(bench, [inside, p99Of(bench, { env: UNLOCKED })]);
    },
  },
  understanding: {
    what: 'p99 with the market counted, eight segments, segments nobody named and communities ÷ p99 without any of it, 1,000 clicks/s',
    unit: 'times',
    better: 'lower',
    atLeast: 1.03,
    aim: 1,
    isLong: true,
    measure: (bench) =>
      ratio(
        bench,
        [p99Of(bench, { env: UNDERSTANDING }, {}, putSegments), p99Of(bench, { env: NO_UNDERSTANDING })],
        5,
      ),
  },
  handshakes: {
    what: 'connections with a token that was not seen before, from TCP to welcome',
    unit: '/s',
    better: 'higher',
    atLeast: 500,
    aim: 1_000,
    isLong: true,
    measure: (bench) =>
      withGateway(bench, (gateway) => handshakesPerSec(bench, gateway, least(bench, 20_000, 200)), {
        env: WITH_TOKENS,
      }),
  },
  erase: {
    what: 'erasing a user of 50 events, the longest of 50, encrypted at rest',
    unit: 's',
    better: 'lower',
    atLeast: 1,
    aim: 0.1,
    isLong: true,
    measure: (bench) => {
      const { AFTERCLICK_MASTER_KEY_FILE } = locked(bench.work);
      const env = { AFTERCLICK_MASTER_KEY_FILE };
      return withGateway(bench, (gateway) => eraseSeconds(gateway, least(bench, 50, 5)), { env });
    },
  },
  consent: {
    what: 'asking what a user allows over HTTP, p50',
    unit: 'ms',
    better: 'lower',
    atLeast: 5,
    aim: 2,
    isLong: true,
    measure: (bench) => withGateway(bench, (gateway) => consentMs(gateway, least(bench, 2_000, 50))),
  },
  'import-beside': {
    what: 'p99 of 200 shoppers at 250 clicks/s, worst second while 262,144 items are imported',
    unit: 'ms',
    better: 'lower',
    atLeast: 50,
    aim: 20,
    isLong: true,
    measure: (bench) =>
      withGateway(
        bench,
        (gateway, { items }) =>
          p99BesideImport(bench, gateway, {
            items,
            rate: least(bench, 250, 50),
            feedItems: least(bench, FEED_ITEMS, 5_000),
          }),
        { size: SMALL_SHOP, env: { AFTERCLICK_ITEMS_MAX: '524288' } },
      ),
  },
  'start-demo': {
    what: 'start to ready, demo',
    unit: 's',
    better: 'lower',
    atLeast: 1.5,
    aim: 0.8,
    measure: async (bench) => ({ value: (await startMs(bench, {})) / 1_000 }),
  },
  'start-large': {
    what: 'start to ready, 100,000 items and 1,000,000 users on disk',
    unit: 's',
    better: 'lower',
    atLeast: 5,
    aim: 2,
    isLong: true,
    measure: async (bench) => {
      const dataDir = await usersFolder(bench, least(bench, KNOWN_USERS, 1_000));
      const items = itemFile(bench.work, least(bench, LARGE_SHOP, 2_000));
      const gateway = await PinnedGateway.start({ ...bench, dataDir });
      await load(bench, gateway.url, { items, rate: 20, seconds: 1 });
      await gateway.stop();
      return { value: (await startMs(bench, { dataDir })) / 1_000 };
    },
  },
};

/** p50 and p99 are of one run. */
async function at1000(bench, results, figure) {
  results.at1000 ??= await withGateway(bench, (gateway, { items }) =>
    steady(bench, gateway, { items, rate: RATE }),
  );
  const { clickToList, clickToAck, cpuUs } = results.at1000;
  return {
    value: clickToList[figure],
    more: { ackMs: clickToAck[figure], cpuUs, ...noted(results.at1000) },
  };
}
