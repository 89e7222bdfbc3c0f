import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelOptions } from '../../../../model/bundle/model-options.js';
import { readEncoder } from '../../../../model/encoder/encoder-manifest.js';
import { TextEncoderModel } from '../../../../model/encoder/text-encoder-model.js';
import { TINY_DIMENSION, writeTinyEncoder } from '../../../support/encoder/tiny-encoder.js';

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, d) => sum + value * b[d], 0);
}

const loadTiny = async (changes: object = {}): Promise<TextEncoderModel> =>
  TextEncoderModel.load(await readEncoder(writeTinyEncoder(changes)));

describe('an encoder that a shop brings, as a folder', () => {
  test('its states are pooled over a text, and brought to length 1', async () => {
    const encoder = await loadTiny();
    const vectors = encoder.encode(['red lamp', 'scarlet lantern', 'azure mug'], 'item');
    const rows = [0, 1, 2].map((row) => vectors.subarray(row * TINY_DIMENSION, (row + 1) * TINY_DIMENSION));
    expect(dot(rows[0], rows[0])).toBeCloseTo(1, 5);
    expect(dot(rows[0], rows[1])).toBeCloseTo(1, 5);
    expect(dot(rows[0], rows[2])).toBeCloseTo(0, 5);
  });

  test('the first state alone counts where the manifest says so, and texts get its prefix', async () => {
    const encoder = await loadTiny({ pooling: 'first', prefix: { item: '', query: 'mug ' } });
    const [item, query] = [encoder.encode(['lamp'], 'item'), encoder.encode(['lamp'], 'query')];
    expect(dot(item, query)).toBeCloseTo(0, 5);
    expect(dot(query, encoder.encode(['cup'], 'item'))).toBeCloseTo(1, 5);
  });

  test('a long text is cut, and many texts are run a few at a time', async () => {
    const encoder = await loadTiny({ maxTokens: 8 });
    const texts = Array.from({ length: 100 }, (_, i) => `lamp ${'cup '.repeat(i)}`);
    const vectors = encoder.encode(texts, 'item');
    const last = vectors.subarray(99 * TINY_DIMENSION);
    expect(dot(last, encoder.encode([texts[20]], 'item'))).toBeCloseTo(1, 5);
    expect(dot(last, encoder.encode(['lamp'], 'item'))).toBeLessThan(0.5);
  });

  test('texts of one length are run together, whatever their order, and every text once', async () => {
    const encoder = await loadTiny();
    const words = Array.from({ length: 200 }, (_, i) => 1 + ((7 * i) % 10));
    const texts = words.map((count) => Array.from({ length: count }, () => 'lamp').join(' '));
    const runs = [...encoder.runs(texts, 'item', 8)].map(({ rows }) => rows);
    expect(runs.flat().toSorted((a, b) => a - b)).toEqual([...texts.keys()]);
    const filledUp = runs.reduce(
      (sum, rows) => sum + rows.length * Math.max(...rows.map((row) => words[row])),
      0,
    );
    const told = words.reduce((sum, count) => sum + count, 0);
    expect(filledUp / told).toBeLessThan(1.05);
    expect(Math.max(...runs.map((rows) => rows.length))).toBe(8);
  });

  test.each([
    [{ dimension: 16 }, /output "states" has \d+ numbers, expected/],
    [{ output: 'nothing' }, /nothing/],
    [{ sha256: '0'.repeat(64) }, /expected SHA-256/],
    [{ model: '../tiny.onnx' }, /name of a file/],
    [{ tokenizer: 'missing.json' }, /missing\.json/],
  ])('%o is refused, and it is said how to mend it', async (changes, reason) => {
    await expect(loadTiny(changes)).rejects.toThrow(reason);
    await expect(loadTiny(changes)).rejects.toThrow(/--encoder none/);
  });

  test('a file that is no JSON is refused', async () => {
    const folder = writeTinyEncoder();
    writeFileSync(join(folder, 'tokenizer.json'), '{');
    await expect(readEncoder(folder)).rejects.toThrow(/tokenizer\.json/);
  });
});

describe('the encoder of the product', () => {
  let encoder: TextEncoderModel;
  beforeAll(async () => {
    encoder = await TextEncoderModel.load(await readEncoder(modelOptions.encoder.fallback));
  });
  afterAll(() => encoder.close());

  test('things are nearer to what they are used with than to others, without a word in common', () => {
    const near = (a: string, b: string): number =>
      dot(encoder.encode([a], 'query'), encoder.encode([b], 'item'));
    expect(near('umbrella', 'Rain Parasol')).toBeGreaterThan(near('umbrella', 'Pack of 12 Pencils'));
    expect(near('something to hang keys on', 'Wall Hook')).toBeGreaterThan(
      near('something to hang keys on', 'Cake Tin'),
    );
  });

  test("a text's vector does not depend on the texts beside it", () => {
    const alone = encoder.encode(['Red Retrospot Cake Stand'], 'item');
    const texts = [
      'Mug',
      'Red Retrospot Cake Stand',
      'A very long title of a thing that nobody has ever needed at all',
    ];
    const among = encoder.encode(texts, 'item').subarray(384, 768);
    expect(dot(alone, among)).toBeGreaterThan(0.99999);
  });
});
