import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContentProjection, unnamedMap } from '../../../../model/content/content-projection.js';
import { LinearProjection } from '../../../../model/content/linear-projection.js';
import {
  bucketCounts,
  createSparseVector,
  inverseFrequencies,
  TextEncoder,
  textTokens,
  TOKENS_MAX,
} from '../../../../model/content/text-encoder.js';
import { blendFor } from '../../../../model/content/content-blend.js';
import { fitContent } from '../../../../model/train/content/fit-content.js';
import { Random } from '../../../../model/train/random-numbers.js';
import { fitRidge } from '../../../../model/train/content/ridge.js';
import { anyText } from '../../../support/any-text.js';
import { sparse } from '../../../support/model/sparse.js';

describe('textTokens', () => {
  it('are words, pairs of words, pieces of words, category, brand, price step and attributes', () => {
    const tokens = textTokens({
      title: 'Red Mugs',
      category: 'mugs',
      brand: 'Acme',
      price: Math.E,
      attributes: { colour: ['red', 'white'], gift: true, weight: 3 },
    });
    expect([...tokens.keys()].toSorted()).toEqual(
      (
        'w red,w mug,p red mug,l <red,l red>,l <mug,l mug>,c mugs,b Acme,q 2,a colour red,' +
        'a colour white,a gift true'
      )
        .split(',')
        .toSorted(),
    );
    expect(textTokens({ title: 'tea tea tea' }).get('w tea')).toBe(3);
    expect(textTokens({})).toEqual(new Map());
  });

  it('have a maximum', () => {
    const title = Array.from({ length: 512 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join(' ');
    const attributes = Object.fromEntries(
      Array.from({ length: 32 }, (_, i) => [`a${i}`, Array.from({ length: 64 }, (_each, j) => `v${j}`)]),
    );
    expect(textTokens({ title, attributes }).size).toBe(TOKENS_MAX);
  });
});

describe('TextEncoder', () => {
  it('weighs a token by (1 + ln count) · idf, at unit length', () => {
    const items = [{ brand: 'a' }, { brand: 'a', category: 'x' }, { brand: 'b', category: 'x' }];
    const idf = inverseFrequencies(items, 1_024, 2);
    const [a] = bucketCounts({ brand: 'a' }, 1_024).keys();
    const [b] = bucketCounts({ brand: 'b' }, 1_024).keys();
    expect(idf[a]).toBeCloseTo(1 + Math.log(4 / 3), 6);
    expect(idf[b]).toBe(0);
    const words = createSparseVector();
    new TextEncoder(Float32Array.from(idf, (_, bucket) => (bucket === a ? 3 : bucket === b ? 4 : 0))).encode(
      { brand: 'a', category: 'unknown', attributes: {} },
      words,
    );
    expect([words.count, words.places[0], words.values[0]]).toEqual([1, a, 1]);
    new TextEncoder(idf).encode({ brand: 'b' }, words);
    expect(words.count).toBe(0);
  });

  it('gives the same of the same, at unit length, whatever the text', () => {
    const encoder = new TextEncoder(new Float32Array(64).fill(1));
    const [one, other] = [createSparseVector(), createSparseVector()];
    fc.assert(
      fc.property(anyText(), fc.string(), (title, category) => {
        encoder.encode({ title, category }, one);
        encoder.encode({ title, category }, other);
        expect(one.count).toBe(other.count);
        for (let i = 0; i < one.count; i++)
          if (one.places[i] !== other.places[i] || one.values[i] !== other.values[i])
            expect(one).toEqual(other);
        const square = one.values.subarray(0, one.count).reduce((sum, value) => sum + value * value, 0);
        expect(square).toBeCloseTo(1, 4);
        expect(new Set(one.places.subarray(0, one.count)).size).toBe(one.count);
      }),
    );
  });
});

describe('LinearProjection', () => {
  it('is the unit vector of bias + Σ x W', () => {
    const projection = new LinearProjection(Float32Array.from([1, 0, 0, 2, 3, 0]), 2);
    const into = new Float32Array(3);
    expect(projection.project(sparse([0, 1]), into, 1)).toBe(true);
    expect([...into]).toEqual([0, 1, 0]);
    projection.project(sparse([1, 2]), into, 1);
    expect(into[1]).toBeCloseTo(3 / 5, 6);
    expect(into[2]).toBeCloseTo(4 / 5, 6);
  });

  it('says so when the place would be noise', () => {
    const into = Float32Array.of(7, 7);
    expect(new LinearProjection(Float32Array.of(-1, 0, 1, 0), 2).project(sparse([0, 1]), into, 0)).toBe(
      false,
    );
    expect([...into]).toEqual([0, 0]);
  });
});

describe('fitRidge', () => {
  it('is the textbook solution: one input, one output', () => {
    const rows = {
      inputs: [sparse([0, 1]), sparse([0, 2]), sparse([0, 3])],
      inputCount: 1,
      targets: Float32Array.from([1, 2, 6]),
      importance: Float32Array.from([1, 1, 1]),
      outputs: 1,
    };
    // Centred: Σ xy = 5, Σ xx = 2; w = 5 / (2 + penalty), b = 3 − 2 w.
    const [w, b] = fitRidge(rows, 3, 50);
    expect(w).toBeCloseTo(1, 5);
    expect(b).toBeCloseTo(1, 5);
  });

  it('is the same for dense inputs as for those that leave out a zero', () => {
    const random = new Random(6);
    const dense = Array.from({ length: 40 }, (_row, r) =>
      Array.from({ length: 5 }, (_, i) => (r === 0 && i === 2 ? 0 : random.normal())),
    );
    const rowsOf = (leavesOut: boolean) => ({
      inputs: dense.map((numbers) =>
        sparse(
          ...numbers.map((value, i) => [i, value] as const).filter(([, value]) => !leavesOut || value !== 0),
        ),
      ),
      inputCount: 5,
      targets: Float32Array.from({ length: 80 }, (_, i) => Math.sin(i)),
      importance: Float32Array.from({ length: 40 }, (_, i) => 0.2 + (i % 4)),
      outputs: 2,
    });
    expect(rowsOf(true).inputs[0].count).toBe(4);
    const [whole, leftOut] = [fitRidge(rowsOf(false), 0.5, 50), fitRidge(rowsOf(true), 0.5, 50)];
    whole.forEach((weight, i) => expect(weight).toBeCloseTo(leftOut[i], 4));
  });

  it('does not hear rows of no importance', () => {
    const rows = {
      inputs: [sparse([0, 1]), sparse([0, 2]), sparse([0, 3])],
      inputCount: 1,
      targets: Float32Array.from([1, 2, 600]),
      importance: Float32Array.from([1, 1, 1e-9]),
      outputs: 1,
    };
    expect(fitRidge(rows, 1e-6, 50)[0]).toBeCloseTo(1, 2);
  });
});

describe('fitContent', () => {
  const WIDTH = 8;

  /** Items with given vectors of length 12, whose places are a planted map of them, and titles of four words. */
  function planted(count: number) {
    const random = new Random(3);
    const normal = () => random.normal();
    const map = Float32Array.from({ length: 12 * WIDTH }, normal);
    const items = Array.from({ length: count }, (_, i) => ({
      id: `i${i}`,
      vector: Array.from({ length: 12 }, normal),
    }));
    const vectors = new Float32Array(count * WIDTH);
    items.forEach(({ vector }, i) => {
      const place = Array.from({ length: WIDTH }, (_, d) =>
        vector.reduce((sum, value, v) => sum + value * map[v * WIDTH + d], 0),
      );
      const length = Math.hypot(...place);
      place.forEach((value, d) => (vectors[i * WIDTH + d] = value / length));
    });
    return { items, vectors };
  }

  it('recovers a planted map of given vectors, and places items that it has not seen by it', async () => {
    const { items, vectors } = planted(400);
    const counts = Int32Array.from(items, (_, i) => (i < 300 ? 50 : 0));
    const { weights, metrics } = await fitContent({ items, counts }, vectors, WIDTH);
    expect(metrics['vector cosine']).toBeGreaterThan(97);
    const projection = new ContentProjection(weights, WIDTH);
    const place = new Float32Array(WIDTH);
    for (let i = 300; i < 400; i++) {
      expect(projection.project(items[i], place)).toBe(true);
      const cosine = place.reduce((sum, value, d) => sum + value * vectors[i * WIDTH + d], 0);
      expect(cosine).toBeGreaterThan(0.9);
    }
  });

  it('learns from words what they say', async () => {
    const random = new Random(4);
    const words = Array.from({ length: 24 }, (_, i) => `word${String.fromCodePoint(97 + i)}x`);
    const items = Array.from({ length: 300 }, (_, i) => ({ id: `i${i}`, title: words[random.below(24)] }));
    const vectors = new Float32Array(300 * WIDTH);
    items.forEach(({ title }, i) => (vectors[i * WIDTH + (words.indexOf(title) % WIDTH)] = 1));
    const { weights, metrics } = await fitContent(
      { items, counts: new Int32Array(300).fill(9) },
      vectors,
      WIDTH,
    );
    expect(metrics['text cosine']).toBeGreaterThan(90);
    const place = new Float32Array(WIDTH);
    new ContentProjection(weights, WIDTH).project({ id: 'new', title: words[11] }, place);
    expect(place.indexOf(Math.max(...place))).toBe(11 % WIDTH);
  });

  it('learns how much the items that say the like count, where the words tell nothing apart', async () => {
    const items = Array.from({ length: 300 }, (_, i) => ({ id: `i${i}`, title: `thing ${'abcdef'[i % 6]}` }));
    const vectors = new Float32Array(300 * WIDTH);
    const meanings = items.map((_, i) => {
      vectors[i * WIDTH + ((i >> 3) % WIDTH)] = 1;
      return Float32Array.from({ length: WIDTH }, (_place, d) => (d === (i >> 3) % WIDTH ? 1 : 0));
    });
    const counts = new Int32Array(300).fill(9);
    const reader = {
      id: async () => 'theirs',
      vectorsOf: async (asked: readonly object[]) =>
        asked.map((one) => meanings[(items as readonly object[]).indexOf(one)]),
    };
    const { weights, metrics } = await fitContent({ items, counts }, vectors, WIDTH, reader);
    expect(metrics['blend cosine']).toBeGreaterThan(metrics['text cosine'] + 30);
    expect(weights.blend).toMatchObject({ encoder: 'theirs', neighbours: 1, meaning: 1 });
    expect(blendFor(weights.blend, 'theirs')).toBe(weights.blend);
    expect(blendFor(weights.blend, 'another')).toEqual(blendFor(undefined, 'another'));
  });

  it('learns nothing from items of which nothing is said, from too few, and from none that was clicked', async () => {
    const { items, vectors } = planted(200);
    const clicked = new Int32Array(200).fill(5);
    const silent = items.map(({ id }) => ({ id }));
    expect(await fitContent({ items: silent, counts: clicked }, vectors, WIDTH)).toEqual({
      weights: {},
      metrics: {},
    });
    expect((await fitContent({ items, counts: new Int32Array(200) }, vectors, WIDTH)).weights).toEqual({});
    const few = { items: items.slice(0, 40), counts: clicked };
    expect((await fitContent(few, vectors.slice(0, 40 * WIDTH), WIDTH)).weights).toEqual({});
  });
});

describe('fitContent with named vectors', () => {
  const WIDTH = 8;
  const COUNT = 400;

  /** Items whose place is half what `image` says and half what `text` says; `noise` says nothing. A third lack each of the two. */
  function twoSided() {
    const random = new Random(7);
    const draw = (length: number) => Array.from({ length }, () => random.normal());
    const map = [draw(6 * WIDTH), draw(6 * WIDTH)];
    const vectors = new Float32Array(COUNT * WIDTH);
    const items = Array.from({ length: COUNT }, (_, i) => {
      const sides = [draw(6), draw(6)];
      const place = Array.from({ length: WIDTH }, (_place, d) =>
        sides.reduce(
          (sum, side, s) => sum + side.reduce((part, value, v) => part + value * map[s][v * WIDTH + d], 0),
          0,
        ),
      );
      const length = Math.hypot(...place);
      place.forEach((value, d) => (vectors[i * WIDTH + d] = value / length));
      const told = {
        ...(i % 3 !== 0 && { image: sides[0] }),
        ...(i % 3 !== 1 && { text: sides[1] }),
        noise: draw(16),
      };
      return { id: `i${i}`, vectors: told };
    });
    return { items, vectors };
  }

  const { items, vectors } = twoSided();
  const counts = Int32Array.from(items, (_, i) => (i < 300 ? 50 : 0));
  const only = (...names: string[]) =>
    items.map(({ id, vectors: told }) => ({
      id,
      vectors: Object.fromEntries(Object.entries(told).filter(([name]) => names.includes(name))),
    }));

  /** Mean cosine of the items that were not learned from. */
  async function cosineOfNew(known: readonly { readonly id: string }[]) {
    const { weights, metrics } = await fitContent({ items: known, counts }, vectors, WIDTH);
    const projection = new ContentProjection(weights, WIDTH);
    const place = new Float32Array(WIDTH);
    let sum = 0;
    for (let i = 300; i < COUNT; i++) {
      projection.project(known[i], place);
      sum += place.reduce((part, value, d) => part + value * vectors[i * WIDTH + d], 0);
    }
    return { cosine: sum / 100, weights, metrics };
  }

  it('finds by two what neither tells alone, any of them missing', async () => {
    const [image, text, both] = await Promise.all([
      cosineOfNew(only('image')),
      cosineOfNew(only('text')),
      cosineOfNew(only('image', 'text')),
    ]);
    expect(both.cosine).toBeGreaterThan(Math.max(image.cosine, text.cosine) + 0.1);
    expect(both.metrics['vectors.image share'] + both.metrics['vectors.text share']).toBeCloseTo(100, 0);
    expect(both.metrics['content cosine']).toBeGreaterThan(60);
  });

  it('leaves out what says nothing', async () => {
    const [without, withNoise] = await Promise.all([cosineOfNew(only('image', 'text')), cosineOfNew(items)]);
    expect(withNoise.weights).toEqual(without.weights);
    expect(withNoise.metrics['vectors.noise share']).toBe(0);
    expect((await cosineOfNew(only('noise'))).weights).toEqual({});
  });
});

describe('ContentProjection', () => {
  const text = { idf: new Float32Array(64).fill(1), weights: new Float32Array(65 * 2) };
  for (let bucket = 0; bucket < 64; bucket++) text.weights[2 * bucket] = 1;
  const image = { name: 'image', weights: Float32Array.from([0, 1, 0, -1, 0, 0]), share: 0.75 };
  const placeOf = (item: object, weights: object) => {
    const place = Float32Array.of(5, 5);
    const isPlaced = new ContentProjection(weights, 2).project({ id: 'x', ...item }, place);
    return [isPlaced, ...place];
  };

  const both = { text: { ...text, share: 0.25 }, vectors: [image] };

  it('adds up what is known by shares, whatever the length of a vector', () => {
    const length = Math.hypot(0.25, 0.75);
    for (const scale of [9, 1e-3])
      expect(placeOf({ title: 'mug', vectors: { image: [scale, 0] } }, both)).toEqual([
        true,
        expect.closeTo(0.25 / length, 5),
        expect.closeTo(0.75 / length, 5),
      ]);
  });

  it('does without what is missing, of another length or zero', () => {
    for (const vectors of [undefined, {}, { other: [1, 2] }, { image: [1, 2, 3] }, { image: [0, 0] }]) {
      expect(placeOf({ title: 'mug', vectors }, both)).toEqual([true, 1, 0]);
      expect(placeOf({ vectors }, both)).toEqual([false, 0, 0]);
    }
    expect(placeOf({ vectors: { image: [0, 2] } }, both)).toEqual([true, 0, -1]);
    expect(placeOf({ title: 'mug', vectors: { image: [9, 0] } }, {})).toEqual([false, 0, 0]);
  });

  it('goes by what counts nothing where nothing else is known', () => {
    const silent = { text: { ...text, share: 1 }, vectors: [{ ...image, share: 0 }] };
    expect(placeOf({ title: 'mug', vectors: { image: [1, 0] } }, silent)).toEqual([true, 1, 0]);
    expect(placeOf({ vectors: { image: [1, 0] } }, silent)).toEqual([true, 0, 1]);
  });

  it('takes the place of items that say the like as part of the text', () => {
    const place = Float32Array.of(5, 5);
    const near = { place: Float32Array.of(0, 1), share: 0.5 };
    const projection = new ContentProjection({ ...both, text: { ...text, share: 1 } }, 2);
    projection.project({ id: 'x', title: 'mug' }, place, near);
    expect([...place]).toEqual([expect.closeTo(Math.SQRT1_2, 5), expect.closeTo(Math.SQRT1_2, 5)]);
    expect(projection.project({ id: 'x' }, place, near)).toBe(true);
    expect([...place]).toEqual([0, 1]);
  });

  it('lets the vector of a bundle without names decide alone', () => {
    const old = unnamedMap(text, image.weights);
    expect(placeOf({ title: 'mug', vector: [9, 0] }, old)).toEqual([true, 0, 1]);
    expect(placeOf({ title: 'mug', vectors: { image: [9, 0] } }, old)).toEqual([true, 1, 0]);
    expect(placeOf({ title: 'mug', vector: [9] }, old)).toEqual([true, 1, 0]);
  });
});
