import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { builtFile } from '../support/built.js';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';

function runLoadtest(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [builtFile('loadtest/load.js'), ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

async function startShop(): Promise<BuiltGateway> {
  const gateway = await startGateway({ env: { AFTERCLICK_BUNDLE: 'none', AFTERCLICK_SHARDS: '1' } });
  onTestFinished(() => gateway.kill());
  const items = Array.from({ length: 50 }, (_, i) => JSON.stringify({ id: `item-${i}` })).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  expect((await fetch(`${gateway.url}/v1/items`, { method: 'PUT', headers, body: items })).status).toBe(200);
  return gateway;
}

test('npm run loadtest -- --http --max finds the highest rate of each call', async () => {
  const { url } = await startShop();
  for (const call of ['recommend', 'rank', 'events']) {
    const json = join(temporaryFolder(), 'max.json');
    const flags = '--http --max --connections 4 --seconds 0.3 --warmup 0.1 --p99-max-ms 10000'.split(' ');
    const run = await runLoadtest(['--url', url, '--call', call, ...flags, '--json', json]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain(`POST /v1/${call}\n`);
    expect(run.stdout).toMatch(/highest rate \d+ calls\/s, over [124] connections: p50 [\d.]+ ms/);
    const { result } = JSON.parse(readFileSync(json, 'utf8'));
    expect(result.best.ratePerSec).toBeGreaterThan(0);
    expect(result.steps[0]).toMatchObject({ connections: 1, errors: 0, not2xx: 0 });
  }
});

test('it ends with 1 when calls fail or no step is within the bound, with 2 for flags that do not go together', async () => {
  const { url } = await startShop();
  const flags = '--http --max --seconds 0.2 --warmup 0 --p99-max-ms 0.001'.split(' ');
  const late = await runLoadtest(['--url', url, ...flags]);
  expect(late).toMatchObject({ code: 1 });
  expect(late.stdout).toContain('no step stayed within p99 0.001 ms without errors');
  expect(await runLoadtest(['--url', url, '--max'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('add --http'),
  });
});
