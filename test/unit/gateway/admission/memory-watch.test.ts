import { expect, test } from 'vitest';
import { MemoryWatch, usableBytes } from '../../../../gateway/admission/memory-watch.js';
import { FakeClock } from '../../../../metrics/process/clock.js';

test('is full above its share, and looks four times a second at most', () => {
  const clock = new FakeClock();
  let taken = 0;
  let reads = 0;
  const watch = new MemoryWatch(50, clock, () => {
    reads++;
    return taken;
  });
  expect(watch.isFull).toBe(false);
  taken = usableBytes() / 2 + 1;
  expect(watch.isFull).toBe(false);
  clock.advanceMs(250);
  expect(watch.isFull).toBe(true);
  taken = usableBytes() / 2;
  clock.advanceMs(250);
  expect(watch.isFull).toBe(false);
  expect(reads).toBe(3);
});

test('of 0 % is never full; this process is not at 85 %', () => {
  const clock = new FakeClock();
  expect(new MemoryWatch(0, clock, () => Infinity).isFull).toBe(false);
  expect(new MemoryWatch(85, clock).isFull).toBe(false);
});

test('a reading that fails changes nothing, and throws nothing', () => {
  const clock = new FakeClock();
  let read = (): number => Infinity;
  const watch = new MemoryWatch(85, clock, () => read());
  expect(watch.isFull).toBe(true);
  read = () => {
    throw new Error('EMFILE: too many open files');
  };
  clock.advanceMs(250);
  expect(watch.isFull).toBe(true);
});
