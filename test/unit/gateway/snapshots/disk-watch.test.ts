import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DiskWatch } from '../../../../gateway/snapshots/disk-watch.js';
import { DiskSpace } from '../../../../metrics/process/disk-space.js';
import { createLog } from '../../../../metrics/process/log.js';

const FILES = ['catalogue/data.mdb', 'shard-0/data.mdb', 'keys/shard-0.keys'];

function watched(): { readonly disk: DiskWatch; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-watch-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of FILES) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), 'x');
  }
  const disk = new DiskWatch(new DiskSpace(folder), createLog({ level: 'silent' }));
  onTestFinished(() => disk.stop());
  disk.watchShards({ count: 1, wait: () => false, reason: () => undefined, isDown: () => false });
  return { disk, folder };
}

test.each(FILES)('%s that is moved away is noticed and named, and so is that it is back', async (file) => {
  const { disk, folder } = watched();
  const path = join(folder, file);
  await expect.poll(() => disk.problem).toBeUndefined();
  renameSync(path, `${path}.away`);
  await expect.poll(() => disk.problem?.detail, { timeout: 3_000 }).toContain(`${path} was moved or deleted`);
  await expect(disk.guard(() => 1)).rejects.toThrow('was moved or deleted');
  renameSync(`${path}.away`, path);
  await expect.poll(() => disk.problem, { timeout: 3_000 }).toBeUndefined();
});
