import { describe, expect, it } from 'vitest';
import { PlacedBundle } from '../../../../model/bundle/placed-bundle.js';
import {
  createSharedVectors,
  NEW_ITEMS_MAX,
  VECTOR_ORIGIN,
  VectorView,
} from '../../../../model/kernel/shared-vectors.js';
import { sampleCatalogue } from '../../../support/model/sample-catalogue.js';

const WIDTH = 2;
const SIMILAR = 2;
/** Given vectors of two numbers are places as they are. */
const CONTENT = {
  vectors: [{ name: 'vector', weights: Float32Array.from([1, 0, 0, 1, 0, 0]), share: 1 }],
};
const at = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];

/** Items `a`, `b`, `c` with learned vectors at 0°, 40° and 80°, each the others' nearest. */
async function placed(itemMax = 64) {
  const items = ['a', 'b', 'c'].map((id) => ({ id, category: 'mugs' }));
  const catalogue = await sampleCatalogue({ itemMax });
  await catalogue.seed(items);
  const bundle = {
    items,
    vectors: Float32Array.from([...at(0), ...at(40), ...at(80)]),
    similar: Int32Array.from([1, 2, 0, 2, 1, 0]),
    history: Uint32Array.from([1, 0, 3, 0, 1, 2, 3, 3, 3]),
    content: CONTENT,
  };
  const shared = createSharedVectors(itemMax, WIDTH, SIMILAR);
  const turns: (() => void)[] = [];
  const place = PlacedBundle.atOnce(bundle, catalogue, shared, (work) => turns.push(work));
  catalogue.onChange((changed) => changed.forEach((index) => place.placeItem(index)));
  const view = new VectorView(shared);
  const index = (id: string) => catalogue.indexOf(id);
  return {
    catalogue,
    bundle,
    turns,
    newItems: () => [...view.newItems.subarray(1, 1 + Math.min(view.newItems[0], NEW_ITEMS_MAX))],
    origin: (id: string) => view.origin[index(id)],
    vector: (id: string) => [...view.vectors.subarray(index(id) * WIDTH, (index(id) + 1) * WIDTH)],
    similar: (id: string) =>
      [...view.similar.subarray(index(id) * SIMILAR, (index(id) + 1) * SIMILAR)]
        .filter((one) => one > 0)
        .map((one) => catalogue.idOf(one - 1)),
    settle: () => {
      while (turns.length > 0) turns.shift()?.();
    },
  };
}

describe('an item that training has not seen', () => {
  it('gets the place of its content at once, before its category’s', async () => {
    const { catalogue, vector, origin } = await placed();
    await catalogue.upsert([
      { id: 'd', category: 'mugs', vector: at(10).map((value) => 3 * value) },
      { id: 'e', category: 'mugs', vector: [0, 0] },
      { id: 'f' },
      { id: 'a', vector: at(90) },
    ]);
    at(10).forEach((value, d) => expect(vector('d')[d]).toBeCloseTo(value, 5));
    at(40).forEach((value, d) => expect(vector('e')[d]).toBeCloseTo(value, 5));
    expect([vector('f'), vector('a')]).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(['a', 'd', 'e', 'f'].map(origin)).toEqual([
      VECTOR_ORIGIN.learned,
      VECTOR_ORIGIN.content,
      VECTOR_ORIGIN.category,
      VECTOR_ORIGIN.none,
    ]);
  });

  it('has nearest items a turn later, and comes into theirs where it is nearer than what they hold', async () => {
    const { catalogue, similar, settle } = await placed();
    await catalogue.upsert([{ id: 'd', vector: at(10) }]);
    expect(similar('d')).toEqual([]);
    settle();
    expect(similar('d')).toEqual(['a', 'b']);
    expect(similar('a')).toEqual(['d', 'b']);
    expect(similar('b')).toEqual(['d', 'a']);
    expect(similar('c')).toEqual(['b', 'a']);
  });

  it('moves with its content, and keeps its lists while it hardly moves', async () => {
    const { catalogue, similar, vector, settle, turns } = await placed();
    await catalogue.upsert([{ id: 'd', vector: at(10) }]);
    settle();
    await catalogue.patch('d', { vector: at(11) });
    expect(turns).toHaveLength(0);
    expect(vector('d')[1]).toBeCloseTo(at(11)[1], 5);
    await catalogue.patch('d', { vector: at(75) });
    settle();
    expect(similar('d')).toEqual(['c', 'b']);
    expect(similar('c')).toEqual(['d', 'b']);
  });

  it('is linked to items that are new as well, a few in each turn', async () => {
    const { catalogue, similar, turns, settle } = await placed(256);
    await catalogue.upsert(Array.from({ length: 40 }, (_, i) => ({ id: `n${i}`, vector: at(45 + i / 10) })));
    expect(turns).toHaveLength(1);
    turns.shift()?.();
    expect([similar('n1').length, similar('n39').length]).toEqual([2, 0]);
    settle();
    expect(similar('n20').toSorted()).toEqual(['n19', 'n21']);
  });

  it('is among the new items, the last of which are kept', async () => {
    const { catalogue, newItems } = await placed(1_024);
    await catalogue.upsert([
      { id: 'd', vector: at(10) },
      { id: 'e', category: 'mugs' },
    ]);
    await catalogue.patch('d', { price: 3 });
    expect(newItems()).toEqual([catalogue.indexOf('d')]);
    const many = Array.from({ length: NEW_ITEMS_MAX }, (_, i) => ({ id: `n${i}`, vector: at(i) }));
    await catalogue.upsert(many);
    expect(newItems()).toHaveLength(NEW_ITEMS_MAX);
    expect(newItems()).not.toContain(catalogue.indexOf('d'));
    // The ring goes round more than once: its count stays small, and what it holds are the last ones.
    const more = Array.from({ length: NEW_ITEMS_MAX + 3 }, (_, i) => ({ id: `m${i}`, vector: at(i) }));
    await catalogue.upsert(more);
    const last = more.slice(-NEW_ITEMS_MAX).map(({ id }) => catalogue.indexOf(id));
    expect(newItems().toSorted((a, b) => a - b)).toEqual(last);
  });

  it('is placed again when a gateway starts with it, the newest as new items', async () => {
    const { catalogue, bundle } = await placed(1_024);
    await catalogue.upsert(
      Array.from({ length: NEW_ITEMS_MAX + 5 }, (_, i) => ({
        id: `n${i}`,
        vector: at(i),
        createdMs: 1e6 - i,
      })),
    );
    const shared = createSharedVectors(1_024, WIDTH, SIMILAR);
    const again = PlacedBundle.atOnce(bundle, catalogue, shared);
    const { newItems, origin, similar } = new VectorView(again.shared);
    expect(newItems[0]).toBe(NEW_ITEMS_MAX);
    expect(newItems.at(-1)).toBe(catalogue.indexOf('n0'));
    expect(newItems).not.toContain(catalogue.indexOf(`n${NEW_ITEMS_MAX + 1}`));
    expect(origin[catalogue.indexOf('n0')]).toBe(VECTOR_ORIGIN.content);
    expect(similar[catalogue.indexOf('n0') * SIMILAR]).toBeGreaterThan(0);
  });
});

