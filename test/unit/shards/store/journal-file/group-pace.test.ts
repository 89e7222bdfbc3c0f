import { expect, test, vi } from 'vitest';
import { GroupPace } from '../../../../../shards/store/journal-file/group-pace.js';

/** A clock whose pauses end when it is said. */
function pacing() {
  const ends: (() => void)[] = [];
  const pauses: number[] = [];
  const clock = {
    ms: 10,
    nowMs: () => clock.ms,
    pause: (ms: number) => {
      pauses.push(ms);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
    end: async () => {
      for (const end of ends.splice(0)) end();
      await new Promise((turn) => setImmediate(turn));
    },
  };
  return { clock, pauses, pace: new GroupPace(clock) };
}

test('a group begins at once after a rest, and four milliseconds after the one before otherwise', async () => {
  const { clock, pauses, pace } = pacing();
  const again = vi.fn<() => void>();
  expect(pace.begin(again)).toBe(true);
  clock.ms += 1;
  expect(pace.begin(again)).toBe(false);
  expect(pauses).toEqual([3]);
  expect(again).not.toHaveBeenCalled();
  await clock.end();
  expect(again).toHaveBeenCalledOnce();
  expect(pace.begin(again)).toBe(true);
  clock.ms += 4;
  expect(pace.begin(again)).toBe(true);
});

test('of several that wait one is called, which may begin however early its pause ended', async () => {
  const { clock, pauses, pace } = pacing();
  const begun: boolean[] = [];
  const again = () => void begun.push(pace.begin(again));
  pace.begin(again);
  expect([pace.begin(again), pace.begin(again)]).toEqual([false, false]);
  clock.ms += 3.9;
  await clock.end();
  expect(begun).toEqual([true]);
  expect(pauses).toHaveLength(1);
});
