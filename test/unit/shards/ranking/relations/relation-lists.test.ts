import { beforeAll, describe, expect, test } from 'vitest';
import { itemVectors } from '../../../../../model/kernel/shared-vectors.js';
import { packRequest, unpackRequest } from '../../../../../shards/wire/rank-words.js';
import { WordReader, WordWriter } from '../../../../../shards/wire/words.js';
import {
  REASON_SOURCES,
  RELATIONS,
  type RankRequest,
  type RelationAsked,
  type SlotDefinition,
} from '../../../../../shards/wire/slot-lists.js';
import { aClick, openAs, slotOf } from '../../../../support/shards/shard-calls.js';
import {
  freshCatalogue,
  ITEMS,
  sampleVectors,
  ShardHarness,
} from '../../../../support/shards/shard-harness.js';

const ADA = openAs(1);
const BOB = openAs(2);
const DAY_MS = 86_400_000;
let shard: ShardHarness;

/** What a shopper without a past is given. */
async function list(relation: RelationAsked, slot: Partial<SlotDefinition> = {}, by = BOB) {
  const answer = await shard.rank({ by, relation, slot: { k: 10, ...slot } });
  return { ...answer, items: [...answer.items], scores: [...answer.scores] };
}

beforeAll(async () => {
  const catalogue = await freshCatalogue();
  await catalogue.patch('item-30', { createdMs: 1_760_000_000_000 - DAY_MS });
  await catalogue.patch('item-8', { createdMs: 1_760_000_000_000 - 2 * DAY_MS });
  shard = await ShardHarness.make({ catalogue });
  await shard.open({ ...ADA, user: 'ada' });
  await shard.open({ ...BOB, user: 'bob' });
  // Three times 5 and 6, once 5 and 9.
  for (const [seq, item] of [5, 6, 5, 6, 5, 9, 20, 20].entries())
    await shard.tick(aClick({ by: ADA, on: [item], seq: seq + 1 }));
});

describe('similar', () => {
  const vectors = itemVectors(sampleVectors());
  const cosine = (a: number, b: number): number => {
    let sum = 0;
    for (let d = 0; d < 8; d++) sum += vectors[a * 8 + d] * vectors[b * 8 + d];
    return sum;
  };

  test('items come by the cosine of their vectors, the nearest of all first, without the item itself', async () => {
    const { items, scores, reasons } = await list({ how: 'similar', item: 12 }, { k: 4, explain: true });
    const all = Array.from({ length: ITEMS }, (_, i) => i).filter((i) => i !== 12);
    all.sort((a, b) => cosine(12, b) - cosine(12, a));
    expect(items).toEqual(all.slice(0, 4));
    items.forEach((item, i) => expect(scores[i]).toBeCloseTo(cosine(12, item), 5));
    const source = REASON_SOURCES.indexOf('similar');
    expect(reasons).toEqual(items.map(() => ({ because: [12], weight: [1], source })));
  });

  test('go on to neighbours of neighbours where a filter or an exclusion leaves too few', async () => {
    const exclude = Int32Array.from((await list({ how: 'similar', item: 12 }, { k: 4 })).items);
    const { items } = await list({ how: 'similar', item: 12 }, { k: 4, exclude });
    expect(items).toHaveLength(4);
    expect(items.some((item) => exclude.includes(item))).toBe(false);
  });

  test("a shopper who clicked has the same items in their own order, the model's", async () => {
    const twice = await list({ how: 'similar', item: 12 }, { k: 8 });
    const theirs = await list({ how: 'similar', item: 12 }, { k: 4 }, ADA);
    expect(theirs.items).toHaveLength(4);
    expect(theirs.items.every((item) => twice.items.includes(item))).toBe(true);
    expect(theirs.scores).not.toEqual(twice.scores.slice(0, 4));
    expect(theirs.scores).toEqual([...theirs.scores].sort((a, b) => b - a));
  });
});

test('together: what was clicked with the item, most first, and nothing else', async () => {
  const { items, scores } = await list({ how: 'together', item: 5 }, { k: 2 });
  expect(items).toEqual([6, 9]);
  expect(scores[0]).toBeGreaterThan(scores[1]);
  expect((await list({ how: 'together', item: 5 }, { exclude: Int32Array.of(6) })).items).not.toContain(6);
  expect((await list({ how: 'together', item: 40 })).items).toEqual([]);
});

test('trending: what is clicked most lately, of the shop and of what a filter lets through', async () => {
  const trending = { how: 'trending', item: -1 } as const;
  const { items, scores, reasons } = await list(trending, { k: 3, explain: true });
  expect(items[0]).toBe(5);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(reasons?.[0]).toEqual({ because: [], weight: [], source: REASON_SOURCES.indexOf('trend') });
  const view = shard.built.catalogue;
  const isDear = (item: number) => view.price[item] >= view.price[6];
  const filter = { op: 'range', column: -1, min: view.price[6], max: Infinity } as const;
  const dear = await list(trending, { filter });
  expect(dear.items[0]).toBe(6);
  expect(dear.items.every(isDear)).toBe(true);
});

test('what all shoppers did is told by the order alone: more of the same clicks change no score', async () => {
  const lists = [
    { how: 'together', item: 5 },
    { how: 'trending', item: -1 },
  ] as const;
  const scoresOf = () => Promise.all(lists.map(async (relation) => (await list(relation, { k: 4 })).scores));
  const before = await scoresOf();
  const byPlace = [1, 1 / 2, 1 / 3, 1 / 4].map(Math.fround);
  for (const scores of before) expect(scores).toEqual(byPlace.slice(0, scores.length));
  for (const [seq, item] of [5, 6, 5, 6].entries())
    await shard.tick(aClick({ by: ADA, on: [item], seq: seq + 9 }));
  expect(await scoresOf()).toEqual(before);
});

test('new: what came last into the catalogue', async () => {
  const { items, reasons } = await list({ how: 'new', item: -1 }, { k: 2, explain: true });
  const { created } = shard.built.catalogue;
  const all = Array.from({ length: ITEMS }, (_, i) => i).filter((i) =>
    shard.built.catalogue.isRecommendable(i),
  );
  all.sort((a, b) => created[b] - created[a]);
  expect(items.map((item) => created[item])).toEqual(all.slice(0, 2).map((item) => created[item]));
  expect(items).toContain(30);
  expect(reasons?.[0].source).toBe(REASON_SOURCES.indexOf('new'));
});

test('a request passes between threads as it is', () => {
  const requests: RankRequest[] = [
    { slot: slotOf({ exclude: Int32Array.of(1, 2) }), deadlineUs: 5 },
    { slot: slotOf({}), candidates: Int32Array.of(9), deadlineUs: 0 },
    ...RELATIONS.map((how, i) => ({ slot: slotOf({}), relation: { how, item: i - 1 }, deadlineUs: 7 })),
  ];
  const [words, extras] = [new WordWriter(), [] as unknown[]];
  for (const request of requests) packRequest(words, request, (value) => extras.push(value));
  const reader = new WordReader(words.take());
  expect(requests.map(() => unpackRequest(reader, extras))).toEqual(requests);
  expect(reader.isAtEnd).toBe(true);
});
