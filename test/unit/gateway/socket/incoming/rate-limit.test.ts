import { expect, test } from 'vitest';
import {
  OVERRUN_WINDOW_US,
  OVERRUNS_TOLERATED,
  RateLimit,
} from '../../../../../gateway/socket/incoming/rate-limit.js';

test('[B2] a burst of two seconds is taken, then the rate', () => {
  const limit = new RateLimit(100);
  const startUs = 7_000_000;
  const waits = Array.from({ length: 201 }, () => limit.take(startUs));
  expect(waits.slice(0, 200).every((waitMs) => waitMs === 0)).toBe(true);
  expect(waits[200]).toBe(10);
  expect([limit.take(startUs + 10_000), limit.take(startUs + 10_000)]).toEqual([0, 10]);
  // However long it was silent, the burst does not grow.
  const later = Array.from({ length: 201 }, () => limit.take(startUs + 3_600e6));
  expect(later.filter((waitMs) => waitMs === 0)).toHaveLength(200);
});

test('[B2] refusals persist when there are more than the tolerated ones within the window', () => {
  const limit = new RateLimit(100);
  for (let i = 0; i < OVERRUNS_TOLERATED; i++) expect(limit.overran(1)).toBe(false);
  expect(limit.overran(1)).toBe(true);
  expect(limit.overran(2 + OVERRUN_WINDOW_US)).toBe(false);
});

test('a large message counts as several', () => {
  const limit = new RateLimit(10);
  expect(limit.overran(1, 8_191)).toBe(false);
  expect(limit.overran(1, 30 * 8_192)).toBe(false);
  expect(limit.overran(1)).toBe(true);
});
