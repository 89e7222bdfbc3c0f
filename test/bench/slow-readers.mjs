// What readers that do not read cost: `node build.mjs && node test/bench/slow-readers.mjs [dist] [sockets] [seconds]`.
// Many connections with eight long lists each get new ones without a pause, first while they read, then while they do not; 50
// other shoppers click at a fixed rate meanwhile; twice, one after the other, for the machine is never the same. Prints their p99
// from click to list, how much it rises while the others do not read, the gateway's resident memory, and what became of the slow ones: whether they caught up when they read again, and, when answers pile up as well, that those who were
// closed with 4008 have lost nothing (who reads nothing for a whole idle timeout is cut before they can read their `bye`).
// It runs in a network of its own (`unshare -rn`, Linux) with packets as on an Ethernet, in which the kernel keeps 64 KiB for a
// connection instead of 4 MiB, so that the gateway meets every slow reader within seconds.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { WebSocket } from 'ws';

const DIST = resolve(process.argv[2] ?? 'dist');
const SOCKETS = Number(process.argv[3] ?? 1_000);
const SECONDS = Number(process.argv[4] ?? 20);
/** Connections of one user. */
const OF_ONE_USER = 10;
/** Clicks a second of all slow users together. */
const POURED_PER_SEC = 40;
const SHOPPERS = 50;
const CLICKS_PER_SEC = 100;
const SLOTS = Array.from({ length: 8 }, (_, i) => ({ slot: `slot-${i}`, k: 100 }));
const ITEMS = 400;

let received = 0;
const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
const click = (seq) => ({ t: 'event', seq, e: 'select_item', item: `item-${(seq * 7) % ITEMS}` });

function inOwnNetwork() {
  const script =
    'ip link set lo mtu 1500 up && echo "4096 16384 65536" > /proc/sys/net/ipv4/tcp_wmem && ulimit -n $(ulimit -Hn); exec "$@"';
  const command = ['-rn', 'sh', '-c', script, 'sh', process.execPath, fileURLToPath(import.meta.url)];
  execFileSync('unshare', [...command, ...process.argv.slice(2)], {
    env: { ...process.env, SLOW_READERS_NETWORK: 'own' },
    stdio: 'inherit',
  });
}

function connect(url, hello) {
  const socket = new WebSocket(url, ['afterclick.v1.json']);
  const peer = { socket, revs: new Map(), acked: 0, welcomeSeq: -1, code: 0, sent: 0, lastBye: 0 };
  socket.on('open', () => socket.send(JSON.stringify({ t: 'hello', ...hello })));
  socket.on('message', (frame) => {
    received++;
    const text = frame.toString('latin1');
    const message = text.startsWith('{"t":"recs"') || text.length < 400 ? JSON.parse(text) : { t: '' };
    if (message.t === 'recs') peer.revs.set(message.slot, message.rev);
    else if (message.t === 'ack') peer.acked = message.seq;
    else if (message.t === 'bye') peer.lastBye = message.code;
    else if (message.t === 'welcome') [peer.welcomeSeq, peer.session] = [message.seq, message.session];
    peer.on?.(message);
  });
  socket.on('close', (code) => (peer.code = code));
  socket.on('error', () => undefined);
  return peer;
}

const isReady = (peer) => peer.welcomeSeq >= 0 && peer.revs.size > 0;

