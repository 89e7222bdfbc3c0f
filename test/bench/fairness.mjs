// What one shopper who misbehaves costs the others: `node build.mjs && node test/bench/fairness.mjs [dist] [seconds]`.
// Starts a gateway of that build, lets honest shoppers click at a fixed rate, first alone, then beside each attack, and
// prints the p99 from click to list and its ratio to the quiet run.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { WebSocket } from 'ws';

const DIST = resolve(process.argv[2] ?? 'dist');
const SECONDS = Number(process.argv[3] ?? 12);
const SHOPPERS = 50;
const CLICKS_PER_SEC = 100;
const ROUND_MS = 4_000;

const dataDir = isMainThread ? mkdtempSync(join(tmpdir(), 'afterclick-fairness-')) : '';
// Attacks run in a thread of their own, so that they do not hold up who measures.
const gateway =
  isMainThread &&
  spawn(process.execPath, [join(DIST, 'gateway/main.js')], {
    env: {
      ...process.env,
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
const url =
  workerData?.url ??
  (await new Promise((ready) =>
    createInterface(gateway.stdout).on('line', (line) => {
      if (line.includes('"event":"ready"')) ready(JSON.parse(line).url.replace('http', 'ws') + '/v1/ws');
    }),
  ));

/** A connection that said hello; `on` hears every message as text. */
function connect(hello, on) {
  return new Promise((done, failed) => {
    const socket = new WebSocket(url, ['afterclick.v1.json'], { perMessageDeflate: false });
    socket.on('error', failed);
    socket.on('open', () => socket.send(JSON.stringify({ t: 'hello', ...hello })));
    socket.on('message', (frame) => {
      const text = frame.toString();
      if (text.startsWith('{"t":"welcome"')) done(socket);
      on(text);
    });
  });
}

const items = (
  await (
    await fetch(url.replace('ws', 'http').replace('/v1/ws', '/v1/recommend'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'sample', slot: 'home', k: 100 }),
    })
  ).json()
).ids;

/** Honest shoppers, who click in turn. */
class Shoppers {
  latencies = [];
  #sockets = [];
  #sent = [];
  #seq = [];

  static async open() {
    const shoppers = new Shoppers();
    for (let i = 0; i < SHOPPERS; i++) {
      shoppers.#seq.push(0);
      shoppers.#sent.push(new Map());
      shoppers.#sockets.push(
        await connect({ user: `honest-${process.pid}-${i}`, slots: [{ slot: 'home', k: 20 }] }, (text) =>
          shoppers.#hear(i, text),
        ),
      );
    }
    return shoppers;
  }

  #hear(shopper, text) {
    if (!text.startsWith('{"t":"recs"')) return;
    const cause = Number(/"cause":(\d+)/.exec(text)[1]);
    const sent = this.#sent[shopper];
    for (const [seq, atMs] of sent) {
      if (seq > cause) break;
      this.latencies.push(performance.now() - atMs);
      sent.delete(seq);
    }
  }

  /** Clicks for some time on an open schedule; latencies count from when a click was due. */
  async click(seconds) {
    this.latencies = [];
    const startMs = performance.now();
    for (let n = 0; n < seconds * CLICKS_PER_SEC; n++) {
      const dueMs = startMs + (n * 1_000) / CLICKS_PER_SEC;
      while (performance.now() < dueMs) await new Promise((next) => setTimeout(next, 1));
      const shopper = n % SHOPPERS;
      const seq = ++this.#seq[shopper];
      this.#sent[shopper].set(seq, dueMs);
      const item = items[(n * 7) % items.length];
      this.#sockets[shopper].send(JSON.stringify({ t: 'event', seq, e: 'view_item', item }));
    }
    const endMs = performance.now() + 60_000;
    while (this.#sent.some((sent) => sent.size > 0) && performance.now() < endMs)
      await new Promise((next) => setTimeout(next, 10));
    return this.latencies.sort((a, b) => a - b);
  }
}

/** 40,000 events of one connection in 1.4 s, again and again; it connects anew when it is closed. */
async function flood(isOver) {
  for (let round = 0; !isOver(); round++) {
    const startMs = performance.now();
    const socket = await connect({ user: `flood-${round}`, slots: [{ slot: 'home' }] }, () => undefined);
    for (let seq = 1; seq <= 40_000 && socket.readyState === WebSocket.OPEN && !isOver();) {
      for (const end = Math.min(40_000, seq + 290); seq <= end; seq++)
        socket.send(`{"t":"event","seq":${seq},"e":"view_item","item":"${items[seq % 50]}"}`);
      await new Promise((next) => setTimeout(next, 10));
    }
    socket.terminate();
    const leftMs = ROUND_MS - (performance.now() - startMs);
    if (!isOver() && leftMs > 0) await new Promise((next) => setTimeout(next, leftMs));
  }
}

/** 200 sockets of one user with four slots each, opened together; then they click. */
async function crowd(isOver) {
  const slots = ['a', 'b', 'c', 'd'].map((slot) => ({ slot, k: 20 }));
  for (let round = 0; !isOver(); round++) {
    const startMs = performance.now();
    const sockets = await Promise.all(
      Array.from({ length: 200 }, () => connect({ user: `crowd-${round}`, slots }, () => undefined)),
    );
    for (let seq = 1; performance.now() - startMs < ROUND_MS && !isOver(); seq++) {
      sockets[seq % 200].send(
        `{"t":"event","seq":${Math.ceil(seq / 200)},"e":"view_item","item":"${items[seq % 50]}"}`,
      );
      await new Promise((next) => setTimeout(next, 100));
    }
    for (const socket of sockets) socket.terminate();
  }
}

/** Rank calls without end, 64 in each turn. */
async function questions(isOver) {
  const socket = await connect({ user: 'asker', slots: [] }, () => undefined);
  for (let id = 0; !isOver() && socket.readyState === WebSocket.OPEN;) {
    for (let i = 0; i < 640; i++) socket.send(`{"t":"recommend","id":${id++},"k":20}`);
    await new Promise((next) => setTimeout(next, 10));
  }
  socket.terminate();
}

const at = (latencies, share) => latencies[Math.floor(share * (latencies.length - 1))].toFixed(2);
let quiet = 0;
async function measure(name, attack) {
  const shoppers = await Shoppers.open();
  await shoppers.click(2);
  const attacker =
    attack &&
    new Worker(new URL(import.meta.url), { workerData: { url, name }, argv: process.argv.slice(2) });
  const latencies = await shoppers.click(SECONDS);
  await attacker?.terminate();
  const p99 = Number(at(latencies, 0.99));
  quiet ||= p99;
  console.log(
    `${name.padEnd(10)} clicks ${latencies.length}  p50 ${at(latencies, 0.5)} ms  p99 ${p99} ms  max ${at(latencies, 1)} ms  p99 / quiet ${(p99 / quiet).toFixed(2)}`,
  );
}

const ATTACKS = { flood, crowd, questions };
if (!isMainThread) {
  await ATTACKS[workerData.name](() => false).catch((error) => console.error(error));
  parentPort.close();
} else {
  const only = process.argv[4];
  await measure('quiet');
  for (const [name, attack] of Object.entries(ATTACKS))
    if (only === undefined || only === name) await measure(name, attack);
  gateway.kill('SIGTERM');
  await new Promise((ended) => gateway.once('exit', ended));
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(0);
}
