import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { sharedSegments } from '../../../../gateway/segments/segment-store.js';
import { Segments } from '../../../../gateway/segments/segments.js';
import { createLog } from '../../../../metrics/process/log.js';
import type { Catalogue } from '../../../../model/catalogue/catalogue.js';
import { CatalogueView } from '../../../../model/catalogue/catalogue-view.js';
import { OverloadedError } from '../../../../shards/api.js';
import { FakeNote } from '../../../support/gateway/fake-note.js';
import { FakePool } from '../../../support/gateway/fake-pool.js';
import { freshCatalogue } from '../../../support/shards/shard-harness.js';

const RULE = { visits: { gte: 1 } };

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await freshCatalogue();
});

interface Node {
  readonly segments: Segments;
  readonly pool: FakePool;
}

async function nodeOn(note: FakeNote): Promise<Node> {
  const pool = new FakePool(new CatalogueView(catalogue.shared));
  const segments = await Segments.open({
    pool,
    catalogue,
    store: sharedSegments(note),
    moved: () => undefined,
    log: createLog({ level: 'silent' }),
  });
  onTestFinished(() => segments.stop());
  return { segments, pool };
}

const numbers = ({ pool }: Node): number[] => pool.segments.map(({ number }) => number);
const idsOf = async ({ segments }: Node): Promise<string[]> => (await segments.list()).map(({ id }) => id);

test('what one node puts all have, under the same number, and a new node too', async () => {
  const note = new FakeNote();
  const [a, b] = [await nodeOn(note), await nodeOn(note)];
  expect(await a.segments.put('first', { rule: RULE })).toBeUndefined();
  expect(await b.segments.put('second', { rule: RULE })).toBeUndefined();
  expect(await idsOf(a)).toEqual(['first', 'second']);
  expect([numbers(a), numbers(b)]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(await b.segments.remove('first')).toBe(true);
  expect(await a.segments.membersOf('first')).toBeUndefined();
  const late = await nodeOn(note);
  expect([numbers(late), late.pool.revision]).toEqual([[2], 3]);
});

test('nodes see by themselves what others have put', async () => {
  const note = new FakeNote();
  const [a, b] = [await nodeOn(note), await nodeOn(note)];
  await a.segments.put('first', { rule: RULE });
  await expect.poll(() => b.segments.numberOf('first'), { timeout: 20_000 }).toBe(1);
});

test('of two who change at once both are carried out, with two numbers', async () => {
  const note = new FakeNote();
  const nodes = [await nodeOn(note), await nodeOn(note)];
  await Promise.all(
    nodes.flatMap(({ segments }, node) => [0, 1, 2].map((n) => segments.put(`${node}-${n}`, { rule: RULE }))),
  );
  expect(new Set(await idsOf(nodes[0])).size).toBe(6);
  expect(numbers(nodes[0])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await idsOf(nodes[1])).toEqual(await idsOf(nodes[0]));
});

test('a server that is behind shows nothing old', async () => {
  const note = new FakeNote();
  const [a, b] = [await nodeOn(note), await nodeOn(note)];
  await a.segments.put('first', { rule: RULE });
  expect(await idsOf(b)).toEqual(['first']);
  note.stale.push({ text: '', revision: 0 });
  expect(await idsOf(b)).toEqual(['first']);
  note.stale.push({ text: '', revision: 0 });
  await b.segments.put('second', { rule: RULE });
  expect(numbers(b)).toEqual([1, 2]);
});

test('while no server answers what is known is told, and a change is refused', async () => {
  const note = new FakeNote();
  const a = await nodeOn(note);
  await a.segments.put('first', { rule: RULE });
  note.isAway = true;
  expect(await idsOf(a)).toEqual(['first']);
  await expect(a.segments.put('second', { rule: RULE })).rejects.toThrow(OverloadedError);
  note.isAway = false;
  expect(await a.segments.put('second', { rule: RULE })).toBeUndefined();
});

test('more than a message to the servers takes is refused', async () => {
  const note = new FakeNote();
  const a = await nodeOn(note);
  const rule = { attributes: { city: ['x'.repeat(1_000_000)] } };
  expect(await a.segments.put('large', { rule })).toMatchObject({ code: 'too_many' });
  expect(note.revision).toBe(0);
});
