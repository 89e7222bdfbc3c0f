import fc from 'fast-check';
import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import type { ShardCall } from '../../../shards/wire/calls.js';
import { anEventCall, aSubscription, openAs } from './shard-calls.js';
import { ITEMS, ShardHarness } from './shard-harness.js';
import type { ShardEvent } from '../../../shards/wire/shard-event.js';

/** One event of a recorded day: whose it is, what they did, how long after the event before. */
export interface ScriptEvent {
  readonly user: number;
  readonly kind: number;
  readonly items: readonly number[];
  readonly afterMs: number;
}

const USERS = 5;
const START_MS = 1_760_000_000_000;
const KINDS = [
  EVENT_KIND.view_item,
  EVENT_KIND.view_item,
  EVENT_KIND.add_to_cart,
  EVENT_KIND.purchase,
  EVENT_KIND.search,
  EVENT_KIND.dismiss_item,
  EVENT_KIND.remove_from_cart,
  EVENT_KIND.view_item_list,
];

/** Up to `max` events of five users, with pauses that also end sessions. */
export function scripts(max: number): fc.Arbitrary<ScriptEvent[]> {
  return fc.array(
    fc.record({
      user: fc.integer({ min: 0, max: USERS - 1 }),
      kind: fc.constantFrom(...KINDS),
      items: fc.array(fc.integer({ min: 0, max: ITEMS - 1 }), { minLength: 1, maxLength: 3 }),
      afterMs: fc.constantFrom(0, 1_000, 60_000, 40 * 60_000),
    }),
    { minLength: 1, maxLength: max, size: 'max' },
  );
}

/** A script as calls: user `n` has channel and session `n + 1`; `seq` counts up. */
export function callsOf(script: readonly ScriptEvent[]): ShardCall[] {
  const seqs = new Map<number, number>();
  let tsMs = START_MS;
  return script.map(({ user, kind, items, afterMs }) => {
    const seq = (seqs.get(user) ?? 0) + 1;
    seqs.set(user, seq);
    tsMs += afterMs;
    const isSearch = kind === EVENT_KIND.search;
    const fields: Partial<ShardEvent> = {
      kind,
      tsMs,
      ...(isSearch && { query: `term ${items[0] % 3}`, hits: Int32Array.from(items) }),
    };
    return anEventCall({ by: openAs(user + 1), seq, on: isSearch ? [] : items, ...fields });
  });
}

export const userNames = Array.from({ length: USERS }, (_, user) => `user-${user}`);

/** Opens all users of a script, with one slot each when `subscribes`; returns the `seq` each begins with. */
export async function openAll(shard: ShardHarness, subscribes = false): Promise<number[]> {
  const seqs: number[] = [];
  for (const [user, name] of userNames.entries()) {
    seqs.push(await shard.open({ user: name, ...openAs(user + 1) }));
    if (subscribes) await shard.tick(aSubscription(openAs(user + 1)));
  }
  return seqs;
}

/** Cuts `calls` into ticks of the given lengths, round and round. */
export function ticksOf(calls: readonly ShardCall[], lengths: readonly number[]): ShardCall[][] {
  const ticks: ShardCall[][] = [];
  for (let at = 0, i = 0; at < calls.length; i++) {
    const length = Math.max(1, lengths[i % lengths.length]);
    ticks.push(calls.slice(at, at + length));
    at += length;
  }
  return ticks;
}

export function statesOf(shard: ShardHarness): string[] {
  return userNames.map((name) => shard.stateOf(name));
}

/** The states after the script with one event a tick, nobody evicted and no crash: what every other way must come to. */
export async function plainStates(calls: readonly ShardCall[]): Promise<string[]> {
  const shard = await ShardHarness.make();
  await openAll(shard);
  for (const call of calls) await shard.tick(call);
  return statesOf(shard);
}
