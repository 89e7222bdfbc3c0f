// What it costs to be watched: `node build.mjs && node test/bench/watched.mjs [--dist dist] [--rate 500] [--seconds 20] [--rounds 3]`.
// Two gateways of one build with the same clicks, by turns: one that nobody looks at and that records no trace, and one that is
// scraped every 5 s and tells a collector of 1 % of its clicks. Prints the CPU time a click of both and their ratio; asked is 1.02.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BuiltGateway } from './durability/built-gateway.mjs';
import { Crowd } from './durability/crowd.mjs';

const { values: flags } = parseArgs({
  options: {
    dist: { type: 'string', default: 'dist' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
});
const RATE = Number(flags.rate);
const SECONDS = Number(flags.seconds);
const SCRAPE_EVERY_MS = 5_000;
const SHOPPERS = 200;

const work = mkdtempSync(join(tmpdir(), 'afterclick-watched-'));
let spansBytes = 0;
const collector = createServer((request, response) => {
  request.on('data', (part) => (spansBytes += part.length));
  request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
});
await new Promise((listening) => collector.listen(0, '127.0.0.1', listening));

async function start(name, env) {
  const gateway = await BuiltGateway.start(resolve(flags.dist), join(work, name), { env });
  return { name, gateway, crowd: await Crowd.open(gateway, name, SHOPPERS), ms: [] };
}

/** CPU time of the gateway a click, µs. */
async function click({ gateway, crowd }, isScraped) {
  const scrape = () => fetch(`${gateway.url}/metrics`).then((answer) => answer.text());
  const before = gateway.cpuMs();
  const timer = isScraped ? setInterval(() => void scrape(), SCRAPE_EVERY_MS) : undefined;
  await crowd.click(RATE, SECONDS);
  clearInterval(timer);
  return ((gateway.cpuMs() - before) * 1_000) / (RATE * SECONDS);
}

const unwatched = await start('unwatched', { AFTERCLICK_TRACE_RATIO: '0' });
const watched = await start('watched', {
  AFTERCLICK_TRACE_RATIO: '0.01',
  AFTERCLICK_OTLP_ENDPOINT: `http://127.0.0.1:${collector.address().port}`,
});
try {
  for (const arm of [unwatched, watched]) await arm.crowd.click(RATE, 10);
  const ratios = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    const arms = round % 2 === 0 ? [unwatched, watched] : [watched, unwatched];
    const us = {};
    for (const arm of arms) us[arm.name] = await click(arm, arm === watched);
    ratios.push(us.watched / us.unwatched);
    console.log(
      `round ${round + 1}: ${us.unwatched.toFixed(1)} µs a click alone, ${us.watched.toFixed(1)} watched, ratio ${ratios.at(-1).toFixed(3)}`,
    );
  }
  ratios.sort((a, b) => a - b);
  console.log(
    `median ratio ${ratios[ratios.length >> 1].toFixed(3)} at ${RATE} clicks/s (asked 1.02); ${spansBytes} bytes of spans`,
  );
} finally {
  for (const { gateway, crowd } of [unwatched, watched]) {
    crowd.close();
    await gateway.stop();
  }
  collector.close();
  rmSync(work, { recursive: true, force: true });
}
