import { gzipSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartupError } from '../../../../metrics/process/startup-error.js';
import { loadBundle } from '../../../../model/bundle/bundle.js';
import { FEATURE_COUNT } from '../../../../model/features/feature-list.js';
import { GraphBuilder } from '../../../../model/onnx/graph-builder.js';
import { encodeModel } from '../../../../model/onnx/onnx-schema.js';
import { SCORE_COLUMNS } from '../../../../model/scorer/scorer.js';
import { modelOptions } from '../../../../model/bundle/model-options.js';
import { PlacedBundle } from '../../../../model/bundle/placed-bundle.js';
import { createSharedVectors, itemVectors, VectorView } from '../../../../model/kernel/shared-vectors.js';
import {
  bytesOf,
  SAMPLE_ITEMS,
  SAMPLE_NETWORKS,
  SampleBundle,
} from '../../../support/model/sample-bundle.js';
import { sampleCatalogue } from '../../../support/model/sample-catalogue.js';

let sample: SampleBundle;
beforeEach(async () => {
  sample = await SampleBundle.write();
});
afterEach(() => sample.remove());

async function problems(): Promise<readonly string[]> {
  const error = await loadBundle(sample.folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StartupError);
  return (error as StartupError).problems;
}

describe('loadBundle', () => {
  it('reads a whole bundle', async () => {
    const bundle = await loadBundle(sample.folder);
    expect(bundle.manifest.name).toBe('sample');
    expect(bundle.networks.step).toEqual(Buffer.from(SAMPLE_NETWORKS.step));
    expect(bundle.networks.ranker).toEqual(Buffer.from(SAMPLE_NETWORKS.ranker));
    expect(bundle.networks.explain).toEqual(Buffer.from(SAMPLE_NETWORKS.explain));
    expect([...bundle.vectors.subarray(0, 4)]).toEqual([1, 0, 0, 0]);
    expect([...bundle.similar.subarray(0, 4)]).toEqual([1, 3, 0, -1]);
    expect(bundle.items).toEqual(SAMPLE_ITEMS);
    expect(bundle.history[0]).toBe(2);
  });

  describe.each([
    'step.onnx',
    'ranker.onnx',
    'explain.onnx',
    'vectors.f32',
    'similar.i32',
    'items.ndjson.gz',
    'history.u32',
  ])('names %s', (name) => {
    it('when one byte of it changed', async () => {
      await sample.flipByte(name, 1);
      const found = await problems();
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(`${join(sample.folder, name)}: expected SHA-256`);
      expect(found[0]).toContain('copy the bundle again');
    });

    it('when it is gone', async () => {
      await rm(join(sample.folder, name));
      expect(await problems()).toEqual([
        expect.stringContaining(`${join(sample.folder, name)}: expected a file of`),
      ]);
    });

    it('when the manifest does not list it', async () => {
      const { [name]: _left, ...files } = sample.manifest.files;
      await sample.putManifest({ files });
      expect(await problems()).toEqual([
        expect.stringContaining(
          `${join(sample.folder, name)}: expected in the manifest's files, found nothing`,
        ),
      ]);
    });
  });

  it('lists all problems at once', async () => {
    await sample.flipByte('vectors.f32');
    await rm(join(sample.folder, 'history.u32'));
    await sample.putManifest({ features: ['something else'] });
    const found = await problems();
    expect(found.join('\n')).toMatch(
      /shape\.features[^]*expected feature 0[^]*vectors\.f32: expected SHA-256[^]*history\.u32: expected a file/,
    );
    expect(found).toHaveLength(4);
  });

  it('names a file that the manifest does not list, and one of another size', async () => {
    const { 'similar.i32': _left, ...files } = sample.manifest.files;
    await sample.putManifest({ files: { ...files, 'step.onnx': { sha256: '0'.repeat(64), bytes: 1 } } });
    const found = await problems();
    expect(found[0]).toMatch(/step\.onnx: expected 1 bytes, found \d+/);
    expect(found[1]).toMatch(/similar\.i32: expected in the manifest/);
  });

  it.each([
    ['vectors.f32', bytesOf(new Float32Array(15)), /expected float32 \[4, 4\], 64 bytes, found 60 bytes/],
    [
      'vectors.f32',
      bytesOf(new Float32Array(16).fill(1)),
      /expected row 0 to be of length 1 or 0, found length 2/,
    ],
    ['vectors.f32', bytesOf(new Float32Array(16).fill(Number.NaN)), /expected row 0 .* found length NaN/],
    ['similar.i32', bytesOf(new Int32Array(7)), /expected int32 \[4, 2\], 32 bytes, found 28 bytes/],
    ['similar.i32', bytesOf(new Int32Array(8).fill(4)), /expected rows −1 to 3, found 4 for item 0/],
    ['items.ndjson.gz', gzipSync('{"id":"a"}'), /expected 4 items, found 1/],
    ['items.ndjson.gz', gzipSync('{"id":"a"}\n'.repeat(4)), /expected every id once, found 3 repeated/],
    ['items.ndjson.gz', gzipSync('{"id":"a"}\nnot json'), /found 1 that are none, first line 2: not JSON/],
    ['items.ndjson.gz', Buffer.from('not gzip'), /expected gzip/],
    ['history.u32', new Uint8Array(3), /expected uint32 words, found 3 bytes/],
    ['history.u32', bytesOf(Uint32Array.of(1)), /found 0 sessions of 1/],
    ['history.u32', bytesOf(Uint32Array.of(1, 0, 5, 0, 3)), /session 0 cut short/],
    ['history.u32', bytesOf(Uint32Array.of(1, 0, 1, 4, 3)), /row 4 of 4 items in session 0/],
    ['history.u32', bytesOf(Uint32Array.of(1, 0, 1, 3, 15)), /event kind 15 in session 0/],
    ['history.u32', bytesOf(Uint32Array.of(1, 0, 1, 3, 3, 9)), /1 words after the last of 1 sessions/],
  ])('names %s when its contents do not fit the manifest (%#)', async (name, bytes, expected) => {
    await sample.put(name, bytes);
    const found = await problems();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
    expect(found[0]).toContain(join(sample.folder, name));
  });

  it('refuses a file that leads out of the folder, and takes one that leads to another place in it', async () => {
    const outside = join(sample.folder, '..', `outside-${process.pid}.bin`);
    const inside = join(sample.folder, 'data');
    await mkdir(inside);
    await rename(join(sample.folder, 'history.u32'), join(inside, 'history.u32'));
    await symlink(join('data', 'history.u32'), join(sample.folder, 'history.u32'));
    expect((await loadBundle(sample.folder)).history[0]).toBe(2);
    await rename(join(sample.folder, 'vectors.f32'), outside);
    await symlink(outside, join(sample.folder, 'vectors.f32'));
    expect(await problems()).toEqual([
      expect.stringMatching(/vectors\.f32: expected .*it leads out of the folder/),
    ]);
    await rm(outside);
  });

  it.each(['manifest.json', 'history.u32'])('does not wait for a pipe in the place of %s', async (name) => {
    const listed = { ...sample.manifest.files, 'history.u32': { sha256: '0'.repeat(64), bytes: 0 } };
    await sample.putManifest({ files: listed });
    await rm(join(sample.folder, name));
    execFileSync('mkfifo', [join(sample.folder, name)]);
    expect((await problems()).join('\n')).toMatch(/it is no regular file/);
  });

  it('names a network that needs another file', async () => {
    await sample.put('step.onnx', encodeModel({ graph: { initializer: [{ name: 'w', dataLocation: 1 }] } }));
    expect(await problems()).toEqual([expect.stringMatching(/step\.onnx: expected all numbers inside/)]);
  });

  it('lets the networks answer, and refuses what is no number', async () => {
    const ranker = new GraphBuilder('ranker');
    const columns = FEATURE_COUNT + SCORE_COLUMNS;
    const input = ranker.input('columns', 'float32', ['candidates', columns]);
    const weight = ranker.floats(Array(columns).fill(3e38), [columns], 'weight');
    ranker.output(weight, 'float32', [columns]);
    ranker.output(ranker.floats(Array(columns).fill(3e38), [columns], 'mean'), 'float32', [columns]);
    ranker.output(ranker.floats([0], [1], 'bias'), 'float32', [1]);
    ranker.output(ranker.node('MatMul', [input, weight], {}, 'score'), 'float32', ['candidates']);
    await sample.put('ranker.onnx', ranker.build());
    expect(await problems()).toEqual([
      expect.stringMatching(/its trial run gave .* as a score|is not the linear ranker/),
    ]);
  });

  it('says what to do about a newer format', async () => {
    await sample.putManifest({ format: 3 });
    expect(await problems()).toEqual([
      expect.stringMatching(/expected format 2, found 3; install a newer Afterclick/),
    ]);
  });

  it('says what to do about format 1, which had no ranker of its own', async () => {
    const { 'ranker.onnx': _ranker, ...files } = sample.manifest.files;
    await sample.putManifest({ format: 1, files });
    expect(await problems()).toEqual([
      expect.stringMatching(/expected format 2, found 1; make the bundle anew with `npm run train`/),
    ]);
  });

  it('names every wrong field of the manifest', async () => {
    await sample.putManifest({ shape: { ...sample.manifest.shape, width: 0 }, name: '' });
    expect(await problems()).toEqual([
      expect.stringMatching(/manifest\.json: name: /),
      expect.stringMatching(/manifest\.json: shape\.width: /),
    ]);
  });

  describe('maps of vectors', () => {
    const put = async (vectors: readonly object[], numbers: number): Promise<void> => {
      await sample.putManifest({
        shape: { ...sample.manifest.shape, content: { buckets: 0, inputs: 0, vectors } },
      });
      await sample.put('content-vectors.f32', bytesOf(new Float32Array(numbers).fill(0.5)));
    };
    const image = { name: 'image', inputs: 2, share: 0.4 };

    it('are read name by name', async () => {
      await put([image, { name: 'sound', inputs: 1, share: 0.6 }], (3 + 2) * 4);
      const { vectors = [] } = (await loadBundle(sample.folder)).content;
      expect(vectors.map(({ name, share, weights }) => [name, share, weights.length])).toEqual([
        ['image', 0.4, 12],
        ['sound', 0.6, 8],
      ]);
    });

    it.each([
      ['content.vectors: expected every name once', [image, image]],
      ['vectors.0.name: expected the name of a vector', [{ ...image, name: '__proto__' }]],
      ['vectors.0.share', [{ ...image, share: 2 }]],
      ['vectors.0.inputs', [{ ...image, inputs: 0 }]],
    ])('are refused with %s', async (problem, vectors) => {
      await put(vectors, 24);
      expect((await problems()).join('\n')).toContain(problem);
    });

    it('are refused when the file is of another shape, changed, or not there', async () => {
      await put([image], 11);
      expect(await problems()).toEqual([
        expect.stringContaining('content-vectors.f32: expected float32 [3, 4], 48 bytes, found 44 bytes'),
      ]);
      await put([image], 12);
      await sample.flipByte('content-vectors.f32');
      expect(await problems()).toEqual([expect.stringContaining('content-vectors.f32: expected SHA-256')]);
      await rm(join(sample.folder, 'content-vectors.f32'));
      expect(await problems()).toEqual([expect.stringContaining('content-vectors.f32')]);
    });

    it('of a bundle from before there were names is that of the vector without one', async () => {
      await sample.putManifest({
        shape: { ...sample.manifest.shape, content: { buckets: 0, inputs: 2 } },
      });
      await sample.put('content-vector.f32', bytesOf(new Float32Array(12).fill(0.5)));
      expect((await loadBundle(sample.folder)).content).toEqual({
        vectors: [{ name: 'vector', weights: new Float32Array(12).fill(0.5), share: 1 }],
      });
    });
  });

  it('names the option when there is no bundle', async () => {
    const error = await loadBundle(join(sample.folder, 'nothing')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'bundle_unreadable',
      message: expect.stringContaining('AFTERCLICK_BUNDLE'),
    });
  });
});

