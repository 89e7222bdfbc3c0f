import { expect, test } from 'vitest';
import {
  sizeProblem,
  SEGMENTS_BYTES_MAX,
  type KeptSegments,
} from '../../../../gateway/segments/kept-segments.js';

/** Segments that take so many bytes as JSON. */
function ofBytes(bytes: number): KeptSegments {
  const named = (name: string): KeptSegments => ({
    last: 1,
    segments: [{ number: 1, id: 'a', name, rule: { visits: { gte: 1 } } }],
  });
  return named('x'.repeat(bytes - JSON.stringify(named('')).length));
}

test('all segments together take so many bytes at most; those that take more already may only shrink', () => {
  const few = ofBytes(200);
  expect(sizeProblem(ofBytes(SEGMENTS_BYTES_MAX), few)).toBeUndefined();
  expect(sizeProblem(ofBytes(SEGMENTS_BYTES_MAX + 1), few)).toMatchObject({ code: 'too_many' });
  const many = ofBytes(SEGMENTS_BYTES_MAX + 1_000);
  expect(sizeProblem(ofBytes(SEGMENTS_BYTES_MAX + 999), many)).toBeUndefined();
  expect(sizeProblem(many, many)).toMatchObject({ code: 'too_many' });
});
