import { expect, test } from 'vitest';
import { BUSY_HOLD_US, ThreadLoad } from '../../../../gateway/admission/thread-load.js';
import type { LoopTimes } from '../../../../shards/api.js';

test('threads are busy when one of them worked half of the time since the last look', () => {
  let loops: LoopTimes[] = [
    { active: 0, idle: 0 },
    { active: 0, idle: 0 },
  ];
  const load = new ThreadLoad(() => loops);
  expect(load.isBusy(0)).toBe(false);
  loops = [
    { active: 49, idle: 51 },
    { active: 10, idle: 90 },
  ];
  expect(load.isBusy(100_000)).toBe(false);
  loops = [
    { active: 60, idle: 140 },
    { active: 60, idle: 140 },
  ];
  expect(load.isBusy(200_000)).toBe(true);
});

test('a look holds for 0.1 s; one that is long ago says nothing of now', () => {
  let loops = [{ active: 0, idle: 0 }];
  let looks = 0;
  const load = new ThreadLoad(() => (looks++, loops));
  load.isBusy(0);
  loops = [{ active: 99, idle: 1 }];
  expect([99_999, 100_000, 199_999].map((us) => load.isBusy(us))).toEqual([false, true, true]);
  expect(looks).toBe(2);
  const late = new ThreadLoad(() => loops);
  late.isBusy(0);
  loops = [{ active: 2_000, idle: 10 }];
  expect(late.isBusy(1_000_001)).toBe(false);
});

test('threads that were busy count as such for a while: who is held back leaves them time, and is not let loose for it', () => {
  let loops = [{ active: 0, idle: 0 }];
  const load = new ThreadLoad(() => loops);
  load.isBusy(0);
  loops = [{ active: 60, idle: 40 }];
  expect(load.isBusy(100_000)).toBe(true);
  for (let us = 200_000; us < 100_000 + BUSY_HOLD_US; us += 100_000) {
    loops = [{ active: 60, idle: us / 1_000 }];
    expect(load.isBusy(us)).toBe(true);
  }
  expect(load.isBusy(100_000 + BUSY_HOLD_US)).toBe(false);
});

test('a thread that was started again is looked at from its start', () => {
  let loops = [{ active: 900, idle: 9_000 }];
  const load = new ThreadLoad(() => loops);
  load.isBusy(0);
  loops = [{ active: 80, idle: 20 }];
  expect(load.isBusy(100_000)).toBe(true);
});