describe('PlacedBundle', () => {
  const width = 4;

  async function placed() {
    const bundle = await loadBundle(sample.folder);
    const catalogue = await sampleCatalogue();
    await catalogue.upsert([
      { id: 'old', category: 'mugs' },
      { id: 'mug-2', category: 'mugs' },
    ]);
    await catalogue.seed(bundle.items);
    await catalogue.remove('pot');
    const shared = createSharedVectors(64, width, 2);
    const place = PlacedBundle.atOnce(bundle, catalogue, shared);
    const view = new VectorView(shared);
    const vectorOf = (id: string) => [
      ...view.vectors.subarray(catalogue.indexOf(id) * width, (catalogue.indexOf(id) + 1) * width),
    ];
    return { catalogue, place, view, vectorOf };
  }

  it('puts rows where the catalogue has their items', async () => {
    const { place, vectorOf } = await placed();
    expect([...place.indexOfRow]).toEqual([2, 1, 3, -1]);
    expect([vectorOf('mug-1'), vectorOf('mug-2')]).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
    ]);
  });

  it('gives an item without a vector the unit mean of its category, or zeros', async () => {
    const { vectorOf } = await placed();
    expect(vectorOf('old')).toEqual([Math.SQRT1_2, Math.SQRT1_2, 0, 0].map(Math.fround));
    expect(vectorOf('cup')).toEqual([0, 0, 0, 0]);
  });

  it('turns rows of nearest items into indices and leaves out those that are gone', async () => {
    const { catalogue, view } = await placed();
    const similar = (id: string) => [0, 1].map((rank) => view.similar[catalogue.indexOf(id) * 2 + rank] - 1);
    expect([similar('mug-1'), similar('mug-2'), similar('cup'), similar('old')]).toEqual([
      [1, -1],
      [2, -1],
      [-1, -1],
      [-1, -1],
    ]);
  });

  it('places new items and items that change category, but never over a vector of their own', async () => {
    const { catalogue, place, vectorOf } = await placed();
    catalogue.onChange((changed) => changed.forEach((index) => place.placeItem(index)));
    await catalogue.upsert([
      { id: 'new', category: 'mugs' },
      { id: 'mug-1', category: 'cups' },
    ]);
    expect(vectorOf('new')).toEqual(vectorOf('old'));
    expect(vectorOf('mug-1')).toEqual([1, 0, 0, 0]);
    await catalogue.patch('new', { category: 'cups' });
    expect(vectorOf('new')).toEqual([0, 0, 0, 0]);
  });

  it('shared vectors of the default maxima stay virtual until items come', () => {
    const before = process.memoryUsage.rss();
    const shared = createSharedVectors(262_144, 64, 100);
    expect(itemVectors(shared).byteLength + shared.similar.byteLength).toBeGreaterThan(160 * 1024 * 1024);
    expect(process.memoryUsage.rss() - before).toBeLessThan(16 * 1024 * 1024);
  });

  it('vectors that are more than a shared memory holds are refused, with what to do', () => {
    const make = () => createSharedVectors(4_194_304, 256, 8);
    expect(make).toThrow(StartupError);
    expect(make).toThrow(/lower AFTERCLICK_ITEMS_MAX/);
  });
});

describe('modelOptions', () => {
  it('name the shipped bundle and the bounds of the catalogue', () => {
    expect(modelOptions.bundle.fallback).toBe(join(process.cwd(), 'model', 'bundles', 'demo'));
    expect([modelOptions.itemsMax.fallback, modelOptions.attributeColumnsMax.fallback]).toEqual([
      262_144, 32,
    ]);
    expect(modelOptions.itemsMax.schema.safeParse('0').success).toBe(false);
    expect(modelOptions.itemsMax.schema.parse('10')).toBe(10);
  });
});
