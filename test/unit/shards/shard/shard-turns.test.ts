import { describe, expect, test } from 'vitest';
import { OWED_MAX_US } from '../../../../shards/live/live-user.js';
import { TICK_CALLS } from '../../../../shards/wire/shard-limits.js';
import {
  aClick,
  aLeave,
  anEventCall,
  anOpening,
  aRank,
  aSubscription,
} from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const ANN = { user: 'ann', channel: 1, session: 11 };
const BOB = { user: 'bob', channel: 2, session: 21 };
const HOUR_MS = 3_600_000;

async function opened(...users: (typeof ANN)[]): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  for (const user of users) {
    await shard.open(user);
    await shard.tick(aSubscription(user));
  }
  shard.said.length = 0;
  return shard;
}

/** Ann's clicks from one `seq` to another. */
function clicks(from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, i) =>
    aClick({ by: ANN, seq: from + i, on: [(from + i) % 60] }),
  );
}

describe('turns', () => {
  test('[R1] whoever comes after a flood of somebody else is served in the next round, and acknowledged with its tick', async () => {
    const shard = await opened(ANN, BOB);
    await shard.boundedTick(...clicks(1, 5_000), aClick({ by: BOB, seq: 1, on: [3] }));
    const applied = shard.said.flatMap((said) => (said.op === 'applied' ? [said.session] : []));
    expect(applied.indexOf(BOB.session)).toBe(1);
    expect(shard.lists(BOB.channel)).toHaveLength(1);
    expect(shard.said).toContainEqual({ op: 'durable', session: BOB.session, seq: 1 });
    expect(shard.built.shard.hasWork).toBe(true);
  });

  test('a tick carries out a bounded number of calls, and the next ones what is left, in order', async () => {
    const shard = await opened(ANN);
    await shard.boundedTick(...clicks(1, 3 * TICK_CALLS));
    expect(shard.built.shard.waiting).toBe(2 * TICK_CALLS);
    expect(shard.store.sessionSeq('ann', 'ann')).toBe(TICK_CALLS);
    await shard.boundedTick();
    await shard.boundedTick();
    expect(shard.built.shard.hasWork).toBe(false);
    expect(shard.store.sessionSeq('ann', 'ann')).toBe(3 * TICK_CALLS);
    expect(shard.said.some(({ op }) => op === 'refused')).toBe(false);
  });

  test('what nobody waits for any more is not made: ranks and lists of a user who left, whose events still count', async () => {
    const shard = await opened(ANN);
    const ranks = Array.from({ length: 50 }, (_, i) => aRank({ call: 500 + i, by: ANN }));
    await shard.tick(...clicks(1, 5), ...ranks, ...aLeave(ANN));
    expect(shard.lists(ANN.channel)).toEqual([]);
    expect(shard.said.some(({ op }) => op === 'ranked')).toBe(false);
    expect(shard.store.sessionSeq('ann', 'ann')).toBe(5);
  });

  test('[R3] someone who clicks without end sees a list now and then', async () => {
    const shard = await opened(ANN);
    shard.take(...clicks(1, 30));
    while (shard.built.shard.hasWork) {
      let looks = 0;
      shard.built.shard.flush(true, () => looks++ === 0);
      shard.clock.advanceMs(OWED_MAX_US / 10_000);
    }
    // Rounds of 2 ms: lists that ten have left to later events are late.
    expect(shard.lists(ANN.channel)).toHaveLength(3);
  });

  test('a thousand repeats of one user take no more than a turn', async () => {
    const shard = await opened(ANN);
    await shard.tick(...clicks(1, 1));
    shard.said.length = 0;
    await shard.tick(...Array.from({ length: 1_000 }, () => clicks(1, 1)[0]));
    expect(shard.said.filter(({ op }) => op === 'answered')).toHaveLength(1);
  });

  test('[D4] a session that closes behind waiting events opens again when they are through, with their seq', async () => {
    const shard = await opened(ANN);
    const again = { ...ANN, channel: 3, session: 31 };
    await shard.boundedTick(...clicks(1, 2 * TICK_CALLS), ...aLeave(ANN), anOpening({ ...again, call: 7 }));
    expect(shard.said.some(({ op }) => op === 'opened')).toBe(false);
    while (shard.built.shard.hasWork) await shard.boundedTick();
    expect(shard.said.find(({ op }) => op === 'opened')).toMatchObject({ call: 7, seq: 2 * TICK_CALLS });
  });

  test('[D1] events right behind an open that waits for the same session to close are carried out, in their order', async () => {
    const shard = await opened(ANN);
    const again = { ...ANN, channel: 3, session: 31 };
    const resent = [TICK_CALLS, TICK_CALLS + 1, TICK_CALLS + 2].map((seq) =>
      aClick({ by: again, seq, on: [seq % 60] }),
    );
    await shard.boundedTick(
      ...clicks(1, TICK_CALLS),
      ...aLeave(ANN),
      anOpening({ ...again, call: 7 }),
      aSubscription(again),
      ...resent,
    );
    while (shard.built.shard.hasWork) await shard.boundedTick();
    expect(shard.said).toContainEqual({ op: 'durable', session: 31, seq: TICK_CALLS + 2 });
    expect(shard.said.some(({ op }) => op === 'refused')).toBe(false);
    expect(shard.lists(3).length).toBeGreaterThan(0);
  });

  test('a question for a user who is not open is answered', async () => {
    const shard = await opened(ANN);
    await shard.tick(aRank({ by: BOB, call: 9, of: [1, 2] }));
    expect(shard.said).toContainEqual({ op: 'failed', call: 9, message: expect.any(String) });
  });
});

