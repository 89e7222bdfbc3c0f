import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BusyShopper } from '../support/gateway/busy-shopper.js';
import { startGateway, temporaryFolder } from '../support/gateway/built-gateway.js';

/** A pipe without room that nobody reads but the test. */
function fullPipe() {
  const path = join(temporaryFolder(), 'log');
  execFileSync('mkfifo', [path]);
  const { O_NONBLOCK, O_RDWR } = constants;
  const pipe = openSync(path, O_RDWR | O_NONBLOCK);
  onTestFinished(() => closeSync(pipe));
  fill(pipe);
  const bytes = Buffer.alloc(1024 * 1024);
  return {
    path,
    read: () => bytes.subarray(0, readSync(pipe, bytes, 0, bytes.length, null)).toString(),
    fill: () => fill(pipe),
  };
}

function fill(pipe: number): void {
  for (const size of [4096, 1]) {
    try {
      for (;;) writeSync(pipe, ' '.repeat(size));
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
    }
  }
}

test('a log that nobody reads stops neither the start, nor clicks, nor the end, and goes on when it is read', async () => {
  const log = fullPipe();
  const gateway = await startGateway({
    env: { AFTERCLICK_BUNDLE: 'none', AFTERCLICK_SHARDS: '1', AFTERCLICK_ITEMS_MAX: '4096' },
    shell: `exec 2>'${log.path}'`,
  });
  onTestFinished(() => gateway.kill());
  const shopper = await BusyShopper.start(gateway.url);
  await acknowledged(shopper, 50);
  expect(log.read().trim()).toBe('');
  await vi.waitFor(() => expect(log.read()).toContain('"msg":"shard ready"'), 5_000);
  log.fill();
  await acknowledged(shopper, shopper.sent + 50);
  expect(await gateway.stop()).toBe(0);
}, 60_000);

function acknowledged(shopper: BusyShopper, seq: number): Promise<void> {
  return vi.waitFor(() => expect(shopper.acked).toBeGreaterThanOrEqual(seq), 10_000);
}
