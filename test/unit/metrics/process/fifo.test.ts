import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fifo } from '../../../../metrics/process/fifo.js';

test('gives back what was put in, in order, as an array does', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(), { nil: undefined })), (steps) => {
      const fifo = new Fifo<number>();
      const array: number[] = [];
      for (const step of steps) {
        expect(fifo.peek()).toBe(array[0]);
        if (step === undefined) expect(fifo.shift()).toBe(array.shift());
        else {
          fifo.push(step);
          array.push(step);
        }
        expect(fifo.length).toBe(array.length);
        expect([...fifo]).toEqual(array);
      }
      fifo.clear();
      expect([fifo.length, fifo.shift(), fifo.peek()]).toEqual([0, undefined, undefined]);
    }),
  );
});

test('many in and many out, more than once', () => {
  const fifo = new Fifo<number>();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 10_000; i++) fifo.push(i);
    let inOrder = 0;
    for (let i = 0; i < 10_000; i++) if (fifo.shift() === i) inOrder++;
    expect(inOrder).toBe(10_000);
  }
});
