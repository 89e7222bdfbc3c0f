import { expect, test } from 'vitest';
import { WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import { WaitingFrames } from '../../../../gateway/socket/waiting-frames.js';
import { WaitingRank } from '../../../../gateway/socket/waiting-rank.js';

const frame = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(7);

test('keeps copies, in order', () => {
  const waiting = new WaitingFrames();
  const sent = Uint8Array.of(1);
  waiting.add(sent, true, 5);
  sent[0] = 2;
  waiting.add(sent, false, 6);
  expect(waiting.shift()).toEqual({ frame: Uint8Array.of(1), isBinary: true, receivedUs: 5 });
  expect(waiting.shift()).toEqual({ frame: Uint8Array.of(2), isBinary: false, receivedUs: 6 });
  expect(waiting.shift()).toBeUndefined();
});

test('keeps bytes, not messages: as many as one frame may have', () => {
  const waiting = new WaitingFrames();
  expect(waiting.add(frame(WIRE_LIMITS.frameBytes), true, 0)).toBeDefined();
  expect(waiting.add(frame(1), true, 0)).toBeUndefined();
  expect(waiting.bytes).toBe(WIRE_LIMITS.frameBytes);
  waiting.shift();
  expect(waiting.bytes).toBe(0);
  expect(waiting.add(frame(1), true, 0)).toBeDefined();
  waiting.clear();
  expect(waiting.bytes).toBe(0);
});

test('keeps 1,024 frames at most, of no bytes too', () => {
  const waiting = new WaitingFrames();
  for (let i = 0; i < 1_024; i++) expect(waiting.add(frame(0), true, i)).toBeDefined();
  expect(waiting.add(frame(0), true, 1_024)).toBeUndefined();
});

test('lets go of the calls in it when it is cleared', () => {
  const waiting = new WaitingFrames();
  const answered: number[] = [];
  const ranks = [1, 2].map((n) => new WaitingRank(n, () => answered.push(n)));
  for (const rank of ranks) {
    const frame = waiting.add(Uint8Array.of(1), true, 0);
    if (frame !== undefined) frame.rank = rank;
  }
  ranks[0].expire();
  waiting.clear();
  for (const rank of ranks) rank.expire();
  expect([answered, ranks.map((rank) => rank.end())]).toEqual([[1], [true, false]]);
});
