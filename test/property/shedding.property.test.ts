import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OverloadController } from '../../shards/overload/overload-controller.js';
import { RUNGS } from '../../shards/overload/shed-ladder.js';
import { runLoaded } from '../support/shards/loaded-shard.js';

/** What a shard may have gone through: so many looks of 1 to 20 ms, each with a wait and some work. */
const HISTORY = fc.array(
  fc.record({
    looks: fc.integer({ min: 1, max: 200 }),
    everyUs: fc.integer({ min: 1_000, max: 20_000 }),
    waitUs: fc.integer({ min: 0, max: 60_000 }),
    calls: fc.integer({ min: 0, max: 40 }),
  }),
  { maxLength: 12 },
);
const KNEE = 4_000;
/** So many times the knee for 12 s, and so many for 2 s after. */
interface Steady {
  readonly times: number;
  readonly after: number;
}

describe('shedding', () => {
  test('never skips a rung, whatever happens, and is at the bottom 2 s after the last click', () => {
    fc.assert(
      fc.property(HISTORY, (history) => {
        const controller = new OverloadController();
        let [nowUs, rung] = [0, 0];
        const look = (everyUs: number, waitUs: number, calls: number): void => {
          controller.look((nowUs += everyUs), waitUs, calls, calls * 200);
          const now = RUNGS.indexOf(controller.rung);
          expect(Math.abs(now - rung)).toBeLessThanOrEqual(1);
          rung = now;
        };
        for (const { looks, everyUs, waitUs, calls } of history)
          for (let i = 0; i < looks; i++) look(everyUs, waitUs, calls);
        for (let i = 0; i < 40; i++) look(50_000, 0, 0);
        expect(rung).toBe(0);
      }),
    );
  });

  test('who waits longer at every look is never on a lower rung while it gets worse', () => {
    const waits = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(waits, fc.integer({ min: 0, max: 20_000 }), (unsorted, moreUs) => {
        const rising = unsorted.toSorted((a, b) => a - b);
        const [less, more] = [new OverloadController(), new OverloadController()];
        for (const [i, waitUs] of rising.entries()) {
          less.look(4_000 * i, waitUs, 4, 900);
          more.look(4_000 * i, waitUs + moreUs, 4, 900);
          expect(RUNGS.indexOf(more.rung)).toBeGreaterThanOrEqual(RUNGS.indexOf(less.rung));
        }
      }),
    );
  });

  test('at any load, steady and then normal: waits stay bounded, lists do not flap, and all is normal 2 s later', () => {
    const load = fc.record({
      times: fc.double({ min: 0.2, max: 2.5, noNaN: true }),
      after: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
    });
    fc.assert(
      fc.property(load, ({ times, after }) => {
        const seconds = 14;
        const run = runLoaded({ ratePerSec: (at) => (at < 12 ? times : after) * KNEE, seconds });
        expect(Math.max(...run.waitMaxMs)).toBeLessThan(50);
        expect(run.levels.filter(({ atSec }) => atSec > 2 && atSec < 12).length).toBeLessThanOrEqual(8);
        expect(run.levels[run.levels.length - 1].level).toBe(0);
      }),
      // A little beyond the knee it takes more than a second until a rung that was left is needed again.
      { numRuns: 30, examples: [1.0036, 1.006, 1.008].map((times): [Steady] => [{ times, after: 0.05 }]) },
    );
  });
});
