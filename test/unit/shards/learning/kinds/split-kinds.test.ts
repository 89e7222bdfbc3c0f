import { expect, test } from 'vitest';
import { isQuestion, sessionCount } from '../../../../../model/train/data/dataset.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import {
  apart,
  halfOf,
  HALVES,
  itemsOfKinds,
  questionsAcross,
} from '../../../../../shards/learning/kinds/split-kinds.js';

const IDS = Array.from({ length: 40 }, (_, i) => `item${i}`);
const ONES = IDS.filter((id) => halfOf(id) === 0);
const OTHERS = IDS.filter((id) => halfOf(id) === 1);

/** Three sessions: both halves mixed, the one half alone, the other alone. */
function dataset() {
  const builder = new DatasetBuilder(IDS);
  const sessions = [
    [ONES[0], OTHERS[0], ONES[1], OTHERS[1], OTHERS[0]],
    ONES.slice(2, 5),
    OTHERS.slice(2, 4),
  ];
  sessions.forEach((items, s) =>
    items.forEach((item, i) =>
      builder.click(`s${s}`, `u${s}`, item, { kind: EVENT_KIND.purchase, timeMs: 1e12 + s * 1e8 + i * 1e3 }),
    ),
  );
  return builder.build('three', '0'.repeat(64));
}

test('both halves have about as many items, and each item says its own', () => {
  expect(ONES.length).toBeGreaterThan(12);
  expect(OTHERS.length).toBeGreaterThan(12);
  const kinds = itemsOfKinds([{ id: ONES[0] }, { id: OTHERS[0], attributes: { colour: 'red' } }]);
  expect(kinds.map(({ attributes }) => attributes)).toEqual([
    { kind: HALVES[0] },
    { colour: 'red', kind: HALVES[1] },
  ]);
});

test('taken apart, no session and no user has items of both halves, and no click is lost', () => {
  const whole = dataset();
  const split = apart(whole);
  expect(split.item.length).toBe(whole.item.length);
  expect([...(split.timeMs ?? [])].sort()).toEqual([...(whole.timeMs ?? [])].sort());
  const halvesOfUser = new Map<number, Set<number>>();
  for (let session = 0; session < sessionCount(split); session++) {
    const items = split.item.subarray(split.start[session], split.start[session + 1]);
    const halves = new Set(Array.from(items, (row) => halfOf(split.itemIds[row])));
    expect(halves.size).toBe(1);
    const user = split.user[session];
    halvesOfUser.set(user, new Set([...(halvesOfUser.get(user) ?? []), ...halves]));
  }
  expect(sessionCount(split)).toBe(4);
  expect([...halvesOfUser.values()].every((halves) => halves.size === 1)).toBe(true);
});

test('a question shows all clicks on the one half, and its answers are what the session had of the other', () => {
  const { dataset: asking, answers } = questionsAcross(dataset(), 0, 0);
  expect(sessionCount(asking)).toBe(1);
  const ids = Array.from(asking.item, (row) => asking.itemIds[row]);
  expect(ids).toEqual([ONES[0], ONES[1], OTHERS[0]]);
  expect([0, 1, 2].map((click) => isQuestion(asking, 0, click))).toEqual([false, true, false]);
  expect([...answers[0]].map((row) => asking.itemIds[row])).toEqual([OTHERS[0], OTHERS[1]]);
  expect(questionsAcross(dataset(), 1, 0).answers).toEqual([]);
});
