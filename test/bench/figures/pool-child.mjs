// The pool of shards alone, driven in process: `pool-child.mjs DIST FOLDER SHARDS SECONDS`. Starts the service of a build on a copy
// of a data folder, takes its pool over before a socket is opened to it, and clicks as fast as lists come back.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SLOT, VIEW_ITEM } from './clicked-slot.mjs';

const [dist, from, shards, seconds] = process.argv.slice(2);
const built = (path) => import(pathToFileURL(join(dist, path)));

/** Shoppers, who click in turn. */
const SHOPPERS = 400;
/** Clicks under way at a time, for each shard: full rounds, and none waits so long that the shard leaves work out. */
const UNDER_WAY = 24;
/** Pause before a click that was not taken is tried again, ms. */
const AGAIN_MS = 1;
const WARM_UP_SHARE = 0.25;

const { setEngineFlags } = await built('gateway/start/process/engine-flags.js').catch(() => ({
  setEngineFlags() {},
}));
setEngineFlags();
const { WorkerPool } = await built('shards/pool/worker-pool.js');
const { startService } = await built('gateway/service.js');
const { readConfig } = await built('gateway/start/config.js');
const { createLog } = await built('metrics/process/log.js');
const { ThreadStats } = await built('metrics/thread-stats.js');
const { named } = await built('shards/store/user-key.js');

const folder = mkdtempSync(join(tmpdir(), 'pool-'));
cpSync(from, folder, { recursive: true });
let pool;
let lists = 0;
let listed = () => undefined;
const heard = {
  list: () => {
    lists++;
    listed();
  },
  current: () => undefined,
  applied: () => undefined,
  durable: () => undefined,
  refused: (_session, _seq, code) => fail(new Error(`a click was refused: ${code}`)),
  moved: () => undefined,
};
const { listen } = WorkerPool.prototype;
WorkerPool.prototype.listen = function take() {
  pool = this;
  listen.call(this, heard);
};
const env = {
  AFTERCLICK_PORT: '0',
  AFTERCLICK_DATA_DIR: folder,
  AFTERCLICK_SHARDS: shards,
  AFTERCLICK_SNAPSHOT_EVERY_MS: '0',
  AFTERCLICK_SNAPSHOT_AT_END: 'off',
};
const owner = { signal: new AbortController().signal, fatal: fail };
const { end } = await startService(
  readConfig([], env),
  { log: createLog({ level: 'silent' }), stats: ThreadStats.create() },
  owner,
);

function fail(error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

const shoppers = new Map();
for (let i = 0; i < SHOPPERS; i++) {
  const { channel, session } = await pool.open(named(`pool-${i}`), `session-${i}`);
  pool.subscribe(channel, [SLOT]);
  shoppers.set(session, { channel, session, seq: 0 });
}
let [clicks, isOver] = [0, false];

const ring = [...shoppers.values()];
let [next, shedLevel] = [0, 0];

/** The next shopper's click; one is under way until its list has come. */
function click() {
  if (isOver) return;
  const shopper = ring[next];
  const seq = shopper.seq + 1;
  const item = (Math.imul(clicks, 0x9e3779b1) >>> 0) % 3_000;
  const event = { seq, kind: VIEW_ITEM, items: [item], tsMs: Date.now(), value: 0, quantity: 1, query: '' };
  if (pool.event(shopper.channel, shopper.session, event) !== 'taken') {
    setTimeout(click, AGAIN_MS);
    return;
  }
  shopper.seq = seq;
  clicks++;
  next = (next + 1) % ring.length;
  shedLevel = Math.max(shedLevel, pool.shedLevel);
}
listed = click;
for (let i = 0; i < UNDER_WAY * Number(shards); i++) click();

const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
await pause(1_000 * seconds * WARM_UP_SHARE);
// While the shards are compiled they may leave work out; what is measured comes later.
shedLevel = 0;
const [before, startMs] = [clicks, performance.now()];
await pause(1_000 * seconds);
const clicksPerSec = (1_000 * (clicks - before)) / (performance.now() - startMs);
isOver = true;
process.stdout.write(`${JSON.stringify({ clicksPerSec, lists, shedLevel })}\n`);
await end.stop(false);
rmSync(folder, { recursive: true, force: true });
process.exit(0);
