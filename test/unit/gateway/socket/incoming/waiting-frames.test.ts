import { expect, test } from 'vitest';
import { WIRE_LIMITS } from '../../../../../gateway/protocol/limits.js';
import { WaitingFrames } from '../../../../../gateway/socket/incoming/waiting-frames.js';
import { WaitingRank } from '../../../../../gateway/socket/incoming/waiting-rank.js';
import { seededRandom } from '../../../../support/random.js';

const frame = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(7);

test('keeps copies, in order', () => {
  const waiting = new WaitingFrames();
  const sent = Uint8Array.of(1);
  waiting.add(sent, true, 5);
  sent[0] = 2;
  waiting.add(sent, false, 6);
  expect(waiting.shift()).toEqual({
    frame: Uint8Array.of(1),
    isBinary: true,
    receivedUs: 5,
    rank: undefined,
  });
  expect(waiting.shift()).toEqual({
    frame: Uint8Array.of(2),
    isBinary: false,
    receivedUs: 6,
    rank: undefined,
  });
  expect(waiting.shift()).toBeUndefined();
});

test('keeps bytes, not messages: as many as one frame may have', () => {
  const waiting = new WaitingFrames();
  expect(waiting.add(frame(WIRE_LIMITS.frameBytes), true, 0)).toBe(true);
  expect(waiting.add(frame(1), true, 0)).toBe(false);
  expect(waiting.bytes).toBe(WIRE_LIMITS.frameBytes);
  waiting.shift();
  expect(waiting.bytes).toBe(0);
  expect(waiting.add(frame(1), true, 0)).toBe(true);
  waiting.clear();
  expect(waiting.bytes).toBe(0);
});

test('keeps 1,024 frames at most, of no bytes too', () => {
  const waiting = new WaitingFrames();
  for (let i = 0; i < 1_024; i++) expect(waiting.add(frame(0), true, i)).toBe(true);
  expect(waiting.add(frame(0), true, 1_024)).toBe(false);
});

test('lets go of the calls in it when it is cleared', () => {
  const waiting = new WaitingFrames();
  const answered: number[] = [];
  const ranks = [1, 2].map((n) => new WaitingRank(n, () => answered.push(n)));
  for (const rank of ranks) {
    waiting.add(Uint8Array.of(1), true, 0);
    waiting.watch(rank);
  }
  ranks[0].expire();
  waiting.clear();
  for (const rank of ranks) rank.expire();
  expect([answered, ranks.map((rank) => rank.end())]).toEqual([[1], [true, false]]);
});

test('looks into sixteen of them before their turn, and into others when those have had theirs', () => {
  const waiting = new WaitingFrames();
  for (let i = 0; i < 16; i++) {
    expect(waiting.mayWatch).toBe(true);
    waiting.add(frame(10), true, i);
    waiting.watch(new WaitingRank(i, () => {}));
  }
  expect(waiting.mayWatch).toBe(false);
  expect(waiting.shift()?.rank?.dueUs).toBe(0);
  expect(waiting.mayWatch).toBe(true);
});

test('gives back what it was given, however it comes and goes', () => {
  const waiting = new WaitingFrames();
  const expected: { bytes: number; first: number; rank: number | undefined }[] = [];
  const random = seededRandom(5);
  for (let i = 0; i < 20_000; i++) {
    const bytes = random(random(10) === 0 ? 40_000 : 400) + 1;
    if (random(100) < 52) {
      if (!waiting.add(new Uint8Array(bytes).fill(i % 251), i % 2 === 0, i)) continue;
      const isWatched = i % 7 === 0 && waiting.mayWatch;
      if (isWatched) waiting.watch(new WaitingRank(i, () => {}));
      expected.push({ bytes, first: i % 251, rank: isWatched ? i : undefined });
    } else {
      const taken = waiting.shift();
      const { frame, rank } = taken ?? {};
      const got = frame && { bytes: frame.length, first: frame[0], rank: rank?.dueUs };
      expect(got).toEqual(expected.shift());
      expect(frame?.every((byte) => byte === frame[0]) ?? true).toBe(true);
    }
  }
  expect(waiting.bytes).toBe(expected.reduce((sum, { bytes }) => sum + bytes, 0));
});