describe('placing in bites', () => {
  const items = Array.from({ length: 400 }, (_, i) => ({
    id: `i${i}`,
    category: `c${i % 7}`,
    vector: at(i),
  }));
  const bundle = {
    items: items.slice(0, 300),
    vectors: Float32Array.from(items.slice(0, 300).flatMap((_item, i) => at(2 * i))),
    similar: Int32Array.from(items.slice(0, 300).flatMap((_item, i) => [(i + 1) % 300, -1])),
    history: Uint32Array.from([2, 0, 3, 5, 6, 7, 3, 3, 3, 0, 1, 9, 3]),
    content: CONTENT,
  };

  async function shop() {
    const catalogue = await sampleCatalogue({ itemMax: 512 });
    await catalogue.seed(items);
    return { catalogue, shared: createSharedVectors(512, WIDTH, SIMILAR) };
  }

  it('comes to what it comes to at once, and rests in between', async () => {
    const [one, other] = [await shop(), await shop()];
    const whole = PlacedBundle.atOnce(bundle, one.catalogue, one.shared);
    let rests = 0;
    const placed = new PlacedBundle(bundle, other.catalogue, other.shared);
    await placed.place(bundle, { isOver: true, rest: () => Promise.resolve(void rests++) });
    expect(rests).toBeGreaterThan(100);
    expect(placed.indexOfRow).toEqual(whole.indexOfRow);
    const [a, b] = [new VectorView(one.shared), new VectorView(other.shared)];
    for (const field of ['vectors', 'similar', 'origin', 'newItems'] as const)
      expect(b[field]).toEqual(a[field]);
  });

  it('gives an item that changes meanwhile the place of what it is by the end', async () => {
    const { catalogue, shared } = await shop();
    const placed = new PlacedBundle(bundle, catalogue, shared);
    catalogue.onChange((changed) => changed.forEach((index) => placed.placeItem(index)));
    let rests = 0;
    const rest = async (): Promise<void> => {
      if (++rests === 200)
        await catalogue.upsert([
          { id: 'i399', vector: at(77) },
          { id: 'late', vector: at(11) },
        ]);
    };
    await placed.place(bundle, { isOver: true, rest });
    const { vectors } = new VectorView(shared);
    for (const [id, degrees] of [
      ['i399', 77],
      ['late', 11],
    ] as const) {
      const index = catalogue.indexOf(id);
      expect([...vectors.subarray(index * WIDTH, (index + 1) * WIDTH)]).toEqual(
        at(degrees).map((value) => expect.closeTo(value, 5)),
      );
    }
  });
});
