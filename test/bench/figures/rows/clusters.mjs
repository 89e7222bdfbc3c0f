// Rows of `npm run bench` that measure a cluster: three gateways and three NATS servers on this machine. They need root, for shares of cores.
import { withAlone, withCluster } from '../cluster-group.mjs';
import { forwardedMs } from '../forwarded.mjs';
import { kneeOf, load } from '../load.mjs';
import { ANY_CORE, CLIENT_CORE, SERVER_CORE } from '../pinned.mjs';
import { least, noted } from './measuring.mjs';

/**
 * Of the servers' core for each gateway. Three have three quarters of it; the NATS servers and the generator have the other core, which
 * the generator uses a fifth of at these rates.
 */
const CORES = 0.25;
const NODES = 3;
/** A gateway that has used its share of 10 ms waits for the next: what counts is that nothing falls behind. */
const P99_MS = 250;
/** Rates at which acknowledgements are measured: the first one that holds counts. */
const ACK_RATES = [2_000, 1_500, 1_000, 700, 500, 350, 250];
const ITEMS = 200;
/** Clicks a second of each gateway, and for how long, before anything is measured: code that runs for the first time is compiled. */
const WARM_UP_PER_SEC = 150;
const WARM_UP_SECONDS = 60;
/** Visitors stay at the node that answers for them, as who has the SDK does. */
const SHOPPERS = { visitors: true, sessions: 'long', connections: 150 };

/** By bench: the rows are figures of one measurement. */
const RATES = new WeakMap();

/** Highest rates of one gateway alone, before and after that of three, and what NATS takes at the latter. */
function rates(bench) {
  let measured = RATES.get(bench);
  if (measured === undefined) RATES.set(bench, (measured = measureRates(bench)));
  return measured;
}

async function measureRates(bench) {
  const alone = () =>
    withAlone(bench, { core: SERVER_CORE, cores: CORES, warm: warmer(bench) }, ({ url }) =>
      highest(bench, url, { rate: 100 }),
    );
  const before = await alone();
  const together = await withCluster(
    bench,
    { core: SERVER_CORE, natsCore: CLIENT_CORE, cores: CORES, warm: warmer(bench) },
    async ({ urls, gateways, nats }) => {
      const nodes = urls.join(',');
      const best = await highest(bench, urls[0], { nodes, rate: 150 });
      const used = await cpuAt(bench, { urls, gateways, nats }, best.ratePerSec);
      return { ...best, ...used };
    },
  );
  const after = await alone();
  return { alonePerSec: (before.ratePerSec + after.ratePerSec) / 2, before, after, together };
}

/** Serves each gateway clicks until what they cost does not change any more. */
function warmer(bench) {
  return (urls) =>
    load(bench, urls[0], {
      ...SHOPPERS,
      nodes: urls.join(','),
      rate: urls.length * (bench.quick ? 20 : WARM_UP_PER_SEC),
      warmup: 0,
      seconds: least(bench, WARM_UP_SECONDS, 1),
    });
}

async function highest(bench, url, flags) {
  const quick = bench.quick ? { rate: 20, 'p99-max-ms': 60_000, seconds: 1, warmup: 0.5 } : {};
  const ramp = {
    profile: 'ramp',
    'p99-max-ms': P99_MS,
    seconds: 5,
    warmup: 3,
    ...SHOPPERS,
    ...flags,
    ...quick,
  };
  return kneeOf(await load(bench, url, ramp), bench.quick);
}

/** Cores that gateways and NATS servers use at a rate. */
async function cpuAt(bench, { urls, gateways, nats }, rate) {
  const used = () => [gateways.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0), nats.cpuSeconds];
  const [gatewaysFrom, natsFrom] = used();
  const fromMs = performance.now();
  await load(bench, urls[0], {
    ...SHOPPERS,
    nodes: urls.join(','),
    rate,
    warmup: 0,
    seconds: least(bench, 20, 1),
  });
  const seconds = (performance.now() - fromMs) / 1_000;
  const [gatewaysTo, natsTo] = used();
  return { gatewayCores: (gatewaysTo - gatewaysFrom) / seconds, natsCores: (natsTo - natsFrom) / seconds };
}

