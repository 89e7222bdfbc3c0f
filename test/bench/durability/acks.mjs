import { rmSync } from 'node:fs';
import { unsyncedBuild } from './built-gateway.mjs';
import { Crowd, quantile } from './crowd.mjs';

const RATES = [1_000, 2_000];
const ACK_MS = 25;
const RATIO = 1.1;

/** Both gateways live at the same time, and what the machine does meanwhile hits both. */
export async function acks(bench) {
  const { dist, shoppers } = bench;
  const unsynced = `${dist}-unsynced-${process.pid}`;
  unsyncedBuild(dist, unsynced);
  try {
    const on = await open(bench, 'on', dist);
    const off = await open(bench, 'off', unsynced);
    for (const rate of RATES) await compare(bench, { on, off, rate });
    for (const { gateway, crowd } of [on, off]) {
      crowd.close();
      await gateway.stop();
    }
  } finally {
    rmSync(unsynced, { recursive: true, force: true });
  }

  async function open(to, name, build) {
    const gateway = await to.start(`acks-${name}`, build);
    return { gateway, crowd: await Crowd.open(gateway, name, shoppers) };
  }
}

async function compare({ rounds, seconds, row }, { on, off, rate }) {
  for (const arm of [on, off]) {
    await arm.crowd.click(rate, 5);
    Object.assign(arm, { lists: [], acks: [], each: [] });
  }
  for (let round = 0; round < rounds; round++)
    for (const arm of round % 2 === 0 ? [on, off] : [off, on]) {
      const { lists, acks: answered } = await arm.crowd.click(rate, seconds);
      arm.lists = arm.lists.concat(lists);
      arm.acks = arm.acks.concat(answered);
      arm.each.push(quantile(lists, 0.99));
    }
  const p99 = (arm) => quantile(arm.lists, 0.99);
  const at = `at ${rate}/s`;
  row('acks', `click to list p50 ${at}, acks on`, { value: quantile(on.lists, 0.5), unit: 'ms' });
  row('acks', `click to list p50 ${at}, acks off`, { value: quantile(off.lists, 0.5), unit: 'ms' });
  row('acks', `click to list p99 ${at}, acks on`, { value: p99(on), unit: 'ms' });
  row('acks', `click to list p99 ${at}, acks off`, { value: p99(off), unit: 'ms' });
  row('acks', `click to list p99 ${at}, on ÷ off`, { value: p99(on) / p99(off), bound: RATIO });
  const ofRounds = median(on.each) / median(off.each);
  row('acks', `click to list p99 ${at}, median of rounds, on ÷ off`, { value: ofRounds, bound: RATIO });
  row('acks', `click to ack p50 ${at}`, { value: quantile(on.acks, 0.5), unit: 'ms' });
  row('acks', `click to ack p99 ${at}`, { value: quantile(on.acks, 0.99), unit: 'ms', bound: ACK_MS });
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
