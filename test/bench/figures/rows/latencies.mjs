// Rows of `npm run bench` that measure how long a list takes.
import { NO_UNDERSTANDING, putSegments, UNDERSTANDING } from '../understanding.mjs';
import { load } from '../load.mjs';
import { SMALL_SHOP, usersFolder } from '../shop.mjs';
import { least, noted, p99Of, RATE, ratio, steady, warm, withGateway } from './measuring.mjs';

const KNOWN_USERS = 1_000_000;
const HOT_USERS = 100_000;
const FEW_USERS = 10_000;

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

/** The median of the 5-second windows' p99, and the worst. */
export function windowRatio(windows) {
  const sorted = windows.filter(({ duePerSec }) => duePerSec > 0).map(({ p99 }) => p99);
  sorted.sort((a, b) => a - b);
  const [worst, median] = [sorted.at(-1), sorted[Math.floor(sorted.length / 2)]];
  return { value: worst / median, more: { worstP99Ms: worst, medianP99Ms: median } };
}

export const LATENCIES = {
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
  'first-seconds': {
    what: 'p99 click to list at 1,000 clicks/s in the first 10 s of a gateway, while its code is compiled',
    unit: 'ms',
    better: 'lower',
    atLeast: 50,
    aim: 10,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) => {
        const flags = { items, rate: least(bench, RATE, 50), sessions: 'long', warmup: 0 };
        const result = await load(bench, gateway.url, { ...flags, seconds: least(bench, 10, 1) });
        return { value: result.clickToList.p99, more: { p50Ms: result.clickToList.p50, ...noted(result) } };
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
        await warm(bench, gateway, flags);
        const result = await load(bench, gateway.url, { ...flags, seconds: least(bench, 20, 1) });
        return { value: result.latency.p99, more: { p50Ms: result.latency.p50, ...noted(result) } };
      }),
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
