// Micro-benchmarks, one after the other: what a click costs by parts, without sockets.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Each takes the folder of a build. */
export const PARTS = [
  {
    file: 'click.bench.mjs',
    what: 'the gateway thread: codec (decode and check, encode), then a click in and its list and ack out',
  },
  {
    file: 'shard.bench.mjs',
    what: 'one shard: graph (update), model (step), candidates (collect and score), ranking (rules, blend, list), memory',
  },
  { file: 'store.bench.mjs', what: 'the store: a commit of 1 and of 16 clicks, synced' },
];
/** Less of it, to see that all works. */
const QUICK = { SLICES: '1', HOT_USERS: '300' };

/** Runs all of them on a build; 1 when one of them failed. */
export function runParts(dist, isQuick) {
  const env = { ...process.env, ...(isQuick && QUICK) };
  let code = 0;
  for (const { file, what } of PARTS) {
    process.stdout.write(`\n${file}: ${what}\n`);
    const run = spawnSync(process.execPath, [join(import.meta.dirname, '..', file), dist], {
      stdio: 'inherit',
      env,
    });
    if (run.status !== 0) code = 1;
  }
  return code;
}
