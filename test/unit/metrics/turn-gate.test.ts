import { expect, test } from 'vitest';
import { TurnGate } from '../../../metrics/process/turn-gate.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('so many pass in a turn, and again in the next', async () => {
  const gate = new TurnGate(3, 1);
  const first = gate.turn;
  expect([1, 2, 3, 4, 5].map(() => gate.pass())).toEqual([true, true, true, false, false]);
  expect(gate.turn).toBe(first);
  await turn();
  expect(gate.turn).toBe(first + 1);
  expect(gate.pass()).toBe(true);
});

test('who waits goes on in order, so many in a turn, and again as long as there is more', async () => {
  const gate = new TurnGate(1, 2);
  const gone: string[] = [];
  const left = new Map([
    ['a', 2],
    ['b', 1],
    ['c', 1],
  ]);
  for (const name of left.keys())
    gate.wait(() => {
      gone.push(name);
      left.set(name, (left.get(name) ?? 0) - 1);
      return (left.get(name) ?? 0) > 0;
    });
  expect(gone).toEqual([]);
  await turn();
  expect(gone).toEqual(['a', 'b']);
  await turn();
  expect(gone).toEqual(['a', 'b', 'c', 'a']);
  await turn();
  expect(gone).toHaveLength(4);
});
