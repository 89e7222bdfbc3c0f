import { expect, test } from 'vitest';
import { Unacknowledged } from '../../../../shards/owed/unacknowledged.js';
import { anEvent } from '../../../support/shards/shard-calls.js';

function sent(...seqs: number[]): Unacknowledged {
  const events = new Unacknowledged();
  for (const seq of seqs) events.add(anEvent({ seq, on: [seq] }));
  return events;
}

const seqs = (events: Unacknowledged) => [...events.resend()].map(({ seq }) => seq);

test('[D1] what is durable is dropped, in order', () => {
  const events = sent(1, 2, 3, 4);
  expect(events.settle(2)).toBe(2);
  expect(events.settle(2)).toBe(0);
  expect(seqs(events)).toEqual([3, 4]);
});

test('[D3] a refused event is dropped, and those before it stay until they are durable', () => {
  const events = sent(1, 2, 4, 5);
  expect(events.refuse(4)).toBe(true);
  expect(events.refuse(5)).toBe(true);
  expect(events.count).toBe(2);
  expect(events.settle(1)).toBe(1);
  expect(seqs(events)).toEqual([2]);
});

test('[D3] of a number that was sent twice the one that was refused is dropped', () => {
  const events = sent(1, 3, 2);
  events.refuse(3);
  events.add(anEvent({ seq: 3, on: [3] }));
  expect(seqs(events)).toEqual([1, 2, 3]);
  expect(events.settle(3)).toBe(3);
  expect(events.count).toBe(0);
});

test('[D2] after a crash all are sent again in their order, and answered anew', () => {
  const events = sent(1, 3, 2, 3);
  events.refuse(3);
  expect(seqs(events)).toEqual([1, 2, 3]);
  expect(events.refuse(3)).toBe(true);
  expect(seqs(events)).toEqual([1, 2]);
});

test('a refusal of what was not sent takes nothing away', () => {
  const events = sent(1, 2);
  expect(events.refuse(9)).toBe(false);
  expect(seqs(events)).toEqual([1, 2]);
});

test('100,000 refusals cost as much each as one', () => {
  const events = new Unacknowledged();
  for (let seq = 1; seq <= 100_000; seq++) events.add(anEvent({ seq, on: [1] }));
  let refused = 0;
  for (let seq = 50_001; seq <= 100_000; seq++) if (events.refuse(seq)) refused++;
  expect([refused, events.settle(50_000)]).toEqual([50_000, 50_000]);
  expect(events.count).toBe(0);
});
