import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildChild } from '../support/store/store-child.js';
import { temporaryFolder } from '../support/store/store-kinds.js';
import { SmallDisk } from '../support/store/small-disk.js';

let program: string;

beforeAll(() => {
  program = buildChild('full-disk-writer');
});
afterAll(() => rmSync(program));

function startWriter(seed: number): SmallDisk {
  const folder = temporaryFolder();
  const disk = new SmallDisk(folder, 64, [program, folder, `${seed}`]);
  onTestFinished(() => void disk.process.kill('SIGKILL'));
  return disk;
}

/** The last position that the shard's store vouched for. */
function vouchedFor(lines: readonly string[]): number {
  return Math.max(0, ...positionsOf(lines, 'shard'), ...positionsOf(lines, 'rows'));
}

/** Positions vouched for, by entries of the journal (`shard`) or by rows that do not follow from them. */
function positionsOf(lines: readonly string[], kind: 'shard' | 'rows'): number[] {
  return lines
    .filter((line) => line.startsWith(`${kind} `))
    .map((line) => Number(line.slice(kind.length + 1)));
}

/** Ends the writer in order, and resolves with the end of the journal that it finds then, which agrees with all else in the store. */
async function held(disk: SmallDisk): Promise<number> {
  const at = disk.lines.length;
  disk.process.stdin.write('end\n');
  await disk.line((line) => line === 'closed', at);
  disk.free();
  disk.process.stdin.write('check\n');
  const end = await disk.line((line) => line.startsWith('holds '), at);
  expect(await disk.ended).toEqual([0, null]);
  return Number(end.slice(6));
}

test('[D1] commits wait for a disk that is full, in order, and go on by themselves; puts of the catalogue are refused meanwhile', async () => {
  const disk = startWriter(1);
  await disk.line((line) => line === 'shard 100' || Number(line.slice(6)) > 100);
  for (let round = 0; round < 3; round++) {
    disk.fill();
    const full = disk.lines.length;
    await disk.line((line) => line === 'wait true', full);
    const refused = await disk.line((line) => line.startsWith('refused '), full);
    expect(refused).toMatch(/the disk of .* is full: [\d.]+ MiB are free, and 16 MiB are the least/);
    const before = vouchedFor(disk.lines);
    disk.free();
    const freed = disk.lines.length;
    await disk.line((line) => line === 'wait false', freed);
    await disk.line((line) => line.startsWith('put '), freed);
    await disk.line((line) => line.startsWith('shard ') && Number(line.slice(6)) > before, freed);
  }
  expect(await held(disk)).toBeGreaterThanOrEqual(vouchedFor(disk.lines));
  // LMDB itself never met the full disk: it would have written past the end of a message, and ended the process now and then.
  expect(await disk.stderr).toBe('');
  expect(disk.lines.filter((line) => line.startsWith('lost ') || line.startsWith('final '))).toEqual([]);
  // Nothing was written twice, left out or out of order: each position that was vouched for is above the one before, of each kind.
  for (const kind of ['shard', 'rows'] as const) {
    const positions = positionsOf(disk.lines, kind);
    expect(positions.length).toBeGreaterThan(1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  }
}, 60_000);

test('[D1] a store that is closed while its disk is full gives up what waits, and nothing that it vouched for', async () => {
  for (const seed of [2, 3, 4]) {
    const disk = startWriter(seed);
    await disk.line((line) => line.startsWith('shard ') && Number(line.slice(6)) > 100 * seed);
    disk.fill();
    await disk.line((line) => line === 'wait true');
    expect(await held(disk)).toBeGreaterThanOrEqual(vouchedFor(disk.lines));
  }
}, 60_000);
