import { expect, test } from 'vitest';
import { WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import { WaitingFrames } from '../../../../gateway/socket/waiting-frames.js';

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