/** Clicks of one CPU second of a cluster ÷ of a gateway alone; `natsCores` are counted as the gateways' are. */
function ratioOf({ alonePerSec, together }, natsCores) {
  const granted = NODES * CORES;
  return (together.ratePerSec / (NODES * alonePerSec)) * (granted / (granted + natsCores));
}

function told({ alonePerSec, before, after, together }) {
  const { ratePerSec, p50, p99, ackP99, gatewayCores, natsCores } = together;
  return {
    coresEach: CORES,
    alonePerSec,
    alonePerSecs: [before.ratePerSec, after.ratePerSec],
    clusterPerSec: ratePerSec,
    clusterP50Ms: p50,
    clusterP99Ms: p99,
    clusterAckP99Ms: ackP99,
    gatewayCores,
    natsCores,
    ...([before, after, together].some(({ isLowerBound }) => isLowerBound) && { isLowerBound: true }),
  };
}

/** p50 of acknowledgements at the highest of some rates that three gateways on two cores hold, generator and NATS beside. */
async function ackMs(bench) {
  return withCluster(bench, { warm: warmer(bench) }, async ({ urls }) => {
    for (const rate of bench.quick ? [50] : ACK_RATES) {
      const flags = { ...SHOPPERS, nodes: urls.join(','), rate, seconds: least(bench, 15, 1) };
      const result = await load({ ...bench, core: ANY_CORE }, urls[0], flags);
      const { clickToList, clickToAck, missingAcks, achievedPerSec, refused } = result;
      const holds = missingAcks === 0 && Object.keys(refused).length === 0 && achievedPerSec >= 0.97 * rate;
      if (!holds && !bench.quick) continue;
      const more = {
        ratePerSec: rate,
        ackP99Ms: clickToAck.p99,
        listP50Ms: clickToList.p50,
        listP99Ms: clickToList.p99,
      };
      return { value: clickToAck.p50, more: { ...more, ...noted(result) } };
    }
    throw new Error(`three gateways do not take ${ACK_RATES.at(-1)} clicks/s here`);
  });
}

async function forwarded(bench) {
  return withCluster(bench, { warm: warmer(bench) }, async ({ urls: [url] }) => {
    const reply = await fetch(`${url}/v1/items?limit=${ITEMS}`);
    const items = (await reply.json()).items.map(({ id }) => id);
    const ms = await forwardedMs(bench, url, { clicks: least(bench, 1_500, 20), items });
    return { value: ms.forwarded - ms.local, more: { localP50Ms: ms.local, forwardedP50Ms: ms.forwarded } };
  });
}

export const CLUSTERS = {
  'cluster-rate': {
    what: 'clicks/s of three nodes ÷ three times those of one without a cluster, a quarter of a core each, NATS left out',
    unit: 'times',
    better: 'higher',
    atLeast: 0.75,
    aim: 0.85,
    isLong: true,
    measure: async (bench) => {
      const measured = await rates(bench);
      return { value: ratioOf(measured, 0), more: told(measured) };
    },
  },
  'cluster-counted': {
    what: "the same with NATS's CPU counted as the nodes' is",
    unit: 'times',
    better: 'higher',
    atLeast: 0.6,
    aim: 0.7,
    isLong: true,
    measure: async (bench) => {
      const measured = await rates(bench);
      return { value: ratioOf(measured, measured.together.natsCores), more: told(measured) };
    },
  },
  'cluster-ack': {
    what: 'three nodes: p50 click to ack at 2,000 clicks/s, or the highest rate below it that they take',
    unit: 'ms',
    better: 'lower',
    atLeast: 25,
    aim: 12,
    isLong: true,
    measure: ackMs,
  },
  'cluster-forward': {
    what: 'three nodes: p50 click to list of a shopper for whom another node answers − of others',
    unit: 'ms',
    better: 'lower',
    atLeast: 2,
    aim: 0.5,
    isLong: true,
    measure: forwarded,
  },
};
