import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtFile } from '../support/built.js';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { launchChromium } from '../support/gateway/chromium.js';
import { openDashboard } from '../support/watch/dashboard-page.js';
import { allDashboards, type Dashboard } from '../support/watch/dashboards.js';
import { emptyTargets, panelLines, type Recording } from '../support/watch/panel-series.js';
import { PrometheusProcess } from '../support/watch/prometheus-process.js';

const DASHBOARDS = allDashboards().map((one) => [one.title, one] as const);
/** Where pictures of the dashboards go, for whoever wants to look at them. */
const PICTURES = process.env['DASHBOARD_PICTURES'];

let browser: Browser;
let gateway: BuiltGateway;
let prometheus: PrometheusProcess;
let recording: Recording;

function load(flags: string): Promise<unknown> {
  const command = [builtFile('loadtest/load.js'), '--url', gateway.url, '--warmup', '0', ...flags.split(' ')];
  return promisify(execFile)(process.execPath, command).catch(({ code, stderr }: Record<string, unknown>) => {
    // A late generator or a broken promise is no matter here.
    if (code !== 1 && code !== 3) throw new Error(String(stderr));
  });
}

/** A snapshot, then clicks over sockets and calls over HTTP. */
async function record(): Promise<Recording> {
  const from = Date.now() / 1_000;
  const headers = { 'content-type': 'application/json' };
  const snapshot = await fetch(`${gateway.url}/v1/snapshots`, { method: 'POST', headers, body: '{}' });
  expect(snapshot.ok).toBe(true);
  await Promise.all([
    load('--rate 150 --connections 60 --seconds 20 --profile storm'),
    load('--rate 20 --connections 4 --seconds 20 --profile ads --candidates 50'),
    load('--rate 20 --connections 4 --seconds 20 --http'),
  ]);
  return { prometheus, from: from + 1, to: Date.now() / 1_000 };
}

beforeAll(async () => {
  gateway = await startGateway({ env: { AFTERCLICK_SHARDS: '2' } });
  prometheus = await PrometheusProcess.start(gateway.url.replace('http://', ''));
  recording = await record();
  browser = await launchChromium();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await prometheus?.kill();
  await gateway?.kill();
});

test.each(DASHBOARDS)(
  'each query of %s finds series in a run that Prometheus recorded',
  async (_, { panels }) => {
    const empty = await Promise.all(
      panels.map(async (panel) =>
        (await emptyTargets(panel, recording)).map((id) => `${panel.title}: ${id}`),
      ),
    );
    expect(empty.flat()).toEqual([]);
  },
);

async function drawn(dashboard: Dashboard) {
  const filled = await Promise.all(
    dashboard.panels.map(async (panel) => ({ panel, lines: await panelLines(panel, recording) })),
  );
  return openDashboard(browser, dashboard, filled);
}

test.each(DASHBOARDS)('%s has no empty panel, and its words have room', async (_, dashboard) => {
  const page = await drawn(dashboard);
  const folder = PICTURES ?? temporaryFolder();
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${dashboard.uid}.png`) });
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll('.title, .legend, .value')]
      .filter(
        (part) =>
          part.scrollWidth > part.clientWidth ||
          part.scrollHeight > part.clientHeight ||
          part.textContent === 'No data',
      )
      .map((part) => `${part.closest('.panel')!.querySelector('.title')!.textContent}: ${part.textContent}`),
  );
  expect(cut).toEqual([]);
  await page.close();
});
