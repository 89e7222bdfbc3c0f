import { describe, expect, test, vi } from 'vitest';
import { FakeClock } from '../../../metrics/process/clock.js';
import { TimeShare, TimeShares, type ShareRule } from '../../../metrics/process/time-share.js';
import { TurnGate, type TurnTaker } from '../../../metrics/process/turn-gate.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what comes in passes for a while in a turn, and again in the next', async () => {
  const gate = new TurnGate(new FakeClock(), 2_000);
  expect([0, 1_000, 1_999, 2_000, 9_000].map((us) => gate.pass(us))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  await turn();
  expect(gate.pass(9_000)).toBe(true);
});

test('who waits goes on in order, as long as the time of a turn suffices, and again when there is more', async () => {
  let nowUs = 0;
  const gate = new TurnGate({ nowUs: () => nowUs }, 2_000);
  const gone: string[] = [];
  const taker =
    (name: string, times: number): TurnTaker =>
    () => {
      gone.push(name);
      nowUs += 1_000;
      return --times > 0 ? 'more' : 'done';
    };
  gate.wait(taker('a', 2));
  gate.wait(taker('b', 1));
  gate.wait(taker('c', 1));
  expect(gone).toEqual([]);
  await turn();
  expect(gone).toEqual(['a', 'b']);
  await turn();
  expect(gone).toEqual(['a', 'b', 'c', 'a']);
  await turn();
  expect(gone).toHaveLength(4);
});

test('the greedy pass as long as the line has, and the line has less than what passes', async () => {
  let nowUs = 0;
  const gate = new TurnGate({ nowUs: () => nowUs }, 2_000, 500);
  expect(gate.pass(0, true)).toBe(true);
  expect(gate.pass(499, true)).toBe(true);
  expect(gate.pass(500, true)).toBe(false);
  expect(gate.pass(1_999)).toBe(true);
  let served = 0;
  for (let i = 0; i < 5; i++)
    gate.wait(() => {
      served++;
      nowUs += 300;
      return 'done';
    });
  await turn();
  expect(served).toBe(2);
});

test('nobody spins while all in line have to wait for time to pass, and whoever comes meanwhile is served', async () => {
  const gate = new TurnGate(new FakeClock(), 2_000);
  let asked = 0;
  gate.wait(() => (++asked < 3 ? 'later' : 'done'));
  await turn();
  expect(asked).toBe(1);
  await turn();
  await turn();
  expect(asked).toBe(1);
  const served = new Promise<void>((resolve) => {
    gate.wait(() => {
      resolve();
      return 'done';
    });
  });
  await turn();
  await served;
  expect(asked).toBe(2);
  await vi.waitFor(() => expect(asked).toBe(3));
});

describe('shares of time', () => {
  const RULE: ShareRule = {
    burstUs: 20_000,
    share: 1 / 4,
    lightUs: 5_000,
    lightShare: 1 / 100,
    greedyShare: 1 / 4,
    debtMaxUs: 1_000_000,
  };

  test('a burst, then as much as passes of it', () => {
    const time = new TimeShare(new TimeShares({ ...RULE, greedyShare: 1 }));
    time.spend(20_000, 100_000);
    expect(time.isOver(100_000)).toBe(false);
    time.spend(10_000, 100_000);
    expect(time.isOver(100_000)).toBe(true);
    expect(time.isOver(139_999)).toBe(true);
    expect(time.isOver(140_000)).toBe(false);
    for (let ms = 200; ms < 2_000; ms += 10) {
      time.spend(2_500, ms * 1_000);
      expect(time.isOver(ms * 1_000)).toBe(false);
    }
  });

  test('many who are greedy have together what one has', () => {
    const shares = new TimeShares(RULE);
    const greedy = Array.from({ length: 20 }, () => new TimeShare(shares));
    const modest = new TimeShare(shares);
    let takenUs = 0;
    for (let us = 0; us < 4_000_000; us += 1_000) {
      if (us % 100_000 === 0) modest.spend(500, us);
      expect(modest.isOver(us)).toBe(false);
      for (const time of greedy) {
        if (time.isOver(us)) continue;
        time.spend(1_000, us);
        takenUs += 1_000;
      }
    }
    // What each may take before they are greedy comes on top: 5 ms at once, a hundredth of the time.
    const lightUs = 20 * (5_000 + 4_000_000 / 100);
    expect(takenUs).toBeGreaterThan(4_000_000 / 4);
    expect(takenUs).toBeLessThan(4_000_000 / 4 + lightUs + 30_000);
  });
});
