import { describe, expect, it } from 'vitest';
import { codes, DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { SessionWindow } from '../../../../../model/train/network/session-window.js';
import { RELATION } from '../../../../../model/scorer/step-shape.js';

const MINUTE = 60_000;

/** One session; letters are items, a click a minute. a and b are of category x, c and d of y; a and c of brand z. */
function windowAfter(clicks: string, neighbours = 24): SessionWindow {
  const builder = new DatasetBuilder();
  clicks
    .split('')
    .forEach((item, i) => builder.click('s', 'u', item, { kind: 3, timeMs: 1e12 + i * MINUTE }));
  const items = builder.items.texts;
  const category = codes(items, (item) => ({ a: 'x', b: 'x', c: 'y', d: 'y' })[item]);
  const brand = codes(items, (item) => ({ a: 'z', c: 'z' })[item]);
  const window = new SessionWindow(builder.build('letters', '', { category, brand }), neighbours);
  window.open(0);
  for (let t = 0; t < clicks.length; t++) window.see(t);
  return window;
}

function rows(window: SessionWindow): [number, number, number][] {
  return Array.from({ length: window.count }, (_, i) => [window.click[i], window.relation[i], window.age[i]]);
}

describe('SessionWindow', () => {
  it('sees itself alone at the first click', () => {
    expect(rows(windowAfter('a'))).toEqual([[0, RELATION.self, 0]]);
  });

  it('sees each other item once, by its latest click, newest first', () => {
    expect(rows(windowAfter('abacd'))).toEqual([
      [4, RELATION.self, 0],
      [3, RELATION.predecessor, 1],
      [2, RELATION.other, 2],
      [1, RELATION.other, 3],
    ]);
  });

  it('knows the earlier click of the same item and what followed it', () => {
    expect(rows(windowAfter('abca'))).toEqual([
      [3, RELATION.self, 0],
      [0, RELATION.earlier, 0],
      [2, RELATION.predecessor, 1],
      [1, RELATION.successor, 2],
    ]);
  });

  it('has no predecessor when the same item was clicked just before', () => {
    expect(rows(windowAfter('baa'))).toEqual([
      [2, RELATION.self, 0],
      [1, RELATION.earlier, 0],
      [0, RELATION.other, 1],
    ]);
  });

  it('keeps the latest distinct items only: neighbours − 5 others', () => {
    const window = windowAfter('abcdefghijk', 9);
    expect(rows(window).map(([click]) => click)).toEqual([10, 9, 8, 7, 6]);
  });

  it('forgets an item that fell out, so that a later click of it is new', () => {
    expect(rows(windowAfter('abcdefga', 9)).map(([, relation]) => relation)).not.toContain(RELATION.earlier);
  });

  it('buckets the time since each row; its own gap is unknown', () => {
    const window = windowAfter('abc');
    // One minute is within the bucket up to 60 s, two minutes in the next.
    expect([...window.gap.subarray(0, 3)]).toEqual([0, 2, 3]);
  });

  it("gathers the other items of the click's category and brand", () => {
    const window = windowAfter('bdac');
    expect(window.context[0].members).toEqual([1]);
    expect(window.context[1].members).toEqual([2]);
    expect(windowAfter('ad').context.map((row) => row.members)).toEqual([[], []]);
  });
});
