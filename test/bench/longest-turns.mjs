// How long one request, or one attack, holds a thread: the longest turns of the event loops of gateway and shard, as processor time,
// so that other work on the machine is not in it. Needs `cc`.
//   node build.mjs && node test/bench/longest-turns.mjs [flags]
//   --dist dist          the build
//   --requests a,b       parts of names in turns/long-requests.mjs; 'none' for none (default: all)
//   --attacks a,b        attacks of fairness/attacks.mjs; 'none' for none (default: all)
//   --seconds 5          length of an attack
//   --pin                gateway on the first core, clients on the others
// Prints two tables: of requests, the second longest turn of each, and of attacks, the longest three, each thread's share of a core,
// what honest shoppers waited for a list, and what is resident afterwards.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keepOffTheFirst, started, startGateway } from './fairness/attacked-gateway.mjs';
import { ATTACK_NAMES } from './fairness/attacks.mjs';
import { Shoppers } from './fairness/shoppers.mjs';
import { longRequests, send } from './turns/long-requests.mjs';
import { takeTurns, turnsEnvironment } from './turns/turn-table.mjs';

const { values: flags } = parseArgs({
  options: {
    dist: { type: 'string', default: 'dist' },
    requests: { type: 'string', default: '' },
    attacks: { type: 'string', default: ATTACK_NAMES.join(',') },
    seconds: { type: 'string', default: '5' },
    pin: { type: 'boolean', default: false },
  },
});
/** Sent before turns are counted, so that code is compiled. */
const WARM_UP = 8;
const ITEMS = 1_000;
const PAGE = 200;
/** What a thread is let through before the next request, or after an attack began or ended. */
const REST_MS = 30;
const SETTLE_MS = 1_500;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const ms = (value) => (value ?? 0).toFixed(1);
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);

async function someItems(url) {
  const ids = [];
  for (let offset = 0; offset < ITEMS; offset += PAGE) {
    const page = await (await fetch(`${url}/v1/items?limit=${PAGE}&offset=${offset}`)).json();
    ids.push(...page.items.map(({ id }) => id));
  }
  return ids;
}

async function lookAtRequests(gateway, take) {
  const port = new URL(gateway.url).port;
  const items = await someItems(gateway.url);
  for (let i = 0; i < WARM_UP; i++)
    await send(port, {
      method: 'POST',
      path: '/v1/events',
      body: { user: 'long', id: `long-${i}`, e: 'view_item', item: items[7 * i] },
    });
  row('request', 'status', 'gateway, ms', 'shard, ms');
  row('---', '---', '---', '---');
  const wanted = flags.requests.split(',');
  for (const [name, count, request] of longRequests(items)) {
    if (!wanted.some((part) => name.includes(part))) continue;
    for (let i = 0; i < WARM_UP; i++) await send(port, request);
    take();
    let status = 0;
    for (let i = 0; i < count; i++) {
      status = await send(port, request);
      await pause(REST_MS);
    }
    const { gateway: main, shard } = take();
    row(name, status, ms(main.longestMs[1]), ms(shard?.longestMs[1]));
  }
}

async function lookAtAttacks(gateway, take) {
  const shoppers = await Shoppers.open(gateway.url, gateway.items);
  row(
    'attack',
    'gateway: longest, ms',
    'share',
    'shard: longest, ms',
    'share',
    'p50, p99, ms',
    'resident, MiB',
  );
  row('---', '---', '---', '---', '---', '---', '---');
  for (const name of ['none', ...flags.attacks.split(',')]) {
    const attacker = name === 'none' ? undefined : spawnAttack(name, gateway);
    await shoppers.click(SETTLE_MS / 1_000);
    take();
    const waits = await shoppers.click(Number(flags.seconds));
    const { gateway: main, shard } = take();
    attacker?.kill('SIGKILL');
    await pause(SETTLE_MS);
    const honest = [0.5, 0.99].map((p) =>
      ms(waits.sort((a, b) => a - b)[Math.floor(p * (waits.length - 1))]),
    );
    row(name, ...turnCells(main), ...turnCells(shard), honest.join(', '), residentMib(gateway.pid));
  }
  shoppers.leave();
}

function turnCells({ longestMs, cpuMs }) {
  return [longestMs.slice(0, 3).map(ms).join(', '), `${Math.round(cpuMs / 10 / Number(flags.seconds))} %`];
}

function spawnAttack(name, { url, items }) {
  const file = fileURLToPath(new URL('./fairness/attacks.mjs', import.meta.url));
  const child = spawn(process.execPath, [file, name, new URL(url).port, items.join()], { stdio: 'inherit' });
  started.push(child);
  return child;
}

function residentMib(pid) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024);
}

if (flags.pin) keepOffTheFirst();
const gateway = await startGateway(flags.dist, {
  isPinned: flags.pin,
  // All long requests come from one address.
  environmentOf: (folder) => ({ ...turnsEnvironment(folder), AFTERCLICK_ADDRESS_BYTES_PER_SEC: '0' }),
});
const take = () => takeTurns(gateway.environment, gateway.pid);
if (flags.requests !== 'none') await lookAtRequests(gateway, take);
if (flags.attacks !== 'none') await lookAtAttacks(gateway, take);
await gateway.end();
process.exit(0);
