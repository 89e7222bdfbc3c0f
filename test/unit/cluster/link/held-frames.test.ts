import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { LinkCall } from '../../../../cluster/link/frame.js';
import { HELD_BYTES_MAX, HeldFrames } from '../../../../cluster/link/held-frames.js';
import { CallPacker } from '../../../../shards/wire/thread-batch.js';

let known: number;
let more: () => void;
const items = {
  count: () => known,
  onMore: (listener: () => void) => {
    more = listener;
    return () => (more = () => undefined);
  },
};
const batch = new CallPacker().take();
const calls = (partition: number, named: number): LinkCall => ({
  op: 'calls',
  partition,
  items: named,
  batch,
});

beforeEach(() => {
  known = 3;
});

describe('frames of a link', () => {
  test('wait for the items that they may name, and others behind them', () => {
    const taken: number[] = [];
    const frames = new HeldFrames<LinkCall>(items, ({ partition }) => taken.push(partition), vi.fn());
    frames.add(calls(1, 3), 1);
    frames.add(calls(2, 5), 1);
    frames.add({ op: 'attach', partition: 3 }, 1);
    frames.add(calls(4, 3), 1);
    expect(taken).toEqual([1]);
    known = 4;
    more();
    expect(taken).toEqual([1]);
    known = 5;
    more();
    expect(taken).toEqual([1, 2, 3, 4]);
    frames.add(calls(5, 6), 1);
    frames.end();
    known = 6;
    more();
    expect(taken).toEqual([1, 2, 3, 4]);
  });

  test('are not held without an end, and what one of them breaks is told', () => {
    const fail = vi.fn();
    const broken = new Error('broken');
    const take = vi.fn(() => {
      throw broken;
    });
    const frames = new HeldFrames<LinkCall>(items, take, fail);
    for (let i = 0; i < 10_000; i++) frames.add(calls(1, 4), 1);
    expect(() => frames.add(calls(1, 4), 1)).toThrow('wait for items');
    known = 4;
    more();
    expect(fail).toHaveBeenCalledExactlyOnceWith(broken);
  });

  test('are held by their bytes, and those that were let through count no more', () => {
    const frames = new HeldFrames<LinkCall>(items, vi.fn(), vi.fn());
    for (let i = 0; i < 3; i++) {
      frames.add(calls(1, known + 1), HELD_BYTES_MAX);
      known++;
      more();
    }
    frames.add(calls(1, known + 1), HELD_BYTES_MAX);
    expect(() => frames.add(calls(1, 3), 1)).toThrow('wait for items');
  });
});
