import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KeyFile } from '../../../../../shards/store/vault/keys/user-key-file.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

const WRAPPING = new Uint8Array(32).fill(7);

function pseudonym(n: number): Buffer {
  const bytes = Buffer.alloc(16);
  // Many of them have the same hash, so that places are shared.
  bytes.writeUInt32LE(n % 50, 0);
  bytes.writeUInt32LE(n, 4);
  return bytes;
}

function opened(path: string): KeyFile {
  return KeyFile.open(path, WRAPPING);
}

describe('a file of keys', () => {
  test('gives the key that was made, also when it is opened again', async () => {
    const path = join(temporaryFolder(), 'shard-0.keys');
    const first = opened(path);
    const keys = Array.from({ length: 3_000 }, (_, n) => first.add(pseudonym(n), n));
    await first.synced();
    await first.close();
    const again = opened(path);
    expect(again.opening).toBe(2);
    expect(again.count).toBe(3_000);
    for (const [n, key] of keys.entries()) expect(again.get(pseudonym(n))).toEqual(key);
    expect(again.get(pseudonym(3_000))).toBeUndefined();
    await again.close();
  });

  test('keeps no byte of a key that was destroyed, finds the others, and uses its slot again', async () => {
    const path = join(temporaryFolder(), 'shard-0.keys');
    const file = opened(path);
    for (let n = 0; n < 200; n++) file.add(pseudonym(n), 1);
    await file.synced();
    const size = readFileSync(path).length;
    const slot = readFileSync(path).subarray(128 * 101, 128 * 102);
    expect(slot.includes(pseudonym(100))).toBe(true);
    expect(file.destroy(pseudonym(100))).toBe(true);
    expect(file.destroy(pseudonym(100))).toBe(false);
    const bytes = readFileSync(path);
    expect(bytes.subarray(128 * 101, 128 * 102).every((byte) => byte === 0)).toBe(true);
    expect(bytes.includes(slot.subarray(24, 84))).toBe(false);
    for (let n = 0; n < 200; n++) expect(file.get(pseudonym(n)) === undefined).toBe(n === 100);
    file.add(pseudonym(500), 1);
    await file.synced();
    expect(readFileSync(path).length).toBe(size);
    await file.close();
    const again = KeyFile.read(path, WRAPPING);
    expect(again?.get(pseudonym(100))).toBeUndefined();
    expect(again?.get(pseudonym(500))).toHaveLength(32);
    await again?.close();
  });

  test('counts slots that cannot be read, and leaves them alone', async () => {
    const path = join(temporaryFolder(), 'shard-0.keys');
    const file = opened(path);
    for (let n = 0; n < 3; n++) file.add(pseudonym(n), 1);
    await file.synced();
    await file.close();
    const bytes = readFileSync(path);
    bytes[128 * 2 + 40] ^= 1;
    const other = join(temporaryFolder(), 'shard-0.keys');
    writeFileSync(other, bytes);
    const damaged = opened(other);
    expect([damaged.count, damaged.damaged]).toEqual([2, 1]);
    damaged.add(pseudonym(9), 1);
    expect(damaged.get(pseudonym(0))).toHaveLength(32);
    expect(damaged.get(pseudonym(2))).toHaveLength(32);
    await damaged.close();
  });

  test('is not there for a reader before somebody has made it', () => {
    expect(KeyFile.read(join(temporaryFolder(), 'none.keys'), WRAPPING)).toBeUndefined();
  });
});
