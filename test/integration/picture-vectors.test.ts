import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Item } from '../../model/catalogue/shared-catalogue.js';
import { GraphBuilder } from '../../model/onnx/graph-builder.js';
import { fitContent } from '../../model/train/content/fit-content.js';
import { nearestItems } from '../../model/train/export/similar-items.js';
import { Random } from '../../model/train/random-numbers.js';
import { startGateway, temporaryFolder } from '../support/gateway/built-gateway.js';
import { fenced, textOf } from '../support/markdown.js';
import { writeTinyBundle } from '../support/model/tiny-bundles.js';

const run = promisify(execFile);
const WIDTH = 8;
const SIDE = 12;
const COUNT = 60;
const random = new Random(5);

/** The smallest image encoder: the mean of each colour, and of each pair of colours the difference. */
function tinyEncoder(): Uint8Array {
  const graph = new GraphBuilder('tiny image encoder');
  const pictures = graph.input('pictures', 'float32', ['n', 3, SIDE, SIDE]);
  const pooled = graph.node('GlobalAveragePool', [pictures]);
  const colours = graph.node('Flatten', [pooled], { attributes: { axis: 1 } });
  const mix = graph.floats([1, 0, 0, 1, 0, -1, 0, 1, 0, -1, 1, 0, 0, 0, 1, 0, -1, 1], [3, 6]);
  graph.node('MatMul', [colours, mix], {}, 'vectors');
  graph.output('vectors', 'float32', ['n', 6]);
  return graph.build();
}

/** A picture of nearly one colour, by red, green and blue. */
async function paint(path: string, colour: readonly number[]): Promise<void> {
  const channel = (mean: number) => Math.min(255, Math.max(0, Math.round(mean + 20 * random.normal())));
  const pixels = Buffer.from(Array.from({ length: SIDE * SIDE * 3 }, (_, i) => channel(colour[i % 3])));
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .resize(40, 30)
    .png()
    .toFile(path);
}

/** Even items are red and stand at one end of the space, odd ones are blue and stand at the other. */
function learnedPlaces(): Float32Array {
  const vectors = new Float32Array(COUNT * WIDTH);
  for (let item = 0; item < COUNT; item++) {
    const place = Float32Array.from({ length: WIDTH }, () => 0.3 * random.normal());
    place[item % 2] += 1;
    const length = Math.hypot(...place);
    vectors.set(
      place.map((value) => value / length),
      item * WIDTH,
    );
  }
  return vectors;
}

const isRed = (item: number): boolean => item % 2 === 0;
const colourOf = (red: boolean): number[] => (red ? [210, 40, 40] : [40, 60, 220]);

/** The program of docs/TRAINING.md in a folder with pictures, a model, and what is installed beside it. */
async function recipe(items: readonly Item[]): Promise<readonly Item[]> {
  const folder = temporaryFolder();
  const [program] = fenced(textOf('docs/TRAINING.md'), 'js');
  expect(program).toContain('picture-vectors.mjs');
  writeFileSync(join(folder, 'picture-vectors.mjs'), program);
  writeFileSync(join(folder, 'image.onnx'), tinyEncoder());
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'pictures'));
  const shown = items.map((item) => ({ ...item, imageUrl: `pictures/${item.id}.png` }));
  for (const { id, imageUrl } of shown)
    await paint(
      join(folder, imageUrl),
      colourOf(id.startsWith('item-') ? isRed(Number(id.slice(5))) : id === 'new-red'),
    );
  writeFileSync(join(folder, 'items.ndjson'), shown.map((item) => `${JSON.stringify(item)}\n`).join(''));
  const { stdout } = await run(process.execPath, ['picture-vectors.mjs', 'image.onnx', 'items.ndjson'], {
    cwd: folder,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Item);
}

test('a new item that looks like sold ones is recommended to those who like them, by its picture alone', async () => {
  const sold = Array.from({ length: COUNT }, (_, i): Item => ({ id: `item-${i}` }));
  const pictured = await recipe([...sold, { id: 'new-red' }, { id: 'new-blue' }]);
  expect(pictured[0].vectors?.['image']).toHaveLength(6);
  const vectors = learnedPlaces();
  const { weights, metrics } = await fitContent(
    { items: pictured.slice(0, COUNT), counts: new Int32Array(COUNT).fill(50) },
    vectors,
    WIDTH,
  );
  expect(metrics['vectors.image share']).toBe(100);
  const bundle = temporaryFolder();
  const similar = await nearestItems(vectors, WIDTH, 8, { isKnown: () => true });
  const shape = { name: 'pictures', width: WIDTH, items: COUNT };
  await writeTinyBundle({ folder: bundle, ...shape, vectors, similar, content: weights });
  const gateway = await startGateway({ args: ['--bundle', bundle] });
  try {
    const put = await call(gateway.url, 'PUT', '/v1/items', pictured.slice(COUNT));
    expect(put).toEqual({ created: 2, updated: 0, refused: 0 });
    for (const item of ['item-0', 'item-2', 'item-4'])
      await call(gateway.url, 'POST', '/v1/events', { user: 'reds', id: item, e: 'view_item', item });
    const { ids } = await call(gateway.url, 'POST', '/v1/recommend', { user: 'reds', k: 30 });
    expect(ids.slice(0, 10)).toContain('new-red');
    expect(ids.slice(0, 10)).not.toContain('new-blue');
    const similar = { k: 10, item: 'new-blue', how: 'similar', user: 'reds' };
    const { ids: blues } = await call(gateway.url, 'POST', '/v1/recommend', similar);
    expect(blues.length).toBeGreaterThan(4);
    expect(blues.filter((id) => isRed(Number(id.slice(5))))).toEqual([]);
    const [other] = await refusals(gateway.url, [{ id: 'slip', vectors: { image: [1, 2] } }]);
    expect(other.message).toMatch(/^vectors\.image: 2 numbers, and vectors\.image of other items has 6/);
  } finally {
    await gateway.stop();
  }
}, 120_000);

interface Answer {
  readonly ids: readonly string[];
  readonly errors: readonly { readonly message: string }[];
}

async function call(url: string, method: string, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
  return (await response.json()) as Answer;
}

async function refusals(url: string, items: readonly object[]): Promise<Answer['errors']> {
  return (await call(url, 'PUT', '/v1/items', items)).errors;
}
