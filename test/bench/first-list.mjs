// How soon a new page has its first list: `node build.mjs && node test/bench/first-list.mjs [PAGES]`. Needs Chromium. Each page is a new
// profile on a page of its own origin's cache, that loads `/sdk.js` from the gateway, as a shop's page does, and asks for a list of 20. Counted
// is from the beginning of the navigation to the list in the page; docs/BENCHMARKS.md has the figures.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { startScript } from './start-script.mjs';

const pages = Number(process.argv[2] ?? 30);
/** Of them are not counted: the engines on both sides compile. */
const WARM_UP = 3;

/** The page of a shop that has the SDK as a script. */
const pageOf = (
  gateway,
) => `<!doctype html><title>shop</title><script src="${gateway}/sdk.js"></script><script>
const client = new Afterclick.AfterclickClient({ url: '${gateway}', slots: [{ slot: 'home', k: 20 }] });
client.on('list', (list) => (window.firstListMs ??= list.ids.length === 20 && performance.now()));
</script>`;

let gatewayUrl = '';
const shop = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end(pageOf(gatewayUrl));
}).listen(0, '127.0.0.1');
await once(shop, 'listening');
const shopUrl = `http://127.0.0.1:${shop.address().port}`;

const dataDir = mkdtempSync(join(tmpdir(), 'afterclick-first-'));
const script = startScript('dist');
const gateway = spawn(process.execPath, [...script.flags, 'dist/gateway/main.js'], {
  env: {
    ...process.env,
    ...script.env,
    AFTERCLICK_LOG_LEVEL: 'error',
    AFTERCLICK_PORT: '0',
    AFTERCLICK_DATA_DIR: dataDir,
    AFTERCLICK_ENCODER: 'none',
    AFTERCLICK_ORIGINS: shopUrl,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
gatewayUrl = await new Promise((resolve) =>
  createInterface(gateway.stdout).on('line', (line) => {
    if (line.includes('"event":"ready"')) resolve(JSON.parse(line).url);
  }),
);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

/** ms from the beginning of the navigation to the first list, in a profile that has seen nothing. */
async function firstListMs() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(shopUrl);
  const taken = await (await page.waitForFunction(() => window.firstListMs)).jsonValue();
  await context.close();
  return taken;
}

const times = [];
for (let i = 0; i < WARM_UP + pages; i++) times.push(await firstListMs());
const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
const at = (part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(0);
console.log(`${sorted.length} new pages: first list after p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
await browser.close();
gateway.kill('SIGTERM');
await once(gateway, 'exit');
shop.close();
rmSync(dataDir, { recursive: true, force: true });
