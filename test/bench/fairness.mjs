// What one who misbehaves costs the others: `node build.mjs && node test/bench/fairness.mjs [flags]`.
//   --dist A,B      builds to compare, each in a gateway of its own (default dist)
//   --attacks a,b   default: all of fairness/attacks.mjs
//   --seconds 10    length of a quiet and of an attacked stretch
//   --rounds 2      so often quiet and attacked by turns; p99s are of all stretches together
//   --beside        the attack goes to a server that does nothing: what it costs is the attacker's own work
//   --pin           gateways on the first core, clients on the others
// Prints the p99 from click to list under each attack and its ratio to the quiet one of the same turns.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { firstLine, keepOffTheFirst, started, startGateway } from './fairness/attacked-gateway.mjs';
import { ATTACK_NAMES } from './fairness/attacks.mjs';
import { Shoppers } from './fairness/shoppers.mjs';

const { values: flags } = parseArgs({
  options: {
    dist: { type: 'string', default: 'dist' },
    attacks: { type: 'string', default: ATTACK_NAMES.join(',') },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '2' },
    beside: { type: 'boolean', default: false },
    pin: { type: 'boolean', default: false },
  },
});
const SECONDS = Number(flags.seconds);
/** After an attack ends, and after it begins, what is under way is let through. */
const SETTLE_MS = 500;

const here = (file) => fileURLToPath(new URL(`./fairness/${file}`, import.meta.url));
const pinned = (args) =>
  flags.pin ? ['taskset', ['-c', '0', process.execPath, ...args]] : [process.execPath, args];

const settle = () => new Promise((done) => setTimeout(done, SETTLE_MS));
const p = (share, latencies) => latencies[Math.floor(share * (latencies.length - 1))];

/** Quiet and attacked by turns, so that what else the machine does is in both. */
async function stretches(gateway, target, name, into) {
  const shoppers = await Shoppers.open(gateway.url, gateway.items);
  await shoppers.click(1);
  into.quiet.push(...(await shoppers.click(SECONDS)));
  const attacker = spawn(
    process.execPath,
    [here('attacks.mjs'), name, new URL(target).port, gateway.items.join()],
    {
      stdio: 'inherit',
    },
  );
  started.push(attacker);
  await settle();
  into.attacked.push(...(await shoppers.click(SECONDS)));
  attacker.kill('SIGKILL');
  await new Promise((done) => attacker.once('exit', done));
  shoppers.leave();
  await settle();
}

function print(name, dist, { quiet, attacked }) {
  for (const latencies of [quiet, attacked]) latencies.sort((a, b) => a - b);
  const ms = (value) => value.toFixed(1).padStart(6);
  console.log(
    `${name.padEnd(9)} ${dist.padEnd(12)} quiet p50 ${ms(p(0.5, quiet))} p99 ${ms(p(0.99, quiet))}   attacked p50 ` +
      `${ms(p(0.5, attacked))} p99 ${ms(p(0.99, attacked))} max ${ms(p(1, attacked))} ms   p99 / quiet ${(p(0.99, attacked) / p(0.99, quiet)).toFixed(2)}`,
  );
}

if (flags.pin) keepOffTheFirst();
const gateways = [];
for (const dist of flags.dist.split(',')) gateways.push(await startGateway(dist, { isPinned: flags.pin }));
const idle = flags.beside
  ? spawn(...pinned([here('idle-server.mjs'), flags.dist.split(',')[0]]), {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  : undefined;
if (idle !== undefined) started.push(idle);
const beside = idle && `http://127.0.0.1:${await firstLine(idle, (line) => line)}`;
for (const name of flags.attacks.split(',')) {
  const results = gateways.map(() => ({ quiet: [], attacked: [] }));
  for (let round = Number(flags.rounds); round > 0; round--)
    for (const [i, gateway] of gateways.entries())
      await stretches(gateway, beside ?? gateway.url, name, results[i]);
  gateways.forEach(({ dist }, i) => print(name, dist, results[i]));
}
idle?.kill();
for (const gateway of gateways) await gateway.end();
process.exit(0);
