import { expect, test } from 'vitest';
import { EncoderDesk } from '../../../../model/encoder/encoder-desk.js';
import type { EncoderReply } from '../../../../model/encoder/encoder-messages.js';
import { readEncoder } from '../../../../model/encoder/encoder-manifest.js';
import { TextEncoderModel } from '../../../../model/encoder/text-encoder-model.js';
import { VectorCache } from '../../../../model/encoder/vector-cache.js';
import { createSharedVectors, itemVectors, VECTOR_ORIGIN } from '../../../../model/kernel/shared-vectors.js';
import { TINY_DIMENSION, writeTinyEncoder } from '../../../support/encoder/tiny-encoder.js';

/** A desk, and the replies that it has not been asked for yet, in order. */
async function startDesk() {
  const encoder = await TextEncoderModel.load(await readEncoder(writeTinyEncoder()));
  const cache = new VectorCache({ encoder: encoder.id, dimension: TINY_DIMENSION, countMax: 1_000 });
  const replies: EncoderReply[] = [];
  let heard: (() => void) | undefined;
  const desk = new EncoderDesk(encoder, cache, (reply) => {
    replies.push(reply);
    heard?.();
  });
  const next = async (): Promise<EncoderReply> => {
    while (replies.length === 0) await new Promise<void>((resolve) => (heard = resolve));
    return replies.shift() as EncoderReply;
  };
  return { desk, next };
}

const titled = (titles: readonly string[], from = 0) =>
  titles.map((title, i) => ({ index: from + i, item: { id: `${from + i}`, title } }));

test('items are found by what they mean; one that is gone is not', async () => {
  const { desk, next } = await startDesk();
  desk.take({ op: 'items', items: titled(['red lamp', 'blue mug', 'red rug']) });
  expect(await next()).toMatchObject({ op: 'taken', encoded: 3, places: [] });
  desk.take({ op: 'ask', id: 7, text: 'scarlet lantern', count: 2 });
  expect(await next()).toMatchObject({ op: 'answer', id: 7, hits: { items: Int32Array.of(0, 2) } });
  desk.take({ op: 'items', items: [{ index: 0 }, ...titled(['red rug'], 5)] });
  expect(await next()).toMatchObject({ op: 'taken', encoded: 0 });
  desk.take({ op: 'ask', id: 8, text: 'scarlet lantern', count: 9 });
  expect(await next()).toMatchObject({ id: 8, hits: { items: Int32Array.of(2, 5) } });
});

test('a question is answered before the items that wait', async () => {
  const { desk, next } = await startDesk();
  desk.take({ op: 'items', items: titled(Array.from({ length: 64 }, (_, i) => `lamp ${i}`)) });
  desk.take({ op: 'items', items: titled(['mug'], 64) });
  desk.take({ op: 'ask', id: 1, text: 'light', count: 1 });
  const order = [await next(), await next(), await next()].map(({ op }) => op);
  expect(order).toEqual(['answer', 'taken', 'taken']);
});

test('an item that nobody clicked gets the place of the items that say the like; a learned place stays', async () => {
  const { desk, next } = await startDesk();
  const shared = createSharedVectors(16, 2, 0);
  itemVectors(shared).set([1, 0, 0, 1]);
  new Uint8Array(shared.origin).set([VECTOR_ORIGIN.learned, VECTOR_ORIGIN.learned]);
  const references = titled(['red lamp', 'blue mug']).map((one) => ({ ...one, clicks: 100 }));
  desk.take({ op: 'model', number: 3, model: { shared, idf: new Float32Array(0), references } });
  expect(await next()).toEqual({ op: 'placing', model: 3 });
  desk.take({
    op: 'items',
    items: [...titled(['red lamp']), ...titled(['scarlet lantern', 'azure beaker'], 2)],
  });
  const reply = await next();
  expect(reply).toMatchObject({ op: 'taken', model: 3, places: [{ index: 2 }, { index: 3 }] });
  const [lantern, beaker] = reply.op === 'taken' ? reply.places.map(({ place }) => [...place]) : [];
  expect(lantern[0]).toBeCloseTo(1, 5);
  expect(beaker[1]).toBeCloseTo(1, 5);
});
