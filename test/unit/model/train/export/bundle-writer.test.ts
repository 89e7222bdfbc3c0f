import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleManifestSchema } from '../../../../../model/bundle/bundle-manifest.js';
import { type UnwrittenBundle, writeBundle } from '../../../../../model/bundle/bundle-writer.js';
import { PURCHASE_FEATURES } from '../../../../../model/intent/purchase-features.js';
import { RETURN_FEATURES } from '../../../../../model/intent/return-features.js';
import { loadBundle } from '../../../../../model/bundle/bundle.js';
import { FEATURE_COUNT } from '../../../../../model/features/feature-list.js';
import { sessionCount } from '../../../../../model/train/data/dataset.js';
import { assembleBundle, exportNetworks } from '../../../../../model/train/export/assemble-bundle.js';
import { packHistory } from '../../../../../model/train/data/history.js';
import { initialParameters } from '../../../../../model/train/network/parameters.js';
import { TRAINING_DEFAULTS } from '../../../../../model/train/training-options.js';
import { Random } from '../../../../../model/train/random-numbers.js';
import { nearestItems } from '../../../../../model/train/export/similar-items.js';
import { trainNetwork } from '../../../../../model/train/optimiser/trainer.js';
import { tinyDataset } from '../../../../support/model/tiny-dataset.js';

const SHAPE = { width: 4, neighbours: 9, recents: 2, features: FEATURE_COUNT };
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'bundle-'))));
afterAll(() => rmSync(folder, { recursive: true }));

async function parts(): Promise<UnwrittenBundle> {
  const dataset = tinyDataset();
  const vectors = new Float32Array(dataset.itemIds.length * SHAPE.width);
  dataset.itemIds.forEach((_, item) => (vectors[item * SHAPE.width + (item % SHAPE.width)] = 1));
  return {
    name: 'tiny',
    version: '1',
    createdMs: 1e12,
    ...SHAPE,
    networks: exportNetworks(SHAPE, initialParameters(SHAPE, new Random(1))),
    vectors,
    similar: await nearestItems(vectors, SHAPE.width, 3, { isKnown: () => true }),
    items: dataset.itemIds.map((id) => ({ id, title: `Item ${id}`, price: 1.5 })),
    history: packHistory(dataset, { from: 0, to: sessionCount(dataset) }),
    content: {},
    training: {
      data: dataset.name,
      dataHash: dataset.hash,
      seed: 1,
      until: null,
      events: dataset.item.length,
      sessions: sessionCount(dataset),
      seconds: 0.1,
      options: { epochs: 1 },
    },
    metrics: { 'recall@20': 12.5 },
  };
}

