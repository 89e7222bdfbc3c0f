import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRing, readRing, RING_FILE, writeRing } from '../../../../../shards/store/vault/keys/key-ring.js';
import { readMasterKey } from '../../../../../shards/store/vault/keys/master-key.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

const NO_KEY = { masterKeyFile: '', masterKeyCommand: '' };
const master = (fill: number) => new Uint8Array(32).fill(fill);

describe('the master key', () => {
  test('is made where the file is not there yet, for the own user alone', () => {
    const masterKeyFile = join(temporaryFolder(), 'new', 'master.key');
    const key = readMasterKey({ ...NO_KEY, masterKeyFile });
    expect(key).toHaveLength(32);
    expect(statSync(masterKeyFile).mode & 0o777).toBe(0o600);
    expect(readMasterKey({ ...NO_KEY, masterKeyFile })).toEqual(key);
  });

  test('comes from a command, in hex or base64, and is absent where nothing is set', () => {
    const hex = 'ab'.repeat(32);
    expect(readMasterKey({ ...NO_KEY, masterKeyCommand: `echo ${hex}` })).toEqual(Buffer.from(hex, 'hex'));
    const base64 = Buffer.from(hex, 'hex').toString('base64');
    expect(readMasterKey({ ...NO_KEY, masterKeyCommand: `echo ${base64}` })).toEqual(Buffer.from(hex, 'hex'));
    expect(readMasterKey(NO_KEY)).toBeUndefined();
  });

  test.each([
    ['a short key', 'echo abcd', '64 hexadecimal digits'],
    ['a command that fails', 'echo secret; exit 3', 'failed; run it by hand'],
  ])('is refused: %s', (_, masterKeyCommand, message) => {
    expect(() => readMasterKey({ ...NO_KEY, masterKeyCommand })).toThrow(message);
  });

  test('is refused when its command takes too long, which is told from one that fails', () => {
    const masterKeyCommand = 'sleep 30';
    expect(() => readMasterKey({ ...NO_KEY, masterKeyCommand }, 100)).toThrow('took longer than 0.1 s');
  });

  test('is refused when two places are named', () => {
    const masterKeyFile = join(temporaryFolder(), 'none');
    expect(() => readMasterKey({ masterKeyFile, masterKeyCommand: 'true' })).toThrow('set one');
    expect(existsSync(masterKeyFile)).toBe(false);
  });
});

describe('a ring of keys', () => {
  test('is made once, and opens with its master key alone', async () => {
    const folder = temporaryFolder();
    const ring = await openRing(folder, master(1));
    expect(await openRing(folder, master(1))).toEqual(ring);
    expect(() => readRing(folder, master(2))).toThrow('does not fit');
    const text = readFileSync(join(folder, RING_FILE), 'latin1');
    for (const key of [ring.wrapping, ring.pseudonyms])
      for (const code of ['hex', 'base64', 'latin1'] as const)
        expect(text).not.toContain(Buffer.from(key).toString(code).slice(0, 20));
  });

  test('has the same keys under another master key, and no longer opens with the first', async () => {
    const folder = temporaryFolder();
    const ring = await openRing(folder, master(1));
    await writeRing(ring, master(2));
    expect(readRing(folder, master(2))).toEqual(ring);
    expect(() => readRing(folder, master(1))).toThrow('does not fit');
  });

  test('says which file is damaged', async () => {
    const folder = temporaryFolder();
    await openRing(folder, master(1));
    const path = join(folder, RING_FILE);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"id":"', '"id":"x'));
    expect(() => readRing(folder, master(1))).toThrow('Put it back from a copy');
  });
});
