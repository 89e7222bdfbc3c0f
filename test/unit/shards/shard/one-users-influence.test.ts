import { expect, test } from 'vitest';
import {
  DailyInfluence,
  ITEM_CLICKS_A_DAY,
  USER_CLICKS_A_DAY,
} from '../../../../shards/graph/interactions/daily-influence.js';
import { aClick, aLeave, anEventCall, slotOf, START_MS } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';

const CROWD = 20;
const DAY_MS = 86_400_000;
/** The day of the crowd's clicks, in UTC. */
const FIRST_DAY_MS = START_MS - (START_MS % DAY_MS);
const SLOW_SELLERS = [40, 41];
const attacker = { user: 'eve', channel: 900, session: 901 };

function aList(user: string, call: number): ShardCall {
  return { op: 'rankFor', call, user, request: { slot: slotOf({ k: 5 }), deadlineUs: 0 } };
}

/** Twenty shoppers look at items 0 to 4; nobody at the slow sellers. */
async function aShop(): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  for (let shopper = 0; shopper < CROWD; shopper++) {
    const by = { user: `shopper-${shopper}`, channel: 1 + shopper, session: 101 + shopper };
    await shard.open(by);
    for (let item = 0; item < 5; item++) await shard.tick(aClick({ by, seq: item + 1, on: [item] }));
    await shard.tick(...aLeave(by));
  }
  await shard.open(attacker);
  return shard;
}

const slowSeller = (i: number): number => SLOW_SELLERS[i % 2];

/** Clicks of the attacker on the slow sellers by turns, all on the day that begins at `dayMs`. */
async function clicks(shard: ShardHarness, count: number, from = 1, dayMs = FIRST_DAY_MS) {
  for (let i = 0; i < count; i++)
    await shard.tick(
      anEventCall({ by: attacker, seq: from + i, on: [slowSeller(i)], tsMs: dayMs + i * 60_000 }),
    );
}

async function newcomersList(shard: ShardHarness, call: number): Promise<readonly number[]> {
  await shard.tick(aList(`newcomer-${call}`, call));
  return [...shard.answer(call).items];
}

test('100 clicks of one user do not put two slow sellers on the list of a newcomer', async () => {
  const shard = await aShop();
  const before = await newcomersList(shard, 1);
  await clicks(shard, 100, 1, FIRST_DAY_MS);
  expect(await newcomersList(shard, 2)).toEqual(before);
});

test('a user counts for an item three times a day, and again the next day', async () => {
  const shard = await aShop();
  const { interactions } = shard.built;
  const [slow, other] = SLOW_SELLERS;
  await clicks(shard, 20, 1, FIRST_DAY_MS);
  expect(Math.round(interactions.popular(slow))).toBe(ITEM_CLICKS_A_DAY);
  await clicks(shard, 20, 21, FIRST_DAY_MS + DAY_MS);
  expect(interactions.popular(slow)).toBeGreaterThan(2 * ITEM_CLICKS_A_DAY - 0.1);
  expect(interactions.popular(slow)).toBeLessThan(2 * ITEM_CLICKS_A_DAY + 0.1);
  expect(interactions.popular(other)).toBeLessThan(2 * ITEM_CLICKS_A_DAY + 0.1);
});

test('all clicks of a user that teach others are bounded a day', () => {
  const influence = new DailyInfluence();
  const takenOf = (user: string, atMs: number): number => {
    influence.of(user);
    let taken = 0;
    for (let item = 0; item < 1_000; item++) if (influence.takes(item, atMs)) taken++;
    return taken;
  };
  expect(takenOf('eve', 0)).toBe(USER_CLICKS_A_DAY);
  expect(takenOf('eve', DAY_MS - 1)).toBe(0);
  expect(takenOf('bob', 0)).toBe(USER_CLICKS_A_DAY);
  expect(takenOf('eve', DAY_MS)).toBe(USER_CLICKS_A_DAY);
});
