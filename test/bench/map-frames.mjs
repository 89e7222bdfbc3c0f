// How smooth the demo shop's map is: `node build.mjs && node test/bench/map-frames.mjs`. Needs Chromium. A shopper fills the graph to its
// 32 nodes, then clicks 20 times more; counted are the frames of the half second in which the map moves after each click, and
// what the page's thread did in them. docs/BENCHMARKS.md has the figures.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const CLICKS = 20;
const MOVES_MS = 500;
const NODES = 32;

const dataDir = mkdtempSync(join(tmpdir(), 'afterclick-map-'));
const gateway = spawn(process.execPath, ['dist/gateway/main.js'], {
  env: {
    ...process.env,
    AFTERCLICK_LOG_LEVEL: 'error',
    AFTERCLICK_PORT: '0',
    AFTERCLICK_DATA_DIR: dataDir,
    AFTERCLICK_ENCODER: 'none',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((resolve) =>
  createInterface(gateway.stdout).on('line', (line) => {
    if (line.includes('"event":"ready"')) resolve(JSON.parse(line).url);
  }),
);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
await page.goto(url);
await page.waitForSelector('#shelf .tile');
const devtools = await page.context().newCDPSession(page);
// Time that the thread has worked, however long it waited for a core.
await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });

/** Seconds that the page's thread has worked so far, in all and by kind. */
async function worked() {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** Clicks a tile, and gives the times (ms) between the frames of the time in which the map moves. */
function framesAfterClick(place) {
  return page.evaluate(
    async ([at, ms]) => {
      const tiles = document.querySelectorAll('#shelf .tile button');
      tiles[at % tiles.length].click();
      const times = [];
      const from = performance.now();
      while (performance.now() - from < ms)
        times.push(await new Promise((next) => requestAnimationFrame(next)));
      return times.slice(1).map((time, i) => time - times[i]);
    },
    [place, MOVES_MS],
  );
}

const share = (sorted, part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(1);
const nodes = () => page.locator('.map-node').count();
for (let click = 0; click < 200 && (await nodes()) < NODES; click++) await framesAfterClick(click * 3);
const before = await worked();
const gaps = [];
for (let click = 0; click < CLICKS; click++) gaps.push(...(await framesAfterClick(click)));
const after = await worked();
gaps.sort((a, b) => a - b);
const each = (name) => ((1_000 * (after[name] - before[name])) / gaps.length).toFixed(2);
console.log(
  `${await nodes()} nodes, ${await page.locator('.map-edge').count()} edges, ${gaps.length} frames`,
);
console.log(`between frames: p50 ${share(gaps, 0.5)}, p95 ${share(gaps, 0.95)}, p99 ${share(gaps, 0.99)} ms`);
console.log(`within 1/60 s: ${((100 * gaps.filter((ms) => ms < 17.5).length) / gaps.length).toFixed(1)} %`);
console.log(
  `work a frame: ${each('TaskDuration')} ms, of it script ${each('ScriptDuration')}, style ${each('RecalcStyleDuration')}, layout ${each('LayoutDuration')}`,
);
await browser.close();
gateway.kill('SIGTERM');
await new Promise((resolve) => gateway.once('exit', resolve));
rmSync(dataDir, { recursive: true, force: true });
