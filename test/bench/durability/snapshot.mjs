import { join } from 'node:path';
import { Crowd, quantile, worstSecond } from './crowd.mjs';
import { makeManyUsers } from './many-users.mjs';

const RATE = 2_000;
const MORE_MS = 20;

/** By turns: some time without a snapshot, and the time that one takes. */
export async function snapshot({ dist, work, shoppers, seconds, rounds, snapshotUsers, start, row }) {
  await makeManyUsers(dist, join(work, 'snapshot'), snapshotUsers);
  const gateway = await start('snapshot');
  const crowd = await Crowd.open(gateway, 'snapshot', shoppers);
  await crowd.click(RATE, 4);
  let [quiet, busy] = [[], []];
  const made = [];
  for (let round = 0; round < rounds; round++) {
    quiet = quiet.concat((await crowd.click(RATE, seconds)).lists);
    const startMs = performance.now();
    const making = gateway.snapshot().then((bytes) => made.push({ bytes, ms: performance.now() - startMs }));
    while (made.length === round) busy = busy.concat((await crowd.click(RATE, 1)).lists);
    await making;
  }
  const { bytes, ms } = made.at(-1);
  row('snapshot', `a snapshot with ${snapshotUsers} users`, { value: bytes / 2 ** 20, unit: 'MiB' });
  row('snapshot', 'time it takes', { value: ms / 1_000, unit: 's' });
  const figures = {
    p50: (latencies) => quantile(latencies, 0.5),
    p99: (latencies) => quantile(latencies, 0.99),
    'p99 of the worst second': worstSecond,
    longest: (latencies) => quantile(latencies, 1),
  };
  for (const [name, figure] of Object.entries(figures)) {
    row('snapshot', `click to list ${name}, between snapshots`, { value: figure(quiet), unit: 'ms' });
    row('snapshot', `click to list ${name}, while one is made`, { value: figure(busy), unit: 'ms' });
  }
  row('snapshot', 'click to list p99, while one is made ÷ between', {
    value: figures.p99(busy) / figures.p99(quiet),
  });
  for (const name of ['p99', 'p99 of the worst second', 'longest']) {
    const value = figures[name](busy) - figures[name](quiet);
    row('snapshot', `${name}, while one is made − between`, { value, unit: 'ms', bound: MORE_MS });
  }
  crowd.close();
  await gateway.stop();
}
