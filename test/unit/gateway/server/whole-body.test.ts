import { expect, test } from 'vitest';
import { joinedAtOnce, joinedInBites } from '../../../../gateway/server/transport/whole-body.js';

const MIB = 1024 * 1024;
const piece = (bytes: number, fill: number): Uint8Array => new Uint8Array(bytes).fill(fill);

test('a short body is put together at once, and one that came whole is not copied', () => {
  const whole = piece(MIB, 1);
  expect(joinedAtOnce([whole])).toBe(whole);
  expect(joinedAtOnce([])).toHaveLength(0);
  expect(joinedAtOnce([piece(2, 1), piece(1, 2)])).toEqual(Buffer.from([1, 1, 2]));
});

test('a long body is put together in bites, and its pieces are let go', async () => {
  const pieces = [piece(MIB, 1), piece(3, 2), piece(2 * MIB, 3)];
  const bites = { count: 0, isOver: true, rest: () => Promise.resolve(void bites.count++) };
  expect(joinedAtOnce(pieces)).toBeUndefined();
  const whole = await joinedInBites(pieces, bites);
  expect(whole).toHaveLength(3 * MIB + 3);
  expect([whole[MIB - 1], whole[MIB], whole[MIB + 3], whole.at(-1)]).toEqual([1, 2, 3, 3]);
  expect(bites.count).toBeGreaterThanOrEqual(12);
  expect(pieces).toEqual([]);
});