/** The slow ones, in a thread of their own, so that they do not hold up who measures. */
async function crowd() {
  const { url } = workerData;
  const peers = [];
  for (let i = 0; i < SOCKETS; i++) {
    peers.push(connect(url, { user: `slow-${Math.floor(i / OF_ONE_USER)}`, slots: SLOTS }));
    if (i % 50 === 49) await pause(50);
  }
  while (peers.some((peer) => peer.revs.size < SLOTS.length)) await pause(100);
  let turn = 0;
  const pour = setInterval(() => {
    const peer = peers[(turn++ * OF_ONE_USER) % SOCKETS];
    if (peer.code === 0) peer.socket.send(JSON.stringify(click(++peer.sent)));
  }, 1_000 / POURED_PER_SEC);
  // They are alive: without a frame from them they would be closed for their silence.
  const pings = setInterval(() => {
    for (const { code, socket } of peers) if (code === 0) socket.send('{"t":"ping"}');
  }, 8_000);
  const candidates = Array.from({ length: 1_000 }, (_, i) => `item-${i % ITEMS}`.padEnd(20, '-'));
  const commands = {
    pause: () => peers.forEach((peer) => peer.socket.pause()),
    read: async () => {
      peers.forEach((peer) => peer.socket.resume());
      await untilQuiet(POURED_PER_SEC * OF_ONE_USER * SLOTS.length * 0.2 * 2);
    },
    // Some at a time: the shards take so many questions at once and no more.
    ask: async () => {
      for (let round = 0; round < 8; round++)
        for (let i = 0; i < SOCKETS; i++) {
          if (peers[i].code === 0) peers[i].socket.send(JSON.stringify({ t: 'rank', id: round, candidates }));
          if (i % 2 === 1) await pause(10);
        }
    },
    resume: async () => {
      clearInterval(pour);
      clearInterval(pings);
      peers.forEach((peer) => peer.socket.resume());
      await untilQuiet(0);
      return report(url, peers);
    },
  };
  const answer = async (name) => parentPort.postMessage(await commands[name]());
  parentPort.on('message', (name) => void answer(name));
  parentPort.postMessage('ready');
}

/** Resolves when no more than `framesMax` frames came in any of 20 looks, 200 ms apart. */
async function untilQuiet(framesMax) {
  for (let quiet = 0, before = received; quiet < 20; before = received) {
    await pause(200);
    quiet = received - before <= framesMax ? quiet + 1 : 0;
  }
}

/** Whether those that stayed have the newest lists and acks, and those that were closed find all their events. */
async function report(url, peers) {
  const found = { caughtUp: 0, behind: 0, closed4008: 0, cutBeforeBye: 0, events: 0, lost: 0 };
  for (let i = 0; i < peers.length; i += OF_ONE_USER) {
    const ofUser = peers.slice(i, i + OF_ONE_USER);
    const [teller] = ofUser;
    const newest = SLOTS.map(({ slot }) => Math.max(...ofUser.map(({ revs }) => revs.get(slot))));
    for (const peer of ofUser) {
      if (peer.code === 4008 && peer.lastBye === 4008) found.closed4008++;
      else if (peer.code !== 0 && peer.code !== 4009) found.cutBeforeBye++;
      else if (SLOTS.every(({ slot }, k) => peer.revs.get(slot) === newest[k])) found.caughtUp++;
      else found.behind++;
    }
    const again = connect(url, {
      user: `slow-${i / OF_ONE_USER}`,
      slots: SLOTS,
      resume: { session: teller.session, seq: teller.sent },
    });
    while (!isReady(again)) await pause(5);
    found.events += teller.sent;
    found.lost += Math.max(0, teller.acked - again.welcomeSeq);
    again.socket.terminate();
  }
  return found;
}

