import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { LoadResult } from '../../loadtest/load/load-result.js';
import { scrapeMetrics } from '../../loadtest/target/server-stages.js';
import { builtFile } from '../support/built.js';
import { startGateway, temporaryFolder, type BuiltGateway } from '../support/gateway/built-gateway.js';

/** Twice of it is more than any two cores do, beside a generator. */
const RATE = 6_000;
const SECONDS = 9;
/** Generator, gateway and whatever else runs share the cores: what takes 2 s on a quiet machine may take longer. */
const NORMAL_AGAIN_MS = 10_000;

async function startShop(dataDir: string): Promise<BuiltGateway> {
  const env = {
    AFTERCLICK_SHARDS: '1',
    AFTERCLICK_DATA_DIR: dataDir,
    // A generator that was late sends what it owes at once: it is the shard's limit that is met here, not a connection's.
    AFTERCLICK_MESSAGES_PER_SEC: '10000',
  };
  const gateway = await startGateway({ env });
  onTestFinished(() => gateway.kill());
  return gateway;
}

/** The sum of a metric over all of its labels. */
async function metric(url: string, name: string): Promise<number> {
  const lines = await scrapeMetrics(url);
  const found = lines.filter((line) => line.name === `afterclick_${name}`);
  expect(found, name).not.toHaveLength(0);
  return found.reduce((sum, { value }) => sum + value, 0);
}

/** Of all clicks, those that a generator which is short of CPU may not have heard of when it has waited for 5 s. */
const UNDER_WAY_SHARE = 0.02;

/** Offers far too much, then a quarter of that; resolves with what came of it. */
async function overload(url: string): Promise<LoadResult> {
  const json = join(temporaryFolder(), 'overload.json');
  const given = `--profile overload --rate ${RATE} --seconds ${SECONDS} --connections 200 --sessions long --watch 0`;
  const args = [builtFile('loadtest/load.js'), ...given.split(' '), '--url', url, '--json', json];
  await new Promise<void>((resolve) => {
    execFile(process.execPath, args, () => resolve());
  });
  return (JSON.parse(readFileSync(json, 'utf8')) as { result: LoadResult }).result;
}

test('[D1] [R1] [B2] far too much load: what is accepted has its list and survives SIGKILL, the rest is refused, and all is normal again', async () => {
  const dataDir = temporaryFolder();
  const gateway = await startShop(dataDir);
  const before = await metric(gateway.url, 'store_journal_end');
  const { clicks, missingAcks, missingLists, refused, closed, shedSeconds } = await overload(gateway.url);
  await expect
    .poll(() => metric(gateway.url, 'shed_level'), { timeout: NORMAL_AGAIN_MS, interval: 100 })
    .toBe(0);
  expect(shedSeconds).toBeGreaterThan(0);
  expect(await metric(gateway.url, 'candidates_cut_total')).toBeGreaterThan(0);
  await gateway.kill();

  const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0);
  // Nobody is cut off, what is acknowledged has its list, and the rest is refused, but for what is under way when the generator ends.
  expect(closed).toEqual({});
  expect(missingLists).toBeLessThanOrEqual(missingAcks);
  expect(refusals).toBeGreaterThan(0);
  expect(missingAcks - refusals).toBeGreaterThanOrEqual(0);
  expect(missingAcks - refusals).toBeLessThan(UNDER_WAY_SHARE * clicks);
  const again = await startShop(dataDir);
  const kept = (await metric(again.url, 'store_journal_end')) - before;
  expect(kept).toBeGreaterThanOrEqual(clicks - missingAcks);
}, 180_000);
