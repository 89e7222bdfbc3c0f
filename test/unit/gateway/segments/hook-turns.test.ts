import { expect, test } from 'vitest';
import { HOOK_EVERY_MS, HookTurns } from '../../../../gateway/segments/hook-turns.js';

test('messages have their turns one after the other, with a pause between two, and none before the first', async () => {
  const rests: number[] = [];
  const turns = new HookTurns({ rest: () => Promise.resolve(void rests.push(performance.now())) });
  const startMs = performance.now();
  const all = Array.from({ length: 10 }, () => turns.rest());
  await all[0];
  expect(rests).toHaveLength(1);
  await Promise.all(all);
  expect(rests).toHaveLength(10);
  // A timer may come a millisecond early.
  expect(rests[9] - startMs).toBeGreaterThan(9 * (HOOK_EVERY_MS - 1));
});
