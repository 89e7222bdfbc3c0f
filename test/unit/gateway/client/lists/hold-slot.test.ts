import { expect, test } from 'vitest';
import { holdSlot } from '../../../../../gateway/client/lists/hold-slot.js';

function slotsClient() {
  const calls: string[] = [];
  return {
    calls,
    subscribe: (slots: readonly { readonly slot: string; readonly k?: number }[]) =>
      void calls.push(...slots.map(({ slot, k }) => `+${slot} ${k}`)),
    unsubscribe: (names: readonly string[]) => void calls.push(...names.map((name) => `-${name}`)),
  };
}

test('a slot that several places show stays until the last of them is gone', () => {
  const client = slotsClient();
  const first = holdSlot(client, { slot: 'home', k: 6 });
  const second = holdSlot(client, { slot: 'home', k: 8 });
  first();
  expect(client.calls).toEqual(['+home 6', '+home 8']);
  second();
  expect(client.calls.slice(2)).toEqual(['-home']);
});

test('slots and clients are told apart', () => {
  const [one, other] = [slotsClient(), slotsClient()];
  const release = holdSlot(one, { slot: 'home', k: 6 });
  holdSlot(one, { slot: 'basket', k: 6 });
  holdSlot(other, { slot: 'home', k: 6 });
  release();
  expect(one.calls).toEqual(['+home 6', '+basket 6', '-home']);
  expect(other.calls).toEqual(['+home 6']);
});

test('a slot that was given up may be held again', () => {
  const client = slotsClient();
  holdSlot(client, { slot: 'home', k: 6 })();
  holdSlot(client, { slot: 'home', k: 6 })();
  expect(client.calls).toEqual(['+home 6', '-home', '+home 6', '-home']);
});

test('a place that is given up twice counts once', () => {
  const client = slotsClient();
  const first = holdSlot(client, { slot: 'home', k: 6 });
  holdSlot(client, { slot: 'home', k: 6 });
  first();
  first();
  expect(client.calls).toEqual(['+home 6', '+home 6']);
});
