// Rows of `npm run bench` that search for a rate.
import { limit } from '../limit.mjs';
import { overload } from '../overload.mjs';
import { ANY_CORE } from '../pinned.mjs';
import { itemFile, LARGE_SHOP, shopFolder } from '../shop.mjs';
import { highest, knee, least, P99_MS, withGateway } from './measuring.mjs';

export const RATES = {
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
          knee(await highest(bench, gateway, { items, connections: 200, sessions: 'long' }, ANY_CORE)),
        { core: ANY_CORE },
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
      const rate = (results.canonical ?? (await RATES.canonical.measure(bench))).value;
      return { value: (100 * rate) / bound.clicksPerSec, more: { ...bound, canonicalPerSec: rate } };
    },
  },
  overload: {
    what: 'p99 of accepted clicks at twice the canonical rate, for 20 s',
    unit: 'ms',
    better: 'lower',
    atLeast: 50,
    aim: 25,
    measure: async (bench, results) => {
      const rate = (results.canonical ?? (await RATES.canonical.measure(bench))).value;
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
  transport: {
    what: 'canonical rate over ws and node:http ÷ over uWebSockets.js',
    unit: 'times',
    better: 'higher',
    atLeast: 0.8,
    aim: 1,
    isLong: true,
    measure: async (bench) => {
      const over = (transport) =>
        withGateway(
          bench,
          (gateway, { items }) => highest(bench, gateway, { items, connections: 200, sessions: 'long' }),
          { env: { AFTERCLICK_TRANSPORT: transport } },
        );
      const [ws, uws] = [await over('ws'), await over('uws')].map(({ ratePerSec }) => ratePerSec);
      return { value: ws / uws, more: { wsPerSec: ws, uwsPerSec: uws } };
    },
  },
};