describe('writeBundle', () => {
  it('writes files that the manifest describes to the byte, and that load', async () => {
    const written = await writeBundle(folder, await parts());
    const manifest = bundleManifestSchema.parse(
      JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')),
    );
    expect(manifest).toEqual(written);
    expect(readdirSync(folder).toSorted()).toEqual(
      [...Object.keys(manifest.files), 'manifest.json'].toSorted(),
    );
    for (const [name, { sha256, bytes }] of Object.entries(manifest.files)) {
      const content = readFileSync(join(folder, name));
      expect(content.byteLength).toBe(bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
    }
    const bundle = await loadBundle(folder);
    const { items, vectors, networks } = await parts();
    expect(bundle.items.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    expect(bundle.vectors).toEqual(vectors);
    for (const name of ['step', 'ranker', 'explain'] as const)
      expect(Buffer.compare(bundle.networks[name], networks[name]), name).toBe(0);
  });

  it('writes maps of content that load as they were, and none where there is none', async () => {
    const { width } = SHAPE;
    const ramp = (length: number) => Float32Array.from({ length }, (_, i) => i / 7);
    const text = { idf: ramp(1_024), weights: ramp(1_025 * width) };
    const vectors = [
      { name: 'image', weights: ramp(4 * width), share: 0.7 },
      { name: 'vector', weights: ramp(2 * width), share: 0 },
    ];
    const content = { text: { ...text, share: 0.3 }, vectors };
    const { shape } = await writeBundle(folder, { ...(await parts()), content });
    expect(shape.content).toEqual({
      buckets: 1_024,
      inputs: 0,
      textShare: 0.3,
      vectors: [
        { name: 'image', inputs: 3, share: 0.7 },
        { name: 'vector', inputs: 1, share: 0 },
      ],
    });
    expect((await loadBundle(folder)).content).toEqual(content);
    await writeBundle(folder, { ...(await parts()), content: { vectors } });
    expect((await loadBundle(folder)).content).toEqual({ vectors });
    const wrong = Float32Array.from(ramp(4 * width), (value, i) => (i === 5 ? Number.NaN : value));
    const broken = [{ name: 'image', weights: wrong, share: 1 }];
    await writeBundle(folder, { ...(await parts()), content: { vectors: broken } });
    await expect(loadBundle(folder)).rejects.toThrow('content-vectors.f32: expected finite numbers');
    const without = await writeBundle(folder, await parts());
    expect(without.shape.content).toBeUndefined();
    expect((await loadBundle(folder)).content).toEqual({});
    for (const name of ['content-text.f32', 'content-vectors.f32']) rmSync(join(folder, name));
  });

  it('leaves out the vectors that items came with', async () => {
    const { items, ...rest } = await parts();
    const given = items.map((item) => ({ ...item, vector: [1, 2], vectors: { image: [3] } }));
    await writeBundle(folder, { ...rest, items: given });
    expect((await loadBundle(folder)).items).toEqual(items);
  });

  it('writes a head that loads as it was, refuses one of another version, and writes none where there is none', async () => {
    const weights = PURCHASE_FEATURES.map((_, i) => i / 3);
    const purchase = { features: [...PURCHASE_FEATURES], weights, bias: -2, categories: [], other: -3 };
    await writeBundle(folder, { ...(await parts()), purchase });
    expect((await loadBundle(folder)).purchase).toEqual(purchase);
    await writeBundle(folder, {
      ...(await parts()),
      purchase: { ...purchase, features: ['luck'], weights: [1] },
    });
    await expect(loadBundle(folder)).rejects.toThrow('purchase.json: expected what this version knows');
    const without = await writeBundle(folder, await parts());
    expect(Object.keys(without.files)).not.toContain('purchase.json');
    expect((await loadBundle(folder)).purchase).toBeUndefined();
    rmSync(join(folder, 'purchase.json'));
  });

  it('writes who does not come back as it was, refuses what it does not know, and writes none where there is none', async () => {
    const tree = { features: [0, 1, 8], thresholds: [0.5, 2, Number.MAX_VALUE], leaves: [-1, 0, 0.5, 1] };
    const horizons = [{ days: 30, bias: -0.5, trees: [tree] }];
    const returns = { features: [...RETURN_FEATURES], horizons };
    await writeBundle(folder, { ...(await parts()), returns });
    expect((await loadBundle(folder)).returns).toEqual(returns);
    await writeBundle(folder, { ...(await parts()), returns: { ...returns, features: ['luck'] } });
    await expect(loadBundle(folder)).rejects.toThrow('returns.json: expected what this version knows');
    const beyond = [{ ...horizons[0], trees: [{ ...tree, features: [0, 1, RETURN_FEATURES.length] }] }];
    await writeBundle(folder, { ...(await parts()), returns: { ...returns, horizons: beyond } });
    await expect(loadBundle(folder)).rejects.toThrow('returns.json: expected a head');
    const without = await writeBundle(folder, await parts());
    expect(Object.keys(without.files)).not.toContain('returns.json');
    expect((await loadBundle(folder)).returns).toBeUndefined();
    rmSync(join(folder, 'returns.json'));
  });

  it('writes the same bytes for the same parts', async () => {
    const first = await writeBundle(folder, await parts());
    expect(await writeBundle(folder, await parts())).toEqual(first);
    expect(gunzipSync(readFileSync(join(folder, 'items.ndjson.gz'))).toString()).toContain('"id":"item0"');
  });
});

describe('assembleBundle', () => {
  const dataset = tinyDataset();
  const options = { ...TRAINING_DEFAULTS, width: 4, neighbours: 9, blocks: 1, blockTokens: 16, epochs: 1 };
  const range = { from: 0, to: sessionCount(dataset) };

  it('makes a bundle that loads from a trained network', async () => {
    const network = await trainNetwork(dataset, range, options);
    const items = dataset.itemIds.map((id) => ({ id }));
    const sources = { name: 'tiny', version: '2', createdMs: 1e12, dataset, range, items, network, options };
    const parts = await assembleBundle({ ...sources, seconds: 1, metrics: {} });
    expect(parts.training.until).toBe(dataset.timeMs?.at(-1));
    await writeBundle(folder, parts);
    expect((await loadBundle(folder)).manifest.version).toBe('2');
    const wrong = { ...sources, items: items.toReversed(), seconds: 1, metrics: {} };
    await expect(assembleBundle(wrong)).rejects.toThrow('rows of its dataset');
  });
});

describe('packHistory', () => {
  it('lays sessions out one after another, oldest first', () => {
    const dataset = tinyDataset(2);
    const words = packHistory(dataset, { from: 0, to: 2 });
    const length = dataset.start[1];
    expect(words[0]).toBe(2);
    expect(words[1]).toBe(Math.floor((dataset.timeMs as Float64Array)[length - 1] / 1000));
    expect(words[2]).toBe(length);
    expect([...words.subarray(3, 3 + length)]).toEqual([...dataset.item.subarray(0, length)]);
    expect([...words.subarray(3 + length, 3 + 2 * length)]).toEqual([...dataset.kind.subarray(0, length)]);
    expect(words.length).toBe(1 + 2 * 2 + 2 * dataset.item.length);
  });

  it('keeps the latest sessions that fit, whole', () => {
    const dataset = tinyDataset(6);
    const { start } = dataset;
    const room = start[6] - start[3];
    const words = packHistory(dataset, { from: 0, to: 6 }, room);
    expect(words).toEqual(packHistory(dataset, { from: 3, to: 6 }));
    expect(packHistory(dataset, { from: 0, to: 6 }, room - 1)[0]).toBe(2);
    expect([...packHistory(dataset, { from: 0, to: 6 }, 0)]).toEqual([0]);
  });
});
