import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BUNDLE_FORMAT, type BundleManifest } from './bundle-manifest.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import type { ContentWeights } from '../content/content-projection.js';
import { FEATURE_NAMES } from '../features/feature-list.js';
import type { PurchaseHeadWeights } from '../intent/purchase-head.js';
import type { ReturnHeadWeights } from '../intent/return-head.js';
import type { BundleNetworks } from '../scorer/onnx-scorer.js';
import { withoutVectors } from '../vectors/given-vectors.js';

/** Everything a bundle holds, before it is written. Rows of vectors, similar items and history are places in `items`. */
export interface UnwrittenBundle {
  readonly name: string;
  readonly version: string;
  /** Epoch ms, written as `createdAt`. */
  readonly createdMs: number;
  readonly width: number;
  readonly neighbours: number;
  readonly recents: number;
  readonly networks: BundleNetworks;
  /** Float32 [items, width], unit length or zero. */
  readonly vectors: Float32Array;
  /** Int32 [items, similar]. */
  readonly similar: Int32Array;
  /** Their vectors are not written: a shop gives them to the gateway, and a bundle would be many times as large. */
  readonly items: readonly Item[];
  readonly history: Uint32Array;
  readonly content: ContentWeights;
  /** Absent: the data did not tell which sessions buy. */
  readonly purchase?: PurchaseHeadWeights | undefined;
  /** Absent: the data did not tell who comes back. */
  readonly returns?: ReturnHeadWeights | undefined;
  readonly training: BundleManifest['training'];
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Writes a bundle folder. Each file is written beside its place and renamed, the manifest last, so that a reader never
 * meets half a file; a reader that comes between two renames sees hashes that do not fit, and refuses. Other files of the
 * folder stay. Rejects with the file system's error.
 */
export async function writeBundle(folder: string, parts: UnwrittenBundle): Promise<BundleManifest> {
  await mkdir(folder, { recursive: true });
  const contents: Record<string, Uint8Array> = {
    'step.onnx': parts.networks.step,
    'ranker.onnx': parts.networks.ranker,
    'explain.onnx': parts.networks.explain,
    'vectors.f32': bytesOf(parts.vectors),
    'similar.i32': bytesOf(parts.similar),
    'items.ndjson.gz': gzipSync(
      parts.items.map((item) => `${JSON.stringify(withoutVectors(item))}\n`).join(''),
      {
        level: 9,
      },
    ),
    'history.u32': bytesOf(parts.history),
    ...contentFiles(parts),
    ...(parts.purchase !== undefined && {
      'purchase.json': Buffer.from(`${JSON.stringify(parts.purchase)}\n`),
    }),
    ...(parts.returns !== undefined && {
      'returns.json': Buffer.from(`${JSON.stringify(parts.returns)}\n`),
    }),
  };
  const files: BundleManifest['files'] = {};
  for (const [name, bytes] of Object.entries(contents)) {
    await replaceFile(join(folder, name), bytes);
    files[name] = { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.byteLength };
  }
  const manifest = manifestOf(parts, files);
  await replaceFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

function contentFiles({ content, width }: UnwrittenBundle): Record<string, Uint8Array> {
  const { text, vectors = [] } = content;
  return {
    ...(text !== undefined && { 'content-text.f32': bytesOf(textRows(text.idf, text.weights, width)) }),
    ...(vectors.length > 0 && {
      'content-vectors.f32': Buffer.concat(vectors.map((map) => bytesOf(map.weights))),
    }),
  };
}

function textRows(idf: Float32Array, weights: Float32Array, width: number): Float32Array {
  const rows = new Float32Array((idf.length + 1) * (1 + width));
  for (let row = 0; row <= idf.length; row++) {
    const at = row * (1 + width);
    if (row < idf.length) rows[at] = idf[row];
    rows.set(weights.subarray(row * width, (row + 1) * width), at + 1);
  }
  return rows;
}

function manifestOf(parts: UnwrittenBundle, files: BundleManifest['files']): BundleManifest {
  const { width, neighbours, recents, items, similar, content } = parts;
  const buckets = content.text?.idf.length ?? 0;
  return {
    format: BUNDLE_FORMAT,
    name: parts.name,
    version: parts.version,
    createdAt: new Date(parts.createdMs).toISOString(),
    shape: {
      width,
      neighbours,
      features: FEATURE_NAMES.length,
      recents,
      items: items.length,
      similar: items.length === 0 ? 0 : similar.length / items.length,
      ...(buckets + (content.vectors?.length ?? 0) > 0 && { content: contentShape(content, width) }),
    },
    features: [...FEATURE_NAMES],
    training: parts.training,
    metrics: { ...parts.metrics },
    files,
  };
}

function contentShape(
  { text, vectors, blend }: ContentWeights,
  width: number,
): BundleManifest['shape']['content'] {
  return {
    buckets: text?.idf.length ?? 0,
    inputs: 0,
    ...(blend && { blend }),
    ...(text?.share !== undefined && { textShare: text.share }),
    ...(vectors && {
      vectors: vectors.map(({ name, weights, share }) => ({
        name,
        inputs: weights.length / width - 1,
        share,
      })),
    }),
  };
}

/** The array's bytes; every platform Node runs on is little-endian, as the format is. */
function bytesOf(array: Float32Array | Int32Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const beside = `${path}.new`;
  try {
    await writeFile(beside, bytes, { flush: true });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
