import { describe, expect, test } from 'vitest';
import { JOB_US, LiveUser, SLOTS_A_ROUND } from '../../../../shards/live/live-user.js';
import type { SlotDefinition } from '../../../../shards/wire/slot-lists.js';

const slot = (name: string): SlotDefinition => ({
  name,
  k: 5,
  excludeSeen: 0,
  diversity: 0,
  explain: false,
  maxMoves: 0,
  minIntervalMs: 0,
});

function userWith(slots: number): LiveUser {
  const user = new LiveUser(1, 'u');
  for (let i = 0; i < slots; i++) user.define(slot(`s${i}`));
  return user;
}

describe('turns', () => {
  test('who asks for little never sits one out', () => {
    const user = new LiveUser(1, 'u');
    for (let ms = 0; ms < 1_000; ms += 10) {
      user.spend(400, ms * 1_000);
      expect(user.sitsOut(ms * 1_000)).toBe(false);
    }
  });

  test('fifty clicks a second are not greedy, two hundred are', () => {
    const greedyAfter = (clicksPerSec: number): boolean => {
      const user = new LiveUser(1, 'u');
      for (let click = 0; click < 20 * clicksPerSec; click++) user.spend(600, (click * 1e6) / clicksPerSec);
      return user.isGreedy(20e6);
    };
    expect([greedyAfter(50), greedyAfter(200)]).toEqual([false, true]);
  });

  test('who took more than a burst sits turns out until time has made it good', () => {
    const user = new LiveUser(1, 'u');
    user.spend(30_000, 1_000_000);
    expect(user.sitsOut(1_000_000)).toBe(true);
    expect(user.sitsOut(1_030_000)).toBe(true);
    expect(user.sitsOut(1_040_000)).toBe(false);
  });
});

describe('lists due', () => {
  test('that take long come one at a time, until they take less', () => {
    const user = userWith(SLOTS_A_ROUND);
    user.spend(4 * JOB_US, 0, SLOTS_A_ROUND);
    expect(user.dueAll()).toHaveLength(1);
    user.spend(JOB_US / 2, 1, 1);
    expect(user.takeDueSlots()).toHaveLength(2);
    user.spend(JOB_US / 2, 2, 2);
    expect(user.dueAll()).toBeNull();
  });

  test('of a few slots are due at once', () => {
    expect(userWith(SLOTS_A_ROUND).dueAll()).toBeNull();
  });

  test('of many slots come a few at a time', () => {
    const user = userWith(2 * SLOTS_A_ROUND + 1);
    const names: string[] = [];
    for (let due = user.dueAll(); due !== null && due.length > 0; due = user.takeDueSlots()) {
      expect(due.length).toBeLessThanOrEqual(SLOTS_A_ROUND);
      names.push(...due.map(({ name }) => name));
      for (const sent of due) sent.isDue = false;
    }
    expect(names).toEqual([...user.slots.keys()]);
    expect(user.hasDueSlots).toBe(false);
  });
});
