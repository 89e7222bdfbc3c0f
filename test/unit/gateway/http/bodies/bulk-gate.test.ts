import { describe, expect, it } from 'vitest';
import { BULK_WAITING_MAX, BulkGate } from '../../../../../gateway/http/bodies/bulk-gate.js';

describe('BulkGate', () => {
  it('lets one through after the other, and turns away who finds too many waiting', async () => {
    const gate = new BulkGate();
    const ends: (() => void)[] = [];
    const order: number[] = [];
    const call = (i: number) =>
      gate.enter(
        () =>
          new Promise<number>((resolve) => {
            order.push(i);
            ends.push(() => resolve(i));
          }),
      );
    const calls = Array.from({ length: BULK_WAITING_MAX + 2 }, (_, i) => call(i));
    expect(calls.map((one) => one === undefined)).toEqual(calls.map((_one, i) => i === BULK_WAITING_MAX + 1));
    for (let i = 0; i <= BULK_WAITING_MAX; i++) {
      await expect.poll(() => order.length).toBe(i + 1);
      ends[i]();
      expect(await calls[i]).toBe(i);
    }
    expect(gate.enter(() => Promise.resolve(1))).toBeDefined();
  });

  it('goes on after a call that failed', async () => {
    const gate = new BulkGate();
    const failed = gate.enter(() => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    expect(await gate.enter(() => Promise.resolve('yes'))).toBe('yes');
  });
});
