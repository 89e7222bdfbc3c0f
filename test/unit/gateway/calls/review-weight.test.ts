import { expect, test } from 'vitest';
import { EventIntake } from '../../../../gateway/calls/event-intake.js';
import { JUDGED_CHARS_MAX, reviewWeight } from '../../../../gateway/calls/review-weight.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';

test.each([
  ['It broke after two days. Terrible quality, I want my money back.', -1, -0.5],
  ['Not good at all, and the handle is horrible', -1, -0.3],
  ['Lovely teapot, my mum adores it!', 0.5, 1],
  ['Not good', -1, -0.3],
  ['It is NOT GOOD. DON’T buy it', -1, -0.3],
  ["Isn't bad", 0.2, 1],
  ['Isn’t bad', 0.2, 1],
  ['It came on Tuesday', 0, 0],
  ['Sehr schön', 0, 0],
])('%s', (text, least, most) => {
  const weight = reviewWeight(undefined, text);
  expect(weight).toBeGreaterThanOrEqual(least);
  expect(weight).toBeLessThanOrEqual(most);
});

test('stars and words come together; stars count more; words that say nothing leave the stars alone', () => {
  expect([1, 2, 3, 4, 5].map((stars) => reviewWeight(stars, ''))).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(reviewWeight(5, 'It came on Tuesday')).toBe(1);
  const mixed = reviewWeight(5, 'Terrible quality, horrible handle');
  expect(mixed).toBeLessThan(0.7);
  expect(mixed).toBeGreaterThan(0.2);
  expect(Object.is(reviewWeight(3, ''), 0)).toBe(true);
});

test('what comes after the characters that are judged is not', () => {
  const plain = 'it came '.repeat(JUDGED_CHARS_MAX / 8);
  expect(reviewWeight(undefined, `${plain} terrible`)).toBe(0);
});

test('a review goes on as one number: nothing of its text is in the event that a shard and its journal get', () => {
  const lookup = { normaliseQuery: String, search: () => new Int32Array(0) };
  const items = { indexOf: () => 7, everIndexOf: () => 7 };
  const intake = new EventIntake(new FakeClock(), items, lookup, { note: () => undefined });
  const text = 'Terrible, horrible, my neighbour Ann says so too';
  const event = intake.resolve({ e: 'review', item: 'kettle', text, value: 1 }, 3);
  expect(event).toMatchObject({ kind: EVENT_KIND.review, items: [7], value: -0.9 });
  expect(JSON.stringify(event)).not.toContain('Ann');
});
