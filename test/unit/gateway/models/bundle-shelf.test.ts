import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BundleShelf } from '../../../../gateway/models/bundle-shelf.js';
import { SampleBundle } from '../../../support/model/sample-bundle.js';

let sample: SampleBundle;
let data: string;
beforeEach(async () => {
  sample = await SampleBundle.write();
  data = mkdtempSync(join(tmpdir(), 'afterclick-shelf-'));
});
afterEach(async () => {
  await sample.remove();
  rmSync(data, { recursive: true });
});

const record = (seen: string) => ({ option: 'demo', seen, serving: null });

describe('BundleShelf.write', () => {
  it('writes records one after the other: the last one asked for stands', async () => {
    const shelf = new BundleShelf(data);
    await Promise.all(Array.from({ length: 10 }, (_, i) => shelf.write(record(`bundle ${i}`))));
    expect(shelf.read()).toMatchObject({ seen: 'bundle 9' });
  });

  it('removes no copy that was asked for after it', async () => {
    const shelf = new BundleShelf(data);
    const written = shelf.write(record('another'));
    const copy = await shelf.keep(sample.folder);
    await written;
    expect(existsSync(join(copy, 'manifest.json'))).toBe(true);
  });

  it('goes on after one that failed', async () => {
    const shelf = new BundleShelf(data);
    await expect(shelf.keep(join(data, 'nothing'))).rejects.toThrow(/nothing/);
    await shelf.write(record('next'));
    expect(shelf.read()).toMatchObject({ seen: 'next' });
  });
});

describe('BundleShelf.keep', () => {
  it('copies no file from outside of the bundle into the data folder', async () => {
    const secret = join(data, 'secret');
    writeFileSync(secret, 'a secret');
    await sample.putManifest({
      files: { ...sample.manifest.files, extra: { sha256: '0'.repeat(64), bytes: 8 } },
    });
    symlinkSync(secret, join(sample.folder, 'extra'));
    await expect(new BundleShelf(data).keep(sample.folder)).rejects.toThrow(
      /extra cannot be copied: it leads out/,
    );
  });
});
