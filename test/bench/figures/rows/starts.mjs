// Rows of `npm run bench` that measure starts.
import { PinnedGateway } from '../gateway.mjs';
import { load } from '../load.mjs';
import { ANY_CORE } from '../pinned.mjs';
import { itemFile, LARGE_SHOP, usersFolder } from '../shop.mjs';
import { least } from './measuring.mjs';

const KNOWN_USERS = 1_000_000;

/** Start to ready, the median of a few. */
async function startMs(bench, how) {
  const times = [];
  for (let i = 0; i < least(bench, 5, 1); i++) {
    const gateway = await PinnedGateway.start({ ...bench, core: ANY_CORE, ...how });
    times.push(gateway.readyMs);
    await gateway.stop();
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

export const STARTS = {
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
