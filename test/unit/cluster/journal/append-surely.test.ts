import { expect, test } from 'vitest';
import { appendSurely } from '../../../../cluster/journal/append-surely.js';
import type { AppendAnswer, PartitionStream } from '../../../../cluster/journal/partition-stream.js';

const OURS = Buffer.from('ours');
const OTHERS = Buffer.from('others');

/** A stream that gives these answers, and whose first place holds another writer's message behind them. */
function streamOf(answers: readonly AppendAnswer[]): PartitionStream {
  const left = [...answers];
  return {
    append: async () => left.shift() ?? { kind: 'wrong' },
    read: async () => (left.length > 0 ? [] : [{ sequence: 1, bytes: OTHERS }]),
    ofLeader: async () => undefined,
    bounds: async () => ({ first: 1, last: 0, bytes: 0 }),
    purge: async () => undefined,
  };
}

async function pausesOf(answers: readonly AppendAnswer[]): Promise<number[]> {
  const pauses: number[] = [];
  const outcome = await appendSurely(
    streamOf(answers),
    { bytes: OURS, expectedLast: 0 },
    { pause: async (ms) => void pauses.push(ms), isClosed: () => false },
  );
  expect(outcome).toEqual({ kind: 'fenced', by: OTHERS });
  return pauses;
}

test('who comes second looks soon for what came first, and rarely for what does not come', async () => {
  const wrong: AppendAnswer[] = Array.from({ length: 8 }, () => ({ kind: 'wrong' }));
  expect(await pausesOf(wrong)).toEqual([4, 8, 16, 32, 64, 100, 100]);
});

test('servers that do not answer are left alone for 100 ms', async () => {
  const unknown: AppendAnswer[] = [
    { kind: 'unknown', why: 'no leader' },
    { kind: 'unknown', why: 'no leader' },
  ];
  expect(await pausesOf(unknown)).toEqual([100, 100]);
});
