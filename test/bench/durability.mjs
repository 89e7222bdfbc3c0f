// What durability costs: `node build.mjs && node test/bench/durability.mjs [--parts acks,snapshot,start,bytes] [--dist dist]
// [--seconds 10] [--rounds 4] [--users 1000000] [--snapshot-users 100000] [--visitors 100000] [--json FILE] [--profile FOLDER]`.
// Starts gateways of that build, each in a process of its own, on data folders under --work (a temporary folder, removed at the
// end; 10 GB). Prints a row for each figure, with its bound where it has one. Latencies count from when a click was due.
//   acks      click to list with acknowledgements that wait for the disk, beside a copy of the build that never syncs, by turns;
//             click to ack
//   snapshot  click to list while a snapshot of many users is made, and between snapshots
//   start     start to ready with many users on disk, with nothing of the store in the system's page cache, after an end in order
//             and after SIGKILL; the first click of users who are in no memory either
//   bytes     of journal a click, in all and after `compact`; on disk of a visitor who came for one click
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { acks } from './durability/acks.mjs';
import { BuiltGateway } from './durability/built-gateway.mjs';
import { bytes } from './durability/bytes.mjs';
import { snapshot } from './durability/snapshot.mjs';
import { startOfMany } from './durability/start.mjs';

const number = (fallback) => ({ type: 'string', default: String(fallback) });
const { values: flags } = parseArgs({
  options: {
    parts: { type: 'string', default: 'acks,snapshot,start,bytes' },
    dist: { type: 'string', default: 'dist' },
    seconds: number(10),
    rounds: number(4),
    users: number(1_000_000),
    'snapshot-users': number(100_000),
    visitors: number(100_000),
    work: { type: 'string' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});
const work =
  flags.work === undefined ? mkdtempSync(join(tmpdir(), 'afterclick-durability-')) : resolve(flags.work);
const rows = [];
const gateways = [];

const bench = {
  dist: resolve(flags.dist),
  work,
  shoppers: 200,
  seconds: Number(flags.seconds),
  rounds: Number(flags.rounds),
  users: Number(flags.users),
  snapshotUsers: Number(flags['snapshot-users']),
  visitors: Number(flags.visitors),

  /** A gateway on the folder called `folder`, of the build in `dist`. */
  async start(folder, dist = bench.dist) {
    const profile = flags.profile && { profile: join(resolve(flags.profile), folder) };
    const gateway = await BuiltGateway.start(dist, join(work, folder), profile);
    gateways.push(gateway);
    return gateway;
  },

  /** Takes a figure down, and whether it is within its bound. */
  row(part, figure, { value, unit = '', bound }) {
    const rounded = Math.round(value * 1_000) / 1_000;
    const holds = bound === undefined || value <= bound;
    rows.push({ part, figure, value: rounded, unit, ...(bound !== undefined && { bound, holds }) });
    const verdict = bound === undefined ? '' : `  ${holds ? '' : 'MISSED, '}at most ${bound}`;
    console.log(
      `${part.padEnd(9)} ${figure.padEnd(62)} ${String(rounded).padStart(10)} ${unit.padEnd(5)}${verdict}`,
    );
  },
};

const PARTS = { acks, snapshot, start: startOfMany, bytes };
try {
  for (const part of flags.parts.split(',')) await PARTS[part](bench);
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify(rows, null, 2)}\n`);
} finally {
  for (const gateway of gateways) await gateway.stop('SIGKILL');
  if (flags.work === undefined) rmSync(work, { recursive: true, force: true });
}