async function main() {
  const dataDir = mkdtempSync(join(tmpdir(), 'afterclick-slow-'));
  const gateway = spawn(process.execPath, [join(DIST, 'gateway/main.js')], {
    env: {
      ...process.env,
      SLOW_READERS_NETWORK: undefined,
      AFTERCLICK_PORT: '0',
      AFTERCLICK_DATA_DIR: dataDir,
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_LOG_LEVEL: 'error',
      // Reading the demo's titles at a start would be in every figure.
      AFTERCLICK_ENCODER: 'none',
      AFTERCLICK_DRAIN_GRACE_MS: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = await new Promise((found) =>
    createInterface(gateway.stdout).on(
      'line',
      (line) => line.includes('"ready"') && found(JSON.parse(line).url),
    ),
  );
  const lines = Array.from({ length: ITEMS }, (_, i) =>
    JSON.stringify({ id: `item-${i}`, category: `c${i % 7}` }),
  );
  const headers = { 'content-type': 'application/x-ndjson' };
  await fetch(`${ready}/v1/items`, { method: 'PUT', headers, body: lines.join('\n') });
  const url = `${ready.replace('http', 'ws')}/v1/ws`;
  const mebibytes = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))[1]) / 1024;
  const shoppers = Array.from({ length: SHOPPERS }, (_, i) => honest(url, `honest-${i}`));
  while (!shoppers.every(({ peer }) => isReady(peer))) await pause(50);
  const slow = new Worker(new URL(import.meta.url), { workerData: { url }, argv: process.argv.slice(2) });
  const heard = [];
  let tell = () => undefined;
  slow.on('message', (message) => (heard.push(message), tell()));
  const answer = async () => {
    while (heard.length === 0) await new Promise((go) => (tell = go));
    return heard.shift();
  };
  await answer();
  const rows = [];
  const measured = async (name) => {
    let peak = 0;
    const looks = setInterval(() => (peak = Math.max(peak, mebibytes())), 250);
    const times = await clicks(shoppers);
    clearInterval(looks);
    rows.push({
      phase: name,
      clicks: times.length,
      p50: at(times, 0.5),
      p99: at(times, 0.99),
      residentMiB: Math.round(peak),
    });
  };
  await clicks(shoppers);
  for (let time = 0; time < 2; time++) {
    if (time > 0) slow.postMessage('read');
    if (time > 0) await answer();
    await measured('they read');
    slow.postMessage('pause');
    await answer();
    await clicks(shoppers); // Until the kernel's buffers are full.
    await measured('they do not read');
  }
  slow.postMessage('ask');
  await measured('and ask for answers');
  await answer();
  slow.postMessage('resume');
  const found = await answer();
  console.table(rows);
  const ratios = [0, 2].map((at) => (rows[at + 1].p99 / rows[at].p99).toFixed(2));
  console.log(`p99 of the others, while they do not read over while they read: ${ratios.join(', ')}`);
  console.log(found);
  const metrics = await (await fetch(`${ready}/metrics`)).text();
  for (const line of metrics.split('\n'))
    if (/^afterclick_(lists_(coalesced|sent)_total|connections_closed_total\{code="4008)/.test(line))
      console.log(line);
  await slow.terminate();
  const startMs = performance.now();
  gateway.kill('SIGTERM');
  const code = await new Promise((ended) => gateway.once('exit', ended));
  console.log(`ended with ${code} after ${Math.round(performance.now() - startMs)} ms`);
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(0);
}

/** One of the others: `click` resolves with the ms from click to list. */
function honest(url, user) {
  const peer = connect(url, { user, slots: [{ slot: 'home', k: 20 }] });
  let seq = 0;
  const waiting = new Map();
  peer.on = (message) => {
    if (message.t !== 'recs') return;
    for (const [cause, done] of waiting) {
      if (cause > message.cause) break;
      waiting.delete(cause);
      done();
    }
  };
  const go = () => {
    const sentMs = performance.now();
    peer.socket.send(JSON.stringify(click(++seq)));
    return new Promise((done) => waiting.set(seq, () => done(performance.now() - sentMs)));
  };
  return { peer, click: go };
}

/** Open loop: a click is sent when it is due, whether the last one was answered or not. */
async function clicks(shoppers) {
  const all = [];
  const startMs = performance.now();
  for (let i = 0; i < SECONDS * CLICKS_PER_SEC; i++) {
    const wait = startMs + (i * 1_000) / CLICKS_PER_SEC - performance.now();
    if (wait > 0) await pause(wait);
    all.push(shoppers[i % SHOPPERS].click());
  }
  return (await Promise.all(all)).sort((a, b) => a - b);
}

function at(times, share) {
  return Math.round(times[Math.floor(times.length * share)] * 10) / 10;
}

if (!isMainThread) await crowd();
else if (process.env.SLOW_READERS_NETWORK === undefined) inOwnNetwork();
else await main();
