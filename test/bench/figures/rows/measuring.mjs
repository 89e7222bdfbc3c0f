// What the rows of `npm run bench` have in common: a gateway on a core of its own, loads, ratios by turns.
import { PinnedGateway } from '../gateway.mjs';
import { kneeOf, load } from '../load.mjs';
import { itemFile, LARGE_SHOP, shopFolder } from '../shop.mjs';

/** p99 that a highest rate has to keep, and what most rows' rates are. */
export const P99_MS = 10;
export const RATE = 1_000;
/** Compilers and caches have done their work by then. What a gateway costs before is the row `first-seconds`. */
const WARM_UP_SECONDS = 15;

/** Seconds, or users: less of it when a bench is only tried out. */
export const least = (bench, whole, quick) => (bench.quick ? quick : whole);

/** Measures against a gateway that serves a copy of the large shop on the server's core; `how` is for `PinnedGateway.start`. */
export async function withGateway(bench, measure, { size = LARGE_SHOP, ...how } = {}) {
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
export async function highest(bench, gateway, flags, core) {
  const quick = bench.quick ? { rate: 50, 'p99-max-ms': 60_000, seconds: 1, warmup: 0.5 } : {};
  const found = await load({ ...bench, core }, gateway.url, {
    profile: 'ramp',
    'p99-max-ms': P99_MS,
    rate: RATE,
    seconds: 4,
    warmup: WARM_UP_SECONDS,
    ...flags,
    ...quick,
  });
  return kneeOf(found, bench.quick);
}

export const knee = ({ ratePerSec, p50, p99, ackP99, isLowerBound }) => ({
  value: ratePerSec,
  more: {
    p50Ms: p50,
    p99Ms: p99,
    ...(ackP99 !== undefined && { ackP99Ms: ackP99 }),
    ...(isLowerBound && { isLowerBound }),
  },
});

/** The same load for a while, which is not measured. */
export const warm = (bench, gateway, flags) =>
  load(bench, gateway.url, { ...flags, seconds: least(bench, WARM_UP_SECONDS, 1) });

/** Clicks at one rate at a gateway that has served for a while, with the CPU that each of them took. */
export async function steady(bench, gateway, flags) {
  const sized = { rate: RATE, sessions: 'long', ...flags, ...(bench.quick && { rate: 50 }) };
  const { items } = flags;
  await warm(bench, gateway, { items, sessions: 'long', rate: least(bench, RATE, 50) });
  const before = gateway.cpuSeconds;
  const result = await load(bench, gateway.url, { seconds: least(bench, 30, 1), ...sized, warmup: 0 });
  return { ...result, cpuUs: (1e6 * (gateway.cpuSeconds - before)) / result.clicks };
}

/** Figures of a run are told with why they may not be the server's. */
export const noted = (result) => (result.limit === undefined ? {} : { notTheServers: result.limit.why });

/** p99 at 1,000 clicks/s of two shops, by turns, so that what else the machine does meets both. */
export async function ratio(bench, [left, right], rounds = 3) {
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

export const p99Of =
  (bench, how, flags = {}, prepare = () => Promise.resolve()) =>
  () =>
    withGateway(
      bench,
      async (gateway, { items }) => {
        await prepare(gateway);
        return (await steady(bench, gateway, { items, rate: RATE, ...flags })).clickToList.p99;
      },
      how,
    );
