import { expect, test } from 'vitest';
import { ReturnHead } from '../../../../../model/intent/return-head.js';
import { EVENT_KIND } from '../../../../../model/scorer/event-kinds.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { sessionCount, type Dataset } from '../../../../../model/train/data/dataset.js';
import { fitReturnHead } from '../../../../../model/train/intent/fit-return-head.js';
import { returnQuestions } from '../../../../../model/train/intent/return-questions.js';
import { shopperVisits } from '../../../../../model/train/intent/shopper-visits.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Purchases of users, each by the days on which they came. */
function shopOf(users: Readonly<Record<string, readonly number[]>>): Dataset {
  const builder = new DatasetBuilder(['mug']);
  for (const [user, days] of Object.entries(users))
    for (const day of days) {
      const timeMs = day * DAY_MS;
      builder.click(`${user}-${day}`, user, 'mug', { kind: EVENT_KIND.purchase, timeMs, money: 2 });
    }
  return builder.build('shop', 'hash');
}

const all = (dataset: Dataset) => ({ from: 0, to: sessionCount(dataset) });

/** Half come every tenth day until `days`; the others came three times and never again. */
function regulars(days: number): Dataset {
  const users: Record<string, number[]> = {};
  for (let i = 0; i < 60; i++) {
    const first = i % 10;
    const every = Array.from({ length: Math.ceil((days - first) / 10) }, (_, n) => first + 10 * n);
    users[`stays${i}`] = every;
    users[`leaves${i}`] = every.slice(0, 3);
  }
  return shopOf(users);
}

test('sessions of one user become visits: half an hour ends one, money and clicks add up', () => {
  const builder = new DatasetBuilder(['mug']);
  const click = (session: string, user: string, minute: number, money: number): void =>
    builder.click(session, user, 'mug', { kind: EVENT_KIND.purchase, timeMs: minute * MINUTE_MS, money });
  click('b', 'ada', 25, 3);
  click('a', 'ada', 0, 2);
  click('c', 'ada', 56, 5);
  click('d', '', 60, 7);
  const dataset = builder.build('shop', 'hash');
  expect(shopperVisits(dataset, all(dataset))).toEqual([
    {
      visits: [
        { at: 0, clicks: 2, spend: 5 },
        { at: 56 * 60, clicks: 1, spend: 5 },
      ],
      spent: [
        { atMs: 0, money: 2 },
        { atMs: 25 * MINUTE_MS, money: 5 },
        { atMs: 56 * MINUTE_MS, money: 10 },
      ],
    },
  ]);
});

test('what somebody got back counts from its day on, as a shard would have it: no visit, and no money below 0', () => {
  const builder = new DatasetBuilder(['mug']);
  const buy = (day: number, money: number): void =>
    builder.click(`ada-${day}`, 'ada', 'mug', { kind: EVENT_KIND.purchase, timeMs: day * DAY_MS, money });
  builder.refund('ada', 2 * DAY_MS, 3);
  buy(1, 5);
  buy(20, 4);
  builder.refund('ada', 9 * DAY_MS, 7);
  builder.refund('stranger', 1, 7);
  const dataset = builder.build('shop', 'hash');
  const asked = { fromMs: DAY_MS, toMs: 22 * DAY_MS, days: 1 };
  const told = [...returnQuestions(shopperVisits(dataset, all(dataset)), asked)].map((question) => [
    question.atMs / DAY_MS,
    question.history.visits,
    question.history.spend,
    question.history.latest[0].spend,
  ]);
  expect(told).toEqual([
    [22, 2, 4, 5],
    [15, 1, 0, 5],
    [8, 1, 2, 5],
    [1, 1, 5, 5],
  ]);
});

test('whoever came before is asked about each week, and gone when nothing comes in the days after', () => {
  const dataset = shopOf({ ada: [0, 20], bob: [9] });
  const visits = shopperVisits(dataset, all(dataset));
  const asked = { fromMs: 3 * DAY_MS, toMs: 10 * DAY_MS, days: 10 };
  const told = [...returnQuestions(visits, asked)].map(({ atMs, history, isGone }) => [
    atMs / DAY_MS,
    history.visits,
    history.spend,
    isGone,
  ]);
  expect(told).toEqual([
    [10, 1, 2, false],
    [10, 1, 2, true],
    [3, 1, 2, true],
  ]);
});

test('a head tells who stays from who has left, and learns the same each time', () => {
  const dataset = regulars(200);
  const weights = fitReturnHead(dataset, all(dataset))!;
  expect(fitReturnHead(dataset, all(dataset))).toEqual(weights);
  const head = new ReturnHead(weights);
  expect(head.days).toEqual([30, 60]);
  const nowMs = 200 * DAY_MS;
  const came = (...days: number[]) => ({
    visits: days.length,
    spend: 2 * days.length,
    latest: days.slice(-12).map((day) => ({ at: (day * DAY_MS) / 1_000, clicks: 1, spend: 2 })),
  });
  const stays = head.probability(came(...Array.from({ length: 20 }, (_, n) => 5 + 10 * n)), nowMs, 30)!;
  const left = head.probability(came(5, 15, 25), nowMs, 30)!;
  expect(stays).toBeLessThan(0.05);
  expect(left).toBeGreaterThan(0.95);
});

test('short data teaches the horizons that it is long enough for, or none', () => {
  const days = (dataset: Dataset) => fitReturnHead(dataset, all(dataset))?.horizons.map((of) => of.days);
  expect(days(regulars(100))).toEqual([30]);
  expect(days(regulars(60))).toBeUndefined();
  expect(days(shopOf({ ada: [0, 300] }))).toBeUndefined();
});

test('without users or times there is no head', () => {
  const dataset = regulars(200);
  const nobody = { ...dataset, user: dataset.user.map(() => -1) };
  expect(fitReturnHead(nobody, all(dataset))).toBeUndefined();
  expect(fitReturnHead({ ...dataset, timeMs: null }, all(dataset))).toBeUndefined();
});
