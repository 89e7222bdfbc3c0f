import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUNDLE_FORMAT, type BundleManifest } from '../../../model/bundle/bundle-manifest.js';
import { FEATURE_NAMES } from '../../../model/features/feature-list.js';
import { exportNetworks } from '../../../model/train/export/assemble-bundle.js';
import { initialParameters } from '../../../model/train/network/parameters.js';
import { Random } from '../../../model/train/random-numbers.js';

/** Rows of the sample: two mugs, a cup without a vector, a pot without a category. */
export const SAMPLE_ITEMS = [
  { id: 'mug-1', category: 'mugs' },
  { id: 'mug-2', category: 'mugs' },
  { id: 'cup', category: 'cups' },
  { id: 'pot' },
];
const SAMPLE_SHAPE = { width: 4, neighbours: 8, features: FEATURE_NAMES.length, recents: 3 };
export const SAMPLE_NETWORKS = exportNetworks(SAMPLE_SHAPE, initialParameters(SAMPLE_SHAPE, new Random(1)));
const SAMPLE_VECTORS = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 0, 0],
  [0, 0, 0, 1],
];
const SAMPLE_SIMILAR = [
  [1, 3],
  [0, -1],
  [-1, -1],
  [1, 0],
];
const SAMPLE_HISTORY = [2, 1_600_000_000, 2, 0, 1, 3, 8, 1_600_000_100, 1, 3, 3];

/** A bundle folder for tests, whole until a test breaks it. */
export class SampleBundle {
  readonly folder: string;
  manifest: BundleManifest;

  private constructor(folder: string) {
    this.folder = folder;
    this.manifest = sampleManifest();
  }

  static async write(): Promise<SampleBundle> {
    const bundle = new SampleBundle(await mkdtemp(join(tmpdir(), 'afterclick-bundle-')));
    for (const [graph, bytes] of Object.entries(SAMPLE_NETWORKS)) await bundle.put(`${graph}.onnx`, bytes);
    await bundle.put('vectors.f32', bytesOf(Float32Array.from(SAMPLE_VECTORS.flat())));
    await bundle.put('similar.i32', bytesOf(Int32Array.from(SAMPLE_SIMILAR.flat())));
    await bundle.put(
      'items.ndjson.gz',
      gzipSync(SAMPLE_ITEMS.map((item) => JSON.stringify(item)).join('\n')),
    );
    await bundle.put('history.u32', bytesOf(Uint32Array.from(SAMPLE_HISTORY)));
    return bundle;
  }

  /** Writes a file and enters it in the manifest. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    await writeFile(join(this.folder, name), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await this.putManifest({
      files: { ...this.manifest.files, [name]: { sha256, bytes: bytes.byteLength } },
    });
  }

  async putManifest(changes: object): Promise<void> {
    this.manifest = { ...this.manifest, ...changes };
    await writeFile(join(this.folder, 'manifest.json'), JSON.stringify(this.manifest));
  }

  /** Changes one byte of a file and leaves the manifest as it is. */
  async flipByte(name: string, at = 0): Promise<void> {
    const bytes = await readFile(join(this.folder, name));
    bytes[at] ^= 1;
    await writeFile(join(this.folder, name), bytes);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

export function bytesOf(array: Float32Array | Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function sampleManifest(): BundleManifest {
  return {
    format: BUNDLE_FORMAT,
    name: 'sample',
    version: '1',
    createdAt: '2020-01-01T00:00:00Z',
    shape: { ...SAMPLE_SHAPE, items: 4, similar: 2 },
    features: [...FEATURE_NAMES],
    training: {
      data: 'sample',
      dataHash: '0'.repeat(64),
      seed: 1,
      until: null,
      events: 3,
      sessions: 2,
      seconds: 0,
      options: {},
    },
    metrics: {},
    files: {},
  };
}
