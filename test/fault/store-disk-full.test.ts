import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { buildChild } from '../support/store/store-child.js';
import { temporaryFolder } from '../support/store/store-kinds.js';
import { restoreTally } from '../support/store/store-tally.js';

let program: string;

beforeAll(() => {
  program = buildChild('store-writer');
});
afterAll(() => rmSync(program));

/** Runs the writer with a limit on the size of its files, in units of 512 bytes, until the store refuses. */
async function writeUntilRefused(
  folder: string,
  blocks: number,
  seed: number,
): Promise<[number, string, number | null]> {
  const command = 'ulimit -f "$1"; shift; exec "$@"';
  const child = spawn('sh', ['-c', command, 'sh', `${blocks}`, process.execPath, program, folder, `${seed}`]);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const stderr = text(child.stderr);
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) acknowledged = Number(line);
  return [acknowledged, await stderr, (await exit)[0]];
}

test('[D1] a full disk rejects commits and loses nothing that was acknowledged', async () => {
  const folder = temporaryFolder();
  for (const [seed, blocks] of [
    [1, 300],
    [2, 420],
  ] as const) {
    const [acknowledged, stderr, exitCode] = await writeUntilRefused(folder, blocks, seed);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('refused: the disk refused a commit: ');
    const store = await openLmdbStore({ folder });
    restoreTally(store);
    expect(acknowledged).toBeGreaterThan(0);
    expect(store.journalEnd).toBeGreaterThanOrEqual(acknowledged);
    await store.close();
  }
}, 60_000);
