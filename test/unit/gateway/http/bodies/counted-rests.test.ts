import { expect, test } from 'vitest';
import { FakeClock } from '../../../../../metrics/process/clock.js';
import { CountedRests } from '../../../../../gateway/http/bodies/counted-rests.js';

test('what is done between rests is counted, not what comes before the first, nor other waits', async () => {
  const clock = new FakeClock();
  const spent: number[] = [];
  const rest = (): Promise<void> => {
    clock.advanceUs(10_000);
    return Promise.resolve();
  };
  const rests = new CountedRests({ isOver: true, rest }, clock, { spend: (us) => spent.push(us) });
  clock.advanceUs(400);
  await rests.rest();
  clock.advanceUs(500);
  await rests.rest();
  clock.advanceUs(300);
  rests.count();
  clock.advanceUs(5_000);
  rests.count();
  expect(rests.isOver).toBe(true);
  expect(spent).toEqual([500, 300]);
});
