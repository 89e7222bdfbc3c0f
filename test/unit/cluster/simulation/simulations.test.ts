import { describe, expect, test } from 'vitest';
import { simulateBroadcast } from '../../../../cluster/simulation/simulate-broadcast.js';
import { simulatePlacement } from '../../../../cluster/simulation/simulate-placement.js';

describe('a simulated placement', () => {
  test('tells how even it is, and what a death moves', () => {
    const { owned, stoodBy, moves, missedStandbys } = simulatePlacement(4, 64);
    expect(owned).toEqual({ least: 1, most: 1 });
    expect(stoodBy.least).toBeLessThan(1);
    expect(stoodBy.most).toBeGreaterThan(1);
    expect(moves.own).toBe(16);
    expect(moves.all).toBeGreaterThan(16);
    expect(missedStandbys).toBe(0);
  });
});

describe('a simulated broadcast', () => {
  const traffic = (owners: string[], clicksPerSec: number) => ({
    nodes: ['a', 'b'],
    placement: { owners, standbys: [] },
    clicksPerSec,
    users: 1_000,
  });

  test('sends each row to all other nodes, in 50 frames a second from each that has something to tell', () => {
    expect(simulateBroadcast(traffic(['b'], 500))).toEqual({
      inBytesPerSec: (50 * 56 + 500 * 24) / 2,
      inFramesPerSec: 25,
      busiest: 2,
    });
  });

  test('sends no empty frames', () => {
    expect(simulateBroadcast(traffic(['a'], 10)).inFramesPerSec).toBe(5);
  });
});
