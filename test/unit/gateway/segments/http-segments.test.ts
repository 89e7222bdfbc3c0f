import { expect, test } from 'vitest';
import type { RoutedCall } from '../../../../gateway/http/http.js';
import { HttpSegments } from '../../../../gateway/segments/http-segments.js';
import type { Segments } from '../../../../gateway/segments/segments.js';
import { FakeClock } from '../../../../metrics/process/clock.js';

const SEGMENTS = Array.from({ length: 30 }, (_, i) => {
  const rule = { attributes: { city: Array.from({ length: 64 }, (_, k) => `${k}`) } };
  return { id: `s${i}`, rule, users: i, visitors: 0, isComplete: true };
});

test('all segments are written with rests, which count towards who asked, and are told as one answer', async () => {
  const clock = new FakeClock();
  let rests = 0;
  const rest = () => Promise.resolve(void rests++);
  const bites = {
    // Each look finds a segment's time gone by.
    get isOver() {
      clock.advanceUs(100);
      return true;
    },
    rest,
  };
  const source = { list: () => Promise.resolve(SEGMENTS) } as Pick<Segments, 'list'> as Segments;
  const found = { list: () => Promise.resolve({ segments: [] } as never) };
  const http = new HttpSegments(source, found, () => false, { bites, clock });
  let spentUs = 0;
  const call = { spend: (us: number) => (spentUs += us) } as Partial<RoutedCall> as RoutedCall;
  const { status, body } = await http.list(call);
  expect([status, rests]).toEqual([200, SEGMENTS.length]);
  expect(spentUs).toBe(100 * (SEGMENTS.length - 1));
  const { segments, found: told } = JSON.parse(String(body));
  expect(segments).toMatchObject(SEGMENTS.map(({ id, users }) => ({ id, users, complete: true })));
  expect(told).toEqual({ segments: [] });
});
