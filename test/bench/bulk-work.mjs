// What bulk work costs others: clicks of honest shoppers while items are put, patched and searched, models change, snapshots are taken.
//   node build.mjs && node test/bench/bulk-work.mjs [--dist dist] [--visitors 2000] [--work put,patches] [--prof FOLDER] [--json FILE]
// Clicks come in an open loop and are counted from the time they were meant; each must be answered by a list that contains it.
// `--prof` writes a CPU profile of each thread of the gateway.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';

const { values: flags } = parseArgs({
  options: {
    dist: { type: 'string', default: 'dist' },
    visitors: { type: 'string', default: '2000' },
    shoppers: { type: 'string', default: '20' },
    'clicks-per-sec': { type: 'string', default: '100' },
    items: { type: 'string', default: '10000' },
    'quiet-seconds': { type: 'string', default: '5' },
    work: { type: 'string', default: '' },
    prof: { type: 'string' },
    json: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const VISITORS = Number(flags.visitors);
const SHOPPERS = Number(flags.shoppers);
const CLICKS_PER_SEC = Number(flags['clicks-per-sec']);
const ITEMS = Number(flags.items);
const QUIET_MS = 1_000 * Number(flags['quiet-seconds']);
/** Clicks go on for so long after a work is done: what it leaves behind (lists of everybody) counts as well. */
const TAIL_MS = 3_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const shared = { url: '', ids: [], waits: [], started: 0 };

async function startGateway() {
  const dataDir = mkdtempSync(join(tmpdir(), 'afterclick-bulk-'));
  const node = flags.prof === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${flags.prof}`];
  const child = spawn(process.execPath, [...node, join(flags.dist, 'gateway/main.js')], {
    // All visitors come from one address.
    env: {
      ...process.env,
      AFTERCLICK_SOCKETS_PER_ADDRESS_MAX: '20000',
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_LOG_LEVEL: 'warn',
      // Reading the demo's titles at a start would be in every figure.
      AFTERCLICK_ENCODER: 'none',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      if (line.includes('"event":"ready"')) resolve(JSON.parse(line).url);
    });
    void exited.then((code) => reject(new Error(`the gateway ended with ${code}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url, stop };
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** One request; cheaper for this process than `fetch`, which would hold up the clicks that it times. */
function http(method, path, body, type = 'application/json') {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body ?? '') };
    const call = request(shared.url + path, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** A socket with one slot; resolves when its first list is there. What comes later goes to `heard`. */
function connect(user, heard) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${shared.url.replace('http', 'ws')}/v1/ws`, ['afterclick.v1.json']);
    socket.once('error', reject);
    socket.once('open', () =>
      socket.send(JSON.stringify({ t: 'hello', user, slots: [{ slot: 'home', k: 20 }] })),
    );
    socket.on('message', (frame) => {
      const text = String(frame);
      if (text.startsWith('{"t":"bye"')) reject(new Error(text));
      if (text.includes('"t":"recs"')) resolve(socket);
      heard(text);
    });
  });
}

/** Open sockets of visitors who look on. Their lists are counted, and not read. */
async function openVisitors(count) {
  const sockets = [];
  for (let i = 0; i < count; i += 100) {
    const some = Array.from({ length: Math.min(100, count - i) }, (_, j) =>
      connect(`visitor-${i + j}`, () => shared.lists++),
    );
    sockets.push(...(await Promise.all(some)));
  }
  return sockets;
}

async function openShopper(number) {
  const shopper = { seq: 0, sent: new Map(), socket: undefined };
  shopper.socket = await connect(`shopper-${number}-${Date.now()}`, (text) => {
    if (!text.includes('"t":"recs"')) return;
    const cause = Number(/"cause":(\d+)/.exec(text)?.[1]);
    const now = performance.now();
    for (const [seq, meantAt] of shopper.sent) {
      if (seq > cause) break;
      shopper.sent.delete(seq);
      shared.waits.push({ at: meantAt, ms: now - meantAt });
    }
  });
  return shopper;
}

/** Clicks at even intervals until `stop` is called; what is late is sent at once, and counts from when it was due. */
function clickAlong(shoppers) {
  const startedAt = performance.now();
  let clicks = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * CLICKS_PER_SEC);
    for (; clicks < due; clicks++) {
      const shopper = shoppers[clicks % shoppers.length];
      const seq = ++shopper.seq;
      shopper.sent.set(seq, startedAt + (clicks / CLICKS_PER_SEC) * 1_000);
      const item = shared.ids[Math.floor(Math.random() * Math.min(400, shared.ids.length))];
      shopper.socket.send(JSON.stringify({ t: 'event', seq, e: 'view_item', item }));
    }
  }, 2);
  return () => clearInterval(timer);
}

function figures(waits) {
  const sorted = waits.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1));
  return { clicks: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** How long this process was held up itself: a stall here is not the gateway's. */
function watchSelf() {
  let last = performance.now();
  let worst = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - last - 5);
    last = now;
  }, 5);
  return () => {
    clearInterval(timer);
    return Number(worst.toFixed(1));
  };
}

async function measure(name, shoppers, work) {
  shared.waits = [];
  shared.lists = 0;
  const stopClicks = clickAlong(shoppers);
  const selfMs = watchSelf();
  await pause(300);
  const startedAt = performance.now();
  const said = await work();
  const tookMs = Math.round(performance.now() - startedAt);
  await pause(name === 'quiet' ? 0 : TAIL_MS);
  stopClicks();
  const clicksSent = shoppers.reduce((sum, { seq }) => sum + seq, 0);
  for (let i = 0; i < 200 && shoppers.some(({ sent }) => sent.size > 0); i++) await pause(50);
  const missing = shoppers.reduce((sum, { sent }) => sum + sent.size, 0);
  for (const { sent } of shoppers) sent.clear();
  const row = {
    work: name,
    ...figures(shared.waits),
    tookMs,
    lists: shared.lists,
    self: selfMs(),
    missing,
    said,
  };
  if (flags.trace) {
    const late = shared.waits
      .filter(({ ms }) => ms > 15)
      .map(({ at, ms }) => `${Math.round(at - startedAt)}:${Math.round(ms)}`);
    console.error(`${name} ${clicksSent}`, late.slice(0, 40).join(' '));
  }
  console.log(JSON.stringify(row));
  return row;
}

const WORDS =
  'red blue oak glass steel paper cotton lamp mug bag clock rose heart vintage metal tray candle box frame bird'.split(
    ' ',
  );
function itemLine(i, round) {
  const word = (n) => WORDS[(i * 7 + n * 13 + ((i * n) % 11)) % WORDS.length];
  return JSON.stringify({
    id: `bulk-${i}`,
    title: `${word(1)} ${word(2)} ${word(3)} ${word(4)} number ${i} round ${round}`.toUpperCase(),
    price: 1 + (i % 97),
    category: `bulk ${i % 40}`,
    brand: `brand ${i % 25}`,
    stock: 10,
    attributes: { colour: word(5), size: i % 12, sale: i % 3 === 0 },
  });
}
const lines = (count, round, from = 0) =>
  Array.from({ length: count }, (_, i) => itemLine(from + i, round)).join('\n');
const put = (count, round, from) =>
  http('PUT', '/v1/items', lines(count, round, from), 'application/x-ndjson');

/** Patches at a rate for some seconds; of items that lists are likely to show. */
async function patches(perSec, seconds, fields) {
  const pending = [];
  const startedAt = performance.now();
  let sent = 0;
  const failed = {};
  while (performance.now() - startedAt < seconds * 1_000) {
    const due = ((performance.now() - startedAt) / 1_000) * perSec;
    for (; sent < due; sent++) {
      const id = shared.ids[(sent * 37) % shared.ids.length];
      pending.push(
        http('PATCH', `/v1/items/${encodeURIComponent(id)}`, JSON.stringify(fields(sent))).then(
          ({ status }) => {
            if (status !== 200) failed[status] = (failed[status] ?? 0) + 1;
          },
        ),
      );
    }
    await pause(5);
  }
  await Promise.all(pending);
  return `${sent} patches ${JSON.stringify(failed)}`;
}

async function events(count) {
  const body = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      user: `h${i % 500}`,
      id: `e${i}-${Date.now()}`,
      e: 'view_item',
      item: shared.ids[i % 300],
    }),
  ).join('\n');
  return (await http('POST', '/v1/events', body, 'application/x-ndjson')).status;
}

const stock = (n) => ({ stock: 5 + (n % 50) });
const works = {
  quiet: () => pause(QUIET_MS),
  items: async () => (await http('GET', '/v1/items?limit=200&offset=2000')).status,
  metrics: async () => {
    for (let i = 0; i < 5; i++) await http('GET', '/metrics');
  },
  onePatch: async () => (await http('PATCH', `/v1/items/${shared.ids[0]}`, '{"price":9}')).status,
  gone: async () => {
    await http('PATCH', `/v1/items/${shared.ids[0]}`, '{"stock":0}');
    await http('PATCH', `/v1/items/${shared.ids[0]}`, '{"stock":10}');
  },
  patches2: () => patches(2, 5, stock),
  patches300: () => patches(300, 5, stock),
  outAndIn: () => patches(300, 5, (n) => ({ stock: Math.floor(n / shared.ids.length) % 2 === 0 ? 0 : 9 })),
  events: () => events(9_000),
  snapshot: async () => (await http('POST', '/v1/snapshots', '{}')).status,
  put: async () => (await put(ITEMS, 1, 0)).text,
  putAgain: async () => (await put(ITEMS, 2, 0)).text,
  putFour: async () =>
    (await Promise.all([0, 1, 2, 3].map((part) => put(ITEMS, 1, (part + 1) * ITEMS))))
      .map(({ text }) => text)
      .join(),
  patchesAfterPut: () => patches(300, 5, stock),
  toNone: async () => (await http('POST', '/v1/model', '{"bundle":"none","force":true}')).text.slice(0, 200),
  rollback: async () => (await http('POST', '/v1/model/rollback', '{}')).text.slice(0, 120),
  rollback2: async () => (await http('POST', '/v1/model/rollback', '{}')).text.slice(0, 120),
  snapshot2: async () => (await http('POST', '/v1/snapshots', '{}')).status,
};

const gateway = await startGateway();
shared.url = gateway.url;
const rows = [];
try {
  const page = async (offset) => JSON.parse((await http('GET', `/v1/items?limit=200&offset=${offset}`)).text);
  for (let offset = 0; offset < 2_000; offset += 200) {
    const { items } = await page(offset);
    shared.ids.push(...items.map(({ id }) => id));
    if (items.length < 200) break;
  }
  const shoppers = await Promise.all(Array.from({ length: SHOPPERS }, (_, i) => openShopper(i)));
  const startedAt = performance.now();
  await openVisitors(VISITORS);
  console.error(
    `${VISITORS} visitors in ${Math.round(performance.now() - startedAt)} ms, ${shared.ids.length} items`,
  );
  await measure('warm-up', shoppers, works.quiet);
  const wanted = flags.work === '' ? Object.keys(works) : flags.work.split(',');
  for (const name of wanted) rows.push(await measure(name, shoppers, works[name]));
} finally {
  await gateway.stop();
}
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
console.table(rows.map(({ said: _said, ...row }) => row));
process.exit(0);
