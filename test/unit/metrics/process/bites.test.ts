import { describe, expect, it, vi } from 'vitest';
import { Bites } from '../../../../metrics/process/bites.js';
import { FakeClock } from '../../../../metrics/process/clock.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Bites', () => {
  it('is over until a job has rested, and when the time is used up', async () => {
    const clock = new FakeClock();
    const bites = new Bites(clock, 2_000);
    expect(bites.isOver).toBe(true);
    await bites.rest();
    expect(bites.isOver).toBe(false);
    clock.advanceUs(2_000);
    expect(bites.isOver).toBe(true);
  });

  it('lets one job go on in each turn, in the order in which they rested', async () => {
    const bites = new Bites(new FakeClock());
    const done: string[] = [];
    const job = async (name: string): Promise<void> => {
      for (let i = 0; i < 2; i++) {
        await bites.rest();
        done.push(name);
      }
    };
    const jobs = Promise.all(['a', 'b', 'c'].map(job));
    const seen: number[] = [];
    while (done.length < 6) {
      await turn();
      seen.push(done.length);
    }
    await jobs;
    expect(done).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(seen.every((count, i) => count - (seen[i - 1] ?? 0) <= 1)).toBe(true);
  });
});

it('gives way while something is more urgent: one bite each 20 ms, whoever has it', async () => {
  vi.useFakeTimers();
  try {
    const bites = new Bites(new FakeClock());
    bites.givesWay = () => true;
    let done = 0;
    for (let i = 0; i < 8; i++) void bites.rest().then(() => done++);
    await vi.advanceTimersByTimeAsync(100);
    expect(done).toBe(5);
    bites.givesWay = () => false;
    await vi.advanceTimersByTimeAsync(30);
    expect(done).toBe(8);
  } finally {
    vi.useRealTimers();
  }
});
