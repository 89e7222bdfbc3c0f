import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PART } from '../../shards/ranking/reasons/reason-codes.js';
import { DemoShard } from '../support/shards/demo-shard.js';
import { slotOf } from '../support/shards/shard-calls.js';
import type { ShardList } from '../../shards/wire/slot-lists.js';

/** As many as even the shorter histories have candidates: nothing fills the lists up. */
const PLACES = 150;
const SESSIONS = 30;
const CLICKS = 6;
/** Recommended items of each list that are asked about. */
const TOP = 10;
/** From this share on nothing that takes the item's place makes up for it. */
const STRONG_SHARE = 0.6;

interface Fall {
  /** Score with the whole history less the score without the item; Infinity: not even a candidate any more. */
  readonly drop: number;
  readonly placesLost: number;
  /** What the reason said that the item contributes. */
  readonly part: number;
  /** The share that the reason gave it, 0 for one that it did not name. */
  readonly share: number;
}

function fallOf(before: ShardList, after: ShardList, item: number, removed: number): Fall {
  const [from, to] = [before, after].map((list) => list.items.indexOf(item));
  const reason = before.reasons?.[from];
  const part = reason?.parts?.find(({ of, item: whose }) => of === PART.item && whose === removed);
  return {
    drop: to < 0 ? Infinity : before.scores[from] - after.scores[to],
    placesLost: (to < 0 ? PLACES : to) - from,
    part: part?.score ?? 0,
    share: reason?.because.includes(removed) === true ? reason.weight[reason.because.indexOf(removed)] : 0,
  };
}

const shareOf = (falls: readonly Fall[], fell: (fall: Fall) => boolean): number =>
  falls.filter(fell).length / falls.length;
const meanDrop = (falls: readonly Fall[]): number => {
  const finite = falls.filter(({ drop }) => Number.isFinite(drop));
  return finite.reduce((sum, { drop }) => sum + drop, 0) / finite.length;
};

describe('taking an item out of the history of the demo shop', () => {
  /** Falls of recommended items when the item that their reason names first is taken out, and when another one is. */
  const named: Fall[] = [];
  const others: Fall[] = [];
  let shard: DemoShard;

  beforeAll(async () => {
    shard = await DemoShard.open();
    const slot = slotOf({ k: PLACES });
    const explained = { ...slot, explain: true };
    const histories = shard.sessions
      .map((session) => session.slice(0, CLICKS))
      .filter((history) => new Set(history).size >= CLICKS - 1);
    const step = Math.max(1, Math.floor(histories.length / SESSIONS));
    for (let h = 0; h < SESSIONS * step && h < histories.length; h += step) {
      const history = histories[h];
      const before = await shard.listAfter(history, explained);
      const without = new Map<number, ShardList>();
      for (const item of new Set(history))
        without.set(
          item,
          await shard.listAfter(
            history.filter((other) => other !== item),
            slot,
          ),
        );
      for (let place = 0; place < TOP; place++) {
        const because = before.reasons?.[place].because ?? [];
        if (because.length === 0) continue;
        const item = before.items[place];
        for (const [removed, after] of without) {
          if (removed === because[0]) named.push(fallOf(before, after, item, removed));
          else if (!because.includes(removed) && removed !== item)
            others.push(fallOf(before, after, item, removed));
        }
      }
    }
  }, 120_000);
  afterAll(() => shard.close());

  test('lets the recommended one fall when it is the item that its reason names', () => {
    expect(named.length).toBeGreaterThan(200);
    expect(shareOf(named, ({ drop }) => drop > 0)).toBeGreaterThan(0.78);
    expect(shareOf(named, ({ placesLost }) => placesLost > 0)).toBeGreaterThan(0.78);
  });

  test('lets it fall almost always when the item is most of what speaks for it', () => {
    const strong = named.filter(({ share }) => share >= STRONG_SHARE);
    expect(strong.length).toBeGreaterThan(100);
    expect(shareOf(strong, ({ drop }) => drop > 0)).toBeGreaterThan(0.93);
  });

  test('changes little, in either direction, when it is an item that the reason does not name', () => {
    expect(others.length).toBeGreaterThan(200);
    expect(shareOf(others, ({ drop }) => drop > 0)).toBeLessThan(0.6);
    expect(meanDrop(named) - meanDrop(others)).toBeGreaterThan(0.5);
  });

  test('is told apart by the parts: what is named contributes far more than what is not', () => {
    const mean = (falls: readonly Fall[]) => falls.reduce((sum, { part }) => sum + part, 0) / falls.length;
    expect(mean(named)).toBeGreaterThan(5 * Math.abs(mean(others)));
  });
});
