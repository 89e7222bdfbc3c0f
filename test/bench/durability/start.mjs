import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { segmentsOf } from './built-gateway.mjs';
import { Crowd, firstClick, quantile } from './crowd.mjs';
import { makeManyUsers, nameOfUser } from './many-users.mjs';

const READY_SECONDS = 5;
const COLD_MS = 10;
const COLD_CLICKS = 1_000;
const COLD_PER_SEC = 50;
const RATE = 2_000;

const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));

/** A folder that is there already is taken as it is. */
export async function startOfMany({ dist, work, shoppers, seconds, users, start, row }) {
  const folder = join(work, 'start');
  const file = join(folder, 'shard-0/data.mdb');
  if (!existsSync(folder)) await makeManyUsers(dist, folder, users);
  row('start', `file of a shard with ${users} users`, { value: statSync(file).size / 2 ** 20, unit: 'MiB' });
  forget(file, join(folder, 'shard-0'));
  const gateway = await start('start');
  row('start', 'start to ready', { value: gateway.readyMs / 1_000, unit: 's', bound: READY_SECONDS });
  coldRows(row, 'right after the start', await coldClicks(gateway, users, 0));
  const crowd = await Crowd.open(gateway, 'start', shoppers);
  await crowd.click(RATE, seconds);
  coldRows(row, 'once it serves', await coldClicks(gateway, users, 1));
  crowd.close();
  await gateway.stop('SIGKILL');
  forget(file, join(folder, 'shard-0'));
  const again = await start('start');
  const value = again.readyMs / 1_000;
  row('start', `start to ready after SIGKILL at ${RATE} clicks/s`, {
    value,
    unit: 's',
    bound: READY_SECONDS,
  });
  await again.stop();
}

/** Takes the file of a store's tables and those of its journal out of the system's page cache. */
function forget(tables, store) {
  for (const file of [tables, ...segmentsOf(store)])
    execFileSync('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
}

function coldRows(row, when, cold) {
  const what = `hello and first click of a cold user ${when}, to list`;
  row('start', `${what}, p50`, { value: quantile(cold, 0.5), unit: 'ms' });
  row('start', `${what}, p99`, { value: quantile(cold, 0.99), unit: 'ms', bound: COLD_MS });
  row('start', `${what}, longest`, { value: quantile(cold, 1), unit: 'ms' });
}

/** Of users of whom nothing is in memory; other ones for each `turn`, which is less than the number of users for one click. */
async function coldClicks(gateway, users, turn) {
  const items = await gateway.items();
  const latencies = [];
  const startMs = performance.now();
  const step = Math.max(1, Math.floor(users / COLD_CLICKS));
  for (let n = 0; n < Math.min(users, COLD_CLICKS); n++) {
    const waitMs = startMs + (n * 1_000) / COLD_PER_SEC - performance.now();
    if (waitMs > 0) await pause(waitMs);
    latencies.push(
      firstClick(gateway.url, { user: nameOfUser(n * step + turn), item: items[n % items.length] }),
    );
  }
  return Promise.all(latencies);
}
