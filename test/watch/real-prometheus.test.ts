import { expect, onTestFinished, test } from 'vitest';
import { builtFile } from '../support/built.js';
import { temporaryFolder } from '../support/gateway/built-gateway.js';
import { SmallDisk } from '../support/store/small-disk.js';
import { PrometheusProcess } from '../support/watch/prometheus-process.js';

/** Long enough for a machine on which others are busy. */
const PATIENCE = { timeout: 90_000, interval: 500 };

/** A built gateway on a disk of its own. */
async function gatewayOn(mebibytes: number): Promise<{ disk: SmallDisk; url: string }> {
  const folder = temporaryFolder();
  const disk = new SmallDisk(folder, mebibytes, [builtFile('gateway/main.js')], {
    ...process.env,
    AFTERCLICK_BUILT: '',
    AFTERCLICK_PORT: '0',
    AFTERCLICK_DATA_DIR: `${folder}/data`,
    AFTERCLICK_ITEMS_MAX: '4096',
    AFTERCLICK_SHARDS: '2',
    AFTERCLICK_DRAIN_GRACE_MS: '0',
  });
  onTestFinished(() => void disk.process.kill('SIGKILL'));
  const { url } = JSON.parse(await disk.line((line) => line.includes('"event":"ready"'))) as { url: string };
  return { disk, url };
}

test('a real Prometheus wakes somebody when the disk is full and when the gateway is gone, and ends the alert with the fault', async () => {
  const { disk, url } = await gatewayOn(128);
  const prometheus = await PrometheusProcess.start(url.replace('http://', ''));
  onTestFinished(() => prometheus.kill());
  const click = () =>
    fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'ann', id: crypto.randomUUID(), e: 'search', query: 'lamp' }),
    });
  expect((await click()).status).toBe(200);
  await expect.poll(() => prometheus.value('afterclick_events_applied_total'), PATIENCE).toBe(1);
  expect(await prometheus.value('afterclick_ready')).toBe(1);
  expect((await prometheus.pages()).filter((name) => /Disk|Ready|Down|Store/.test(name))).toEqual([]);

  disk.fill();
  await expect.poll(() => prometheus.pages(), PATIENCE).toContain('AfterclickDiskFull');
  await expect.poll(() => prometheus.pages(), PATIENCE).toContain('AfterclickNotReady');
  expect((await click()).status).toBe(503);

  disk.free();
  const ofDisk = async (): Promise<string[]> =>
    (await prometheus.pages()).filter((name) => /Disk|Ready/.test(name));
  await expect.poll(ofDisk, PATIENCE).toEqual([]);

  disk.process.kill('SIGKILL');
  await expect.poll(() => prometheus.pages(), PATIENCE).toContain('AfterclickDown');
}, 300_000);
