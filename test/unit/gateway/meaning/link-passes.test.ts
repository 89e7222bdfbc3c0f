import { afterEach, expect, test, vi } from 'vitest';
import { LinkPasses } from '../../../../gateway/meaning/link-passes.js';
import { CatalogueView } from '../../../../model/catalogue/catalogue-view.js';
import { KIND_LINKS_MAX } from '../../../../model/catalogue/shared-catalogue.js';
import { ITEMS_A_MESSAGE } from '../../../../model/encoder/encoder-messages.js';
import { sampleCatalogue } from '../../../support/model/sample-catalogue.js';

const COUNT = ITEMS_A_MESSAGE + 6;

afterEach(() => {
  vi.useRealTimers();
});

async function passes() {
  const catalogue = await sampleCatalogue({ itemMax: 128 });
  await catalogue.upsert(Array.from({ length: COUNT }, (_, i) => ({ id: `${i}` })));
  const asked: number[][] = [];
  const made = new LinkPasses(catalogue, (items) => asked.push([...items]));
  const answer = (isMixed = true) =>
    made.linked({
      op: 'linked',
      isMixed,
      links: (asked[asked.length - 1] ?? []).map((index) => ({
        index,
        items: Int32Array.of((index + 1) % COUNT),
        likeness: Float32Array.of(0.5),
      })),
    });
  const view = new CatalogueView(catalogue.shared);
  const linked = (item: number) => [...view.linkedItems.subarray(item * KIND_LINKS_MAX).subarray(0, 2)];
  return { made, asked, answer, linked, view };
}

test('a pass asks for all items, a message at a time, and what is answered is there for all threads', async () => {
  const { made, asked, answer, linked, view } = await passes();
  made.begin();
  expect(asked.map(({ length }) => length)).toEqual([ITEMS_A_MESSAGE]);
  answer();
  expect(asked.map(({ length }) => length)).toEqual([ITEMS_A_MESSAGE, 6]);
  answer();
  expect(asked.flat()).toEqual(Array.from({ length: COUNT }, (_, i) => i));
  expect([linked(0), linked(COUNT - 1)]).toEqual([
    [2, 0],
    [1, 0],
  ]);
  expect(view.linkedLikeness[0]).toBe(0.5);
  made.stop();
});

test('what changes meanwhile is for the next pass, which comes after a rest of ten milliseconds an item; without changes there is none', async () => {
  const { made, asked, answer } = await passes();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  made.begin();
  answer();
  made.begin();
  answer();
  expect(asked).toHaveLength(2);
  vi.advanceTimersByTime(10 * COUNT - 1);
  expect(asked).toHaveLength(2);
  vi.advanceTimersByTime(1);
  expect(asked).toHaveLength(3);
  answer();
  answer();
  vi.advanceTimersByTime(1e6);
  expect(asked).toHaveLength(4);
  made.begin();
  expect(asked).toHaveLength(5);
});

test('where all items are of one kind, a pass is one question, and nothing rests', async () => {
  const { made, asked, answer } = await passes();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  made.begin();
  answer(false);
  expect(asked).toHaveLength(1);
  made.begin();
  vi.advanceTimersByTime(1);
  expect(asked).toHaveLength(2);
  made.stop();
});