describe('slots', () => {
  test('however often a slot is defined in a tick, one list follows', async () => {
    const shard = await opened(ANN);
    await shard.tick(...Array.from({ length: 500 }, (_, i) => aSubscription(ANN, { k: 1 + (i % 7) })));
    expect(shard.lists(ANN.channel)).toHaveLength(1);
    expect(shard.lists(ANN.channel)[0].items).toHaveLength(1 + (499 % 7));
  });

  test('[R1] the last list is said to hold when it contains every event, and a newer one comes when not', async () => {
    const shard = await opened(ANN);
    const ask = { op: 'current', channel: ANN.channel, names: ['home', 'unknown'] } as const;
    await shard.tick(ask);
    expect(shard.said.filter(({ op }) => op !== 'answered')).toEqual([
      { op: 'current', channel: ANN.channel, slot: 'home' },
    ]);
    shard.said.length = 0;
    await shard.tick(...clicks(1, 1), ask);
    expect(shard.said.some(({ op }) => op === 'current')).toBe(false);
    expect(shard.lists(ANN.channel)).toHaveLength(1);
    // The event that waits is refused and brings no list by itself.
    shard.said.length = 0;
    await shard.tick(...clicks(7, 7), ask);
    expect(shard.lists(ANN.channel)).toHaveLength(1);
  });
});

describe('a clock that is set', () => {
  test.each([-HOUR_MS, -50, 50, HOUR_MS])('[T1] by %i ms degrades no rank', async (stepMs) => {
    const shard = await opened(ANN);
    await shard.tick(...clicks(1, 3));
    const deadlineUs = shard.clock.nowUs() + 20_000;
    shard.clock.stepWallMs(stepMs);
    const answer = await shard.rank({ by: ANN, of: [1, 2, 3], deadlineUs });
    expect(answer.degraded).toBe(false);
  });

  test.each([-HOUR_MS, -50, 50])(
    '[R2] by %i ms lets rev count on, and weights and scores stay numbers',
    async (stepMs) => {
      const shard = await opened(ANN);
      await shard.tick(...clicks(1, 3));
      const before = shard.lists(ANN.channel).at(-1)!;
      shard.clock.stepWallMs(stepMs);
      const nowMs = shard.clock.nowMs();
      await shard.tick(
        anEventCall({ by: ANN, seq: 4, on: [9], tsMs: nowMs }),
        anEventCall({ by: ANN, seq: 5, on: [3], tsMs: nowMs }),
      );
      const after = shard.lists(ANN.channel).at(-1)!;
      expect(after.rev).toBeGreaterThan(before.rev);
      expect(after.scores.every(Number.isFinite)).toBe(true);
      const { slabs } = shard.built.graph;
      const row = shard.built.users.rowOf('ann');
      const start = slabs.nodeStart[row];
      const nodes = slabs.nodeWeight.subarray(start, start + slabs.nodeCount[row]);
      expect(nodes.every((weight) => Number.isFinite(weight) && weight < 100)).toBe(true);
    },
  );

  test('[R2] an hour back while the shard is down lets rev count on, again and again', async () => {
    const shard = await opened(ANN);
    await shard.checkpoint();
    await shard.tick(...clicks(1, 3));
    let { rev } = shard.lists(ANN.channel).at(-1)!;
    let { store } = shard;
    shard.clock.stepWallMs(-HOUR_MS);
    for (let start = 0; start < 3; start++) {
      const again = await ShardHarness.recovered({ store: await store.afterCrash(99), clock: shard.clock });
      await again.open(ANN);
      await again.checkpoint();
      await again.tick(aSubscription(ANN));
      await again.tick(aSubscription(ANN, { k: 3 }));
      const later = again.lists(ANN.channel).at(-1)!.rev;
      expect(later).toBeGreaterThan(rev);
      rev = later;
      store = again.store;
    }
  });

  test('[R5] an hour back does not freeze a list that holds for a moment', async () => {
    const shard = await opened(ANN);
    await shard.tick(aSubscription(ANN, { minIntervalMs: 1_000, excludeSeen: 2, k: 60 }));
    await shard.tick(...clicks(1, 1));
    shard.clock.stepWallMs(-HOUR_MS);
    shard.clock.advanceMs(1_500);
    shard.said.length = 0;
    await shard.tick(...clicks(2, 2));
    expect(shard.lists(ANN.channel)[0].items).not.toContain(1);
  });
});
