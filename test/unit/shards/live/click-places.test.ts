import { expect, test } from 'vitest';
import { BUCKET_COUNT } from '../../../../metrics/buckets.js';
import { COUNTER, HISTOGRAM } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { ClickPlaces } from '../../../../shards/live/click-places.js';
import { LiveUser } from '../../../../shards/live/live-user.js';

const { select_item, view_item, view_item_list } = EVENT_KIND;

/** A user with lists of three slots, of which `home` and `basket` are counted by themselves. */
function shopper() {
  const stats = ThreadStats.create();
  const places = new ClickPlaces(stats, 'home, basket');
  const user = new LiveUser(1, 'ann');
  const list = (name: string, items: readonly number[]): void => {
    const rules = {
      k: 3,
      excludeSeen: 0,
      diversity: 0,
      explain: false,
      maxMoves: 0,
      minIntervalMs: 0,
    } as const;
    user.define({ name, ...rules }).shown = Int32Array.from(items);
  };
  const sources = (): number[] => Object.values(COUNTER.clicks).map((index) => stats.counterValue(index));
  const positions = (histogram: number): number =>
    stats.addHistogram(histogram, new Float64Array(BUCKET_COUNT));
  return { places, user, list, sources, positions };
}

test('a click is counted by whether its item was in a list sent last, and where', () => {
  const { places, user, list, sources, positions } = shopper();
  places.clicked(user, { kind: select_item, items: [7] });
  expect(sources()).toEqual([0, 0, 1]);
  list('home', [5, 6, 7]);
  list('footer', [9, 7]);
  places.clicked(user, { kind: view_item, items: [8] });
  expect(sources()).toEqual([0, 1, 1]);
  places.clicked(user, { kind: select_item, items: [7] });
  expect(sources()).toEqual([1, 1, 1]);
  expect(positions(HISTOGRAM.clickedPosition['0'])).toBe(3);
  expect(positions(HISTOGRAM.clickedPosition['1'])).toBe(0);
  expect(positions(HISTOGRAM.clickedPosition.other)).toBe(2);
});

test('the view that follows its own click counts once; impressions and events of several items count never', () => {
  const { places, user, list, sources } = shopper();
  list('home', [5, 6, 7]);
  places.clicked(user, { kind: select_item, items: [5] });
  places.clicked(user, { kind: view_item, items: [5] });
  places.clicked(user, { kind: view_item_list, items: [6] });
  places.clicked(user, { kind: select_item, items: [6, 7] });
  expect(sources()).toEqual([1, 0, 0]);
});
