import { describe, expect, test } from 'vitest';
import { OverloadController } from '../../../../shards/overload/overload-controller.js';
import { RUNGS } from '../../../../shards/overload/shed-ladder.js';
import { SHED_LIMITS } from '../../../../shards/overload/shed-limits.js';
import { runLoaded } from '../../../support/shards/loaded-shard.js';

const KNEE = 4_000;

/** Looks each ms for so long with the same wait; the rung at the end. */
function looks(controller: OverloadController, fromMs: number, ms: number, waitUs: number): number {
  for (let at = fromMs; at <= fromMs + ms; at++) controller.look(1_000 * at, waitUs, 4, 900);
  return RUNGS.indexOf(controller.rung);
}

describe('OverloadController', () => {
  test('the order: coalesce, 64 candidates, 32, neighbours only, refuse', () => {
    expect(RUNGS.map(({ level, candidatesMax }) => [level, candidatesMax])).toEqual([
      [0, 256],
      [1, 256],
      [2, 64],
      [2, 32],
      [3, 32],
      [4, 32],
    ]);
    expect(RUNGS.map(({ neighboursOnly, refuses }) => [neighboursOnly, refuses]).slice(3)).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ]);
  });

  test('takes one rung each 10 ms that the wait stays above the threshold, and the last one is the last', () => {
    const controller = new OverloadController();
    expect(looks(controller, 0, 9, 100_000)).toBe(0);
    expect(looks(controller, 10, 0, 100_000)).toBe(1);
    expect(looks(controller, 11, 9, 100_000)).toBe(2);
    expect(looks(controller, 21, 500, 100_000)).toBe(RUNGS.length - 1);
  });

  test('each rung has a threshold of its own: a wait that the rung allows takes no further one', () => {
    for (let rung = 0; rung < RUNGS.length - 1; rung++)
      expect(looks(new OverloadController(), 0, 1_000, SHED_LIMITS.raiseUs[rung])).toBe(rung);
  });

  test('a stall of the machine that one tick makes up for is no overload', () => {
    const { levels } = runLoaded({ ratePerSec: () => KNEE / 4, seconds: 3, stall: [1, 1.03] });
    expect(levels).toHaveLength(1);
  });

  test('up to the knee nothing is shed', () => {
    expect(runLoaded({ ratePerSec: () => 0.95 * KNEE, seconds: 10 }).levels).toHaveLength(1);
  });

  test('at twice the knee: up in order, waits bounded, what was accepted carried out', () => {
    const costs = [250, 220, 200, 180, 180];
    const { levels, waitMaxMs, offered, accepted, refused, left } = runLoaded(
      { ratePerSec: () => 2 * KNEE, seconds: 20 },
      costs,
    );
    expect(levels.map(({ level, candidatesMax }) => [level, candidatesMax]).slice(0, 6)).toEqual(
      RUNGS.map(({ level, candidatesMax }) => [level, candidatesMax]),
    );
    expect(waitMaxMs[0]).toBeLessThan(100);
    expect(Math.max(...waitMaxMs.slice(1))).toBeLessThan(50);
    expect(refused).toBeGreaterThan(0);
    expect(accepted + refused + left).toBe(offered);
  });

  test('back to normal within 2 s of the end of it, also when much is still to do', () => {
    for (const after of [0.01, 0.5, 0.9]) {
      const run = runLoaded({ ratePerSec: (at) => (at < 5 ? 2 * KNEE : after * KNEE), seconds: 9 });
      const last = run.levels[run.levels.length - 1];
      expect(Math.max(...run.levels.map(({ level }) => level))).toBeGreaterThanOrEqual(3);
      expect(last.level, `${after}`).toBe(0);
      expect(last.atSec, `${after}`).toBeLessThan(7);
    }
  });

  test('a steady load beyond the knee does not make lists change back and forth', () => {
    for (const times of [1.05, 1.2, 1.5, 2, 3]) {
      const run = runLoaded({ ratePerSec: () => times * KNEE, seconds: 60 });
      const late = run.levels.filter(({ atSec }) => atSec > 2);
      // Two tries each 10 s go down and up again.
      expect(late.length, `${times}`).toBeLessThanOrEqual(24);
    }
  });

  test('room for events is what can be done in its time, and none is said while nothing is refused', () => {
    const controller = new OverloadController();
    expect(controller.roomEvents).toBe(0);
    for (let at = 0; at < 500; at++) controller.look(1_000 * at, 100_000, 10, 1_000);
    expect(controller.rung.refuses).toBe(true);
    expect(controller.roomEvents).toBeGreaterThanOrEqual(SHED_LIMITS.roomUs / 100);
    expect(controller.roomEvents).toBeLessThan(1.1 * (SHED_LIMITS.roomUs / 100));
    for (let at = 500; at < 900; at++) controller.look(1_000 * at, 100_000, 1, 1e6);
    expect(controller.roomEvents).toBe(SHED_LIMITS.roomMin);
  });
});
