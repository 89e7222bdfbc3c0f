import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
