import { expect, test } from 'vitest';
import { OverloadGate } from '../../../../gateway/admission/overload-gate.js';
import { FakeClock } from '../../../../metrics/process/clock.js';

function gated() {
  const clock = new FakeClock();
  const shard = { level: 0 };
  const gate = new OverloadGate({ clock, shedLevel: () => shard.level, lookEveryMs: 250 });
  const look = (afterMs: number): boolean => {
    clock.advanceMs(afterMs);
    gate.look();
    return gate.isShut;
  };
  return { shard, gate, look };
}

test('is shut while a shard refuses, and only then', () => {
  const { shard, gate } = gated();
  const shut = [0, 1, 2, 3, 4].map((level) => {
    shard.level = level;
    return gate.isShut;
  });
  expect(shut).toEqual([false, false, false, false, true]);
});

test('is shut when its own thread is late again and again, and opens when it is in time again', () => {
  const { look } = gated();
  expect([600, 600, 600, 250, 600, 600, 600].map(look)).toEqual(Array.from({ length: 7 }, () => false));
  expect([600, 250, 250, 250, 600].map(look)).toEqual(Array.from({ length: 5 }, () => true));
  expect([250, 400, 250, 250].map(look)).toEqual([true, true, true, false]);
});

test('does not tell all to come back at once', () => {
  const { gate } = gated();
  expect(Array.from({ length: 6 }, () => gate.retryAfterSec())).toEqual([1, 2, 3, 1, 2, 3]);
});
