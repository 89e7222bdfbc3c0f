// What a click cannot cost less than: an echo over a socket, its share of a batched step, and a put that is synced.
import { once } from 'node:events';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { load } from './load.mjs';
import { cpuSeconds, onCore, SERVER_CORE } from './pinned.mjs';

const CHILD = join(import.meta.dirname, 'limit-child.mjs');

/** Runs a part in a process of its own on the server's core; its first message. */
async function part(bench, name) {
  const [tool, ...args] = onCore(SERVER_CORE, [process.execPath, CHILD]);
  const child = fork(args.at(-1), [name, bench.dist, bench.work], {
    execPath: tool,
    execArgv: args.slice(0, -1),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const first = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (typeof first[0] !== 'object' || first[0] === null)
    throw new Error(`the part ${name} of the limit failed`);
  return { child, answer: first[0] };
}

/** CPU microseconds a click of each part, and the clicks a second that one core has room for: one over their sum. */
export async function limit(bench) {
  const echoUs = await echo(bench);
  const step = await part(bench, 'step');
  const put = await part(bench, 'put');
  const { us: stepUs } = step.answer;
  const { us: putUs } = put.answer;
  return { echoUs, stepUs, putUs, clicksPerSec: 1e6 / (echoUs + stepUs + putUs) };
}

/** A server that answers each click with a list and an ack that it has ready: CPU a click, at a rate that fills batches. */
async function echo(bench) {
  const { child, answer } = await part(bench, 'echo');
  const seconds = bench.quick ? 1 : 5;
  try {
    const flags = { rate: bench.quick ? 500 : 8_000, connections: 200, seconds, warmup: 1, sessions: 'long' };
    const before = cpuSeconds(child.pid);
    const result = await load(bench, answer.url, flags);
    return (1e6 * (cpuSeconds(child.pid) - before)) / result.clicks;
  } finally {
    child.kill();
  }
}
