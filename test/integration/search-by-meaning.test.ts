import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { joinHits } from '../../gateway/meaning/joined-hits.js';
import { loadBundle } from '../../model/bundle/bundle.js';
import { modelOptions } from '../../model/bundle/model-options.js';
import { SearchIndex } from '../../model/catalogue/search/search-index.js';
import { titleTerms } from '../../model/catalogue/search/title-terms.js';
import { readEncoder } from '../../model/encoder/encoder-manifest.js';
import { ItemReader } from '../../model/encoder/item-reader.js';
import { MeaningIndex } from '../../model/encoder/meaning-index.js';
import { TextEncoderModel } from '../../model/encoder/text-encoder-model.js';

const K = 20;
const FOUND_MAX = 200;
/** Words that name nothing. */
const SMALL = new Set(
  'a an the for of in on at to is my me up with and from when that by not i do or this it your out'.split(
    ' ',
  ),
);

/** Texts that somebody might look for, each with a pattern of the titles that they mean, judged by reading the demo shop's titles. */
function meantQueries(): { readonly query: string; readonly titles: RegExp }[] {
  const path = new URL('../fixtures/searches/meant-queries.tsv', import.meta.url);
  const [, ...rows] = readFileSync(path, 'utf8').trim().split('\n');
  return rows.map((row) => {
    const [query, titles] = row.split('\t');
    return { query, titles: new RegExp(titles, 'i') };
  });
}

/** Share of the items meant that are among the first `K`, of as many as find room there. */
function recall(meant: ReadonlySet<number>, found: Int32Array): number {
  const hits = found.subarray(0, K).reduce((count, item) => count + (meant.has(item) ? 1 : 0), 0);
  return hits / Math.min(K, meant.size);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

test('200 searches that use no word of the titles they mean: Recall@20 by words and meaning is at least 0.34, and four times that of words alone', async () => {
  const { items } = await loadBundle(modelOptions.bundle.fallback);
  const words = new SearchIndex();
  items.forEach((item, index) => words.upsert(index, item));
  const reader = new ItemReader(modelOptions.encoder.fallback);
  const vectors = await reader.vectorsOf(items);
  reader.close();
  const encoder = await TextEncoderModel.load(await readEncoder(modelOptions.encoder.fallback));
  const meaning = new MeaningIndex(encoder.manifest.dimension);
  vectors.forEach((vector, index) => meaning.set(index, vector));
  const queries = meantQueries();
  expect(queries.length).toBeGreaterThanOrEqual(200);
  const figures = queries.map(({ query, titles }) => {
    const meant = new Set([...items.keys()].filter((index) => titles.test(items[index].title ?? '')));
    const said = new Set([...meant].flatMap((index) => titleTerms(items[index].title ?? '')));
    expect(titleTerms(query).filter((term) => said.has(term) && !SMALL.has(term))).toEqual([]);
    expect(meant.size, query).toBeGreaterThan(0);
    const near = meaning.nearest(encoder.encode([query], 'query'), FOUND_MAX).items;
    const hits = words.hits(query, FOUND_MAX);
    return { alone: recall(meant, hits.items), both: recall(meant, joinHits(hits, near, 2 * FOUND_MAX)) };
  });
  encoder.close();
  const [alone, both] = [mean(figures.map((one) => one.alone)), mean(figures.map((one) => one.both))];
  expect(both).toBeGreaterThan(0.34);
  expect(both).toBeGreaterThan(4 * alone);
}, 120_000);
