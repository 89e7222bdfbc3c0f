// Rows of `npm run bench` that measure memory and CPU.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { load } from '../load.mjs';
import { onCore, SERVER_CORE } from '../pinned.mjs';
import { LARGE_SHOP, shopFolder } from '../shop.mjs';
import { least, noted, RATE, steady, warm, withGateway } from './measuring.mjs';
import { RATES } from './rates.mjs';

/** A task of test/bench/shard.bench.mjs: one shard in process. */
async function shardTask(bench, task, flags) {
  const [tool, ...args] = onCore(SERVER_CORE, [process.execPath, ...flags]);
  const child = fork(
    join(import.meta.dirname, '../../shard.bench.mjs'),
    ['--measure', JSON.stringify({ builds: [bench.dist], ...task })],
    {
      execPath: tool,
      execArgv: args,
      env: { ...process.env, ...(bench.quick && { HOT_USERS: '300' }) },
    },
  );
  const [answer] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof answer !== 'object' || answer === null) throw new Error('test/bench/shard.bench.mjs failed');
  return answer;
}

/** Clicks a second of a pool of so many shards on these cores, without sockets. */
async function poolRate(bench, shards, cores) {
  const count = least(bench, LARGE_SHOP, 2_000);
  const from = await shopFolder(bench, count);
  const [tool, ...args] = onCore(cores, [process.execPath, join(import.meta.dirname, '../pool-child.mjs')]);
  const text = execFileSync(tool, [...args, bench.dist, from, String(shards), String(least(bench, 20, 2))], {
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: bench.work },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(text.trim().split('\n').at(-1));
}

/**
 * Bytes a second that the threads of a gateway allocate, from its lines of `--trace-gc`: what each heap grew by from one collection to
 * the next, by the time between its first and its last. Throws where no heap was collected twice.
 */
export function allocatedPerSec(lines) {
  const heaps = new Map();
  for (const line of lines) {
    const found = /^\[\d+:(0x[0-9a-f]+)\] +(\d+) ms: .*? ([\d.]+) \([\d.]+\) -> ([\d.]+) \(/.exec(line);
    if (found === null) continue;
    const [atMs, before, after] = found.slice(2).map(Number);
    const heap = heaps.get(found[1]);
    if (heap === undefined) heaps.set(found[1], { fromMs: atMs, toMs: atMs, after, grown: 0 });
    else {
      heap.grown += Math.max(0, before - heap.after);
      heap.toMs = atMs;
      heap.after = after;
    }
  }
  const collected = [...heaps.values()].filter(({ fromMs, toMs }) => toMs > fromMs);
  if (collected.length === 0) throw new Error('no thread collected its garbage twice: measure for longer');
  return collected.reduce(
    (sum, { fromMs, toMs, grown }) => sum + (1_000 * grown * 2 ** 20) / (toMs - fromMs),
    0,
  );
}

async function allocation(bench) {
  const measure = async (gateway, { items }) => {
    const flags = { items, rate: bench.quick ? 400 : RATE, sessions: 'long' };
    await load(bench, gateway.url, { ...flags, seconds: least(bench, 10, 2) });
    const from = gateway.lines.length;
    const result = await load(bench, gateway.url, { ...flags, seconds: least(bench, 30, 10), warmup: 0 });
    const value = allocatedPerSec(gateway.lines.slice(from)) / result.achievedPerSec;
    return { value, more: noted(result) };
  };
  return withGateway(bench, measure, { flags: ['--trace-gc'] });
}

export const COSTS = {
  'hot-user': {
    what: 'resident bytes a hot user',
    unit: 'B',
    better: 'lower',
    atLeast: 6_000,
    aim: 3_000,
    measure: async (bench) => {
      const task = { kind: 'memory', copies: 1, batch: 16 };
      const { residentBytes, ...more } = await shardTask(bench, task, ['--expose-gc']);
      return { value: residentBytes, more };
    },
  },
  'idle-connection': {
    what: 'resident bytes an idle connection with a user and a list',
    unit: 'B',
    better: 'lower',
    atLeast: 12_000,
    aim: 8_000,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) => {
        const connections = least(bench, 5_000, 200);
        // What the first connections make the gateway load is not theirs.
        await load(bench, gateway.url, { profile: 'idle', items, connections: 100, seconds: 1 });
        const flags = { profile: 'idle', items, connections, seconds: least(bench, 5, 1) };
        const { memory } = await load(bench, gateway.url, flags);
        return { value: (memory.openBytes - memory.beforeBytes) / connections, more: { connections } };
      }),
  },
  pool: {
    what: 'shard pool alone: two shards on two cores ÷ one on one, clicks/s',
    unit: 'times',
    better: 'higher',
    atLeast: 1.6,
    aim: 1.9,
    measure: async (bench) => {
      const one = await poolRate(bench, 1, `${SERVER_CORE}`);
      const two = await poolRate(bench, 2, undefined);
      if (!bench.quick && Math.max(one.shedLevel, two.shedLevel) >= 2)
        throw new Error('the shards left work out: measure on a machine with less to do');
      return {
        value: two.clicksPerSec / one.clicksPerSec,
        more: {
          onePerSec: one.clicksPerSec,
          twoPerSec: two.clicksPerSec,
          shedLevel: Math.max(one.shedLevel, two.shedLevel),
        },
      };
    },
  },
  allocation: {
    what: 'bytes allocated a click, all threads, at 1,000 clicks/s',
    unit: 'B',
    better: 'lower',
    atLeast: 2_048,
    aim: 512,
    measure: allocation,
  },
  'recommend-cpu': {
    what: 'recommend over HTTP: CPU each, at 2,000/s',
    unit: 'µs',
    better: 'lower',
    atLeast: 150,
    aim: 100,
    measure: (bench) =>
      withGateway(bench, async (gateway) => {
        const flags = { http: true, call: 'recommend', connections: 100, rate: least(bench, 2_000, 20) };
        await warm(bench, gateway, flags);
        const before = gateway.cpuSeconds;
        const sized = { ...flags, seconds: least(bench, 20, 1), warmup: 0 };
        const result = await load(bench, gateway.url, sized);
        return { value: (1e6 * (gateway.cpuSeconds - before)) / result.answers, more: noted(result) };
      }),
  },
  'cpu-at-250': {
    what: 'CPU a click at 250/s',
    unit: 'µs',
    better: 'lower',
    atLeast: 600,
    aim: 300,
    measure: (bench) =>
      withGateway(bench, async (gateway, { items }) => {
        const result = await steady(bench, gateway, { items, rate: least(bench, 250, 50) });
        return { value: result.cpuUs, more: noted(result) };
      }),
  },
  resident: {
    what: 'resident after the canonical run',
    unit: 'MiB',
    better: 'lower',
    atLeast: 400,
    aim: 250,
    measure: async (bench, results) => {
      const { more } = results.canonical ?? (await RATES.canonical.measure(bench));
      return { value: more.residentMiB };
    },
  },
};
