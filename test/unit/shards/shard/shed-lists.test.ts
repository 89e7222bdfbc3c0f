import { describe, expect, test } from 'vitest';
import { OWED_MAX_US } from '../../../../shards/live/live-user.js';
import { RUNGS } from '../../../../shards/overload/shed-ladder.js';
import { aClick, aSubscription, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const [, COALESCED, , QUARTER, NEIGHBOURS] = RUNGS;
const ANN = { user: 'ann', ...openAs(1) };
const BOB = { user: 'bob', ...openAs(2) };

async function opened(rung = RUNGS[0], slot = {}): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  for (const user of [ANN, BOB]) {
    await shard.open(user);
    await shard.tick(aSubscription(user, slot));
  }
  shard.said.length = 0;
  shard.built.context.shedding.rung = rung;
  return shard;
}

const clicks = (by: typeof ANN, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => aClick({ by, seq: from + i, on: [(3 * (from + i)) % 60] }));

describe('at level 1', () => {
  test('[R1] [R3] lists wait for a turn of their own behind the clicks of others, and come', async () => {
    const shard = await opened(COALESCED);
    shard.take(...clicks(ANN, 1, 1), ...clicks(BOB, 1, 1));
    shard.built.shard.flush(true);
    await shard.settle();
    const order = shard.said.flatMap(({ op }) => (op === 'applied' || op === 'list' ? [op] : []));
    expect(order).toEqual(['applied', 'applied', 'list', 'list']);
  });

  test('[R1] [R3] a click that comes before the list of the last one takes its place', async () => {
    const shard = await opened(COALESCED);
    shard.take(...clicks(ANN, 1, 1));
    let looks = 0;
    // The tick ends after the round in which the click was applied.
    shard.built.shard.flush(true, () => looks++ === 0);
    expect(shard.lists(ANN.channel)).toHaveLength(0);
    await shard.boundedTick(...clicks(ANN, 2, 2));
    expect(shard.lists(ANN.channel)).toHaveLength(1);
    expect(shard.built.context.shedding.listsCoalesced).toBe(1);
    const quiet = await opened();
    await quiet.tick(...clicks(ANN, 1, 2));
    expect(shard.lists(ANN.channel)[0].items).toEqual(quiet.lists(ANN.channel).at(-1)?.items);
  });

  test('[R1] whoever clicks without end sees lists: none is left to later clicks for long', async () => {
    const shard = await opened(COALESCED);
    const stepUs = OWED_MAX_US / 4;
    for (let seq = 1; seq <= 15; seq++) {
      shard.take(...clicks(ANN, seq, seq));
      let looks = 0;
      shard.built.shard.flush(true, () => looks++ === 0);
      shard.clock.advanceMs(stepUs / 1_000);
    }
    // Four clicks leave theirs, the fifth brings them.
    expect(shard.lists(ANN.channel)).toHaveLength(3);
  });
});

describe('at level 2', () => {
  test('fewer candidates are scored, which the model of a list says, and a recommend is degraded', async () => {
    const shard = await opened({ ...QUARTER, candidatesMax: 10 });
    await shard.tick(...clicks(ANN, 1, 4));
    const [list] = shard.lists(ANN.channel).slice(-1);
    expect(list.model).toBe(`${shard.built.model.scorer.name}+short`);
    expect(shard.built.context.shedding.candidatesCut).toBeGreaterThan(0);
    const answer = await shard.rank({ by: ANN });
    expect([answer.model, answer.degraded]).toEqual([list.model, true]);
  });

  test('a list that is long or filtered wants twice as many candidates as another', async () => {
    const wanted = async (slot: object) => {
      const shard = await opened({ ...QUARTER, candidatesMax: 10 }, slot);
      await shard.tick(...clicks(ANN, 1, 10));
      expect(shard.lists(ANN.channel)).toHaveLength(1);
      return 10 + shard.built.context.shedding.candidatesCut;
    };
    expect(await wanted({})).toBe(128);
    expect(await wanted({ k: 41 })).toBe(256);
    expect(await wanted({ filter: { op: 'range', column: -1, min: 0, max: Infinity } })).toBe(256);
  });

  test('candidates that were given are all scored: the order is the full one', async () => {
    const shard = await opened(QUARTER);
    await shard.tick(...clicks(ANN, 1, 4));
    const answer = await shard.rank({ by: ANN, of: [1, 2, 3, 4, 5] });
    expect(answer.degraded).toBe(false);
    expect(answer.items).toHaveLength(5);
  });
});

describe('at level 3', () => {
  test('[R4] what the graphs propose is the list, which its model says; no reasons, and what was clicked is not first', async () => {
    const shard = await opened(NEIGHBOURS, { explain: true });
    await shard.tick(...clicks(BOB, 1, 6));
    await shard.tick(aClick({ by: ANN, seq: 1, on: [6] }));
    const [list] = shard.lists(ANN.channel).slice(-1);
    expect(list.model).toBe(`${shard.built.model.scorer.name}+neighbours`);
    expect(list.reasons).toBe(0);
    expect(new Set(list.items).size).toBe(list.items.length);
    // Bob went from 6 on to 9.
    expect(list.items[0]).toBe(9);
  });

  test("[D1] users' graphs are what they are without it: the journal explains them", async () => {
    const [shed, whole] = [await opened(NEIGHBOURS), await opened()];
    for (const shard of [shed, whole]) await shard.tick(...clicks(ANN, 1, 9), ...clicks(BOB, 1, 5));
    for (const { user } of [ANN, BOB]) expect(shed.stateOf(user)).toBe(whole.stateOf(user));
  });

  test('[T2] a rank keeps the given order where nothing is proposed, and is degraded', async () => {
    const shard = await opened(NEIGHBOURS);
    const answer = await shard.rank({ by: ANN, of: [50, 40, 30] });
    expect([[...answer.items], answer.degraded]).toEqual([[50, 40, 30], true]);
  });

  test('back at level 0 lists are those of the model again', async () => {
    const shard = await opened(NEIGHBOURS, { explain: true });
    await shard.tick(...clicks(ANN, 1, 3));
    shard.built.context.shedding.rung = RUNGS[0];
    await shard.tick(...clicks(ANN, 4, 4));
    const [list] = shard.lists(ANN.channel).slice(-1);
    expect(list.model).toBe(shard.built.model.scorer.name);
    expect(list.reasons).toBe(list.items.length);
  });
});
