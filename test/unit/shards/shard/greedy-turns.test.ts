import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import {
  GREEDY_WAIT_US,
  RANKS_ROUND_US,
  TICK_CALLS,
  TURN_CALLS,
} from '../../../../shards/wire/shard-limits.js';
import { listUs, LONG_JOB_US } from '../../../../shards/live/job-cost.js';
import { USER_TIME, type LiveUser } from '../../../../shards/live/live-user.js';
import { aClick, aRank, aSubscription } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const ANN = { user: 'ann', channel: 1, session: 11 };
const BOB = { user: 'bob', channel: 2, session: 21 };
const EVE = { user: 'eve', channel: 3, session: 31 };

async function opened(clock = new FakeClock(1_760_000_000_000)): Promise<ShardHarness> {
  const shard = await ShardHarness.make({ clock });
  for (const user of [ANN, BOB, EVE]) {
    await shard.open(user);
    await shard.tick(aSubscription(user));
  }
  shard.said.length = 0;
  return shard;
}

function live(shard: ShardHarness, { user }: typeof ANN): LiveUser {
  for (const open of shard.built.shard.openUsers()) if (open.userId === user) return open;
  throw new Error(`${user} is not open`);
}

/** More than a little, less than what one sits turns out for. */
function makeGreedy(shard: ShardHarness, user: typeof ANN): void {
  live(shard, user).charge(USER_TIME.lightUs + 1_000, shard.clock.nowUs());
}

function clicks(by: typeof ANN, from: number, to: number) {
  return Array.from({ length: to - from + 1 }, (_, i) =>
    aClick({ by, seq: from + i, on: [(from + i) % 60] }),
  );
}

/** Sessions whose events were applied, in order. */
function applied(shard: ShardHarness): number[] {
  return shard.said.flatMap((said) => (said.op === 'applied' ? [said.session] : []));
}

describe('the greedy', () => {
  test('come after the others, who have their lists in rounds of their own', async () => {
    const shard = await opened();
    makeGreedy(shard, ANN);
    await shard.boundedTick(...clicks(ANN, 1, 3), ...clicks(BOB, 1, 2), ...clicks(EVE, 1, 1));
    expect(applied(shard)).toEqual([21, 31, 21, 11, 11, 11]);
    const [bobs, anns] = [BOB, ANN].map(({ channel }) =>
      shard.said.findIndex((said) => said.op === 'list' && said.channel === channel),
    );
    expect(shard.said.slice(bobs, anns).some(({ op }) => op === 'answered')).toBe(true);
  });

  test('have a round now and then while others always wait', async () => {
    const shard = await opened();
    makeGreedy(shard, ANN);
    shard.take(...clicks(ANN, 1, 3), ...clicks(BOB, 1, 5));
    const oneRound = () => shard.built.shard.flush(true, () => true);
    oneRound();
    shard.clock.advanceUs(GREEDY_WAIT_US - 1);
    oneRound();
    expect(applied(shard)).toEqual([21, 21]);
    shard.clock.advanceUs(1);
    oneRound();
    oneRound();
    expect(applied(shard)).toEqual([21, 21, 11, 21]);
  });

  test('are those whose events bring no lists as well: what the model takes is counted', async () => {
    const clock = new (class extends FakeClock {
      override nowUs(): number {
        this.advanceUs(50);
        return super.nowUs();
      }
    })();
    const shard = await opened(clock);
    await shard.tick({ op: 'unsubscribe', channel: ANN.channel, names: ['home'] });
    expect(live(shard, ANN).isGreedy(clock.nowUs())).toBe(false);
    for (let seq = 1; seq <= TICK_CALLS; seq++) await shard.boundedTick(...clicks(ANN, seq, seq));
    expect(shard.lists(ANN.channel)).toEqual([]);
    expect(live(shard, ANN).isGreedy(clock.nowUs())).toBe(true);
  });
});

describe('a bounded tick', () => {
  test('ends after a round when something has arrived, and what waits is for the next', async () => {
    const shard = await opened();
    shard.take(...clicks(ANN, 1, 10));
    shard.built.shard.flush(true, () => true);
    expect(applied(shard)).toEqual([11]);
    expect(shard.built.shard.waiting).toBe(9);
    shard.take(...clicks(BOB, 1, 1));
    shard.built.shard.flush(true, () => true);
    expect(applied(shard)).toEqual([11, 11, 21]);
  });

  test('carries out no more than some calls of one user that come to nothing before others have their turn', async () => {
    const shard = await opened();
    await shard.tick(...clicks(ANN, 1, 1));
    shard.said.length = 0;
    const repeats = Array.from({ length: 100 }, () => clicks(ANN, 1, 1)[0]);
    shard.take(...repeats, ...clicks(BOB, 1, 1));
    shard.built.shard.flush(true, () => true);
    expect(shard.built.shard.waiting).toBe(100 - TURN_CALLS);
    expect(applied(shard).at(-1)).toBe(BOB.session);
  });
});

describe('questions', () => {
  test('[R1] of a round are answered after its lists have left', async () => {
    const shard = await opened();
    await shard.boundedTick(aRank({ by: ANN, call: 500 }), ...clicks(BOB, 1, 1));
    const ops = shard.said.map(({ op }) => op).filter((op) => /list|ranked|answered/.test(op));
    expect(ops).toEqual(['list', 'answered', 'ranked', 'answered']);
  });

  test('beyond what a round has time for wait for the next one, and clicks do not', async () => {
    const shard = await opened();
    const dan = { user: 'dan', channel: 4, session: 41 };
    await shard.open(dan);
    await shard.tick(aSubscription(dan));
    shard.said.length = 0;
    const slot = { k: 45, explain: true };
    expect(2 * listUs(slot)).toBeGreaterThan(RANKS_ROUND_US);
    const ranks = [ANN, BOB, EVE].map((by, i) => aRank({ by, slot, call: 500 + i }));
    shard.take(...ranks, ...clicks(dan, 1, 1));
    const answered = () => shard.said.flatMap((said) => (said.op === 'ranked' ? [said.call] : []));
    shard.built.shard.flush(true, () => true);
    expect(answered()).toEqual([500, 501]);
    expect(shard.lists(dan.channel)).toHaveLength(1);
    shard.built.shard.flush(true, () => true);
    expect(answered()).toEqual([500, 501, 502]);
  });

  test('that take long come after the clicks of others, one a round, though nothing was known of who asks', async () => {
    const shard = await opened();
    const slot = { k: 100, explain: true };
    expect(listUs(slot)).toBeGreaterThan(LONG_JOB_US);
    const ranks = [ANN, BOB].map((by, i) => aRank({ by, slot, call: 500 + i }));
    shard.take(...ranks, ...clicks(EVE, 1, 2));
    const told = () =>
      shard.said.flatMap((said) =>
        said.op === 'ranked' ? [`rank ${said.call}`] : said.op === 'applied' ? [`click ${said.seq}`] : [],
      );
    const oneRound = () => shard.built.shard.flush(true, () => true);
    for (const expected of ['click 1', 'click 2', 'rank 500', 'rank 501']) {
      shard.said.length = 0;
      oneRound();
      expect(told()).toEqual([expected]);
    }
  });
});

test('the first lists of somebody who is new are as few as take little, whatever slots they open', async () => {
  const shard = await ShardHarness.make();
  const slots = Array.from({ length: 16 }, (_, i) => ({ name: `s${i}`, k: 100, explain: true }));
  for (const user of [ANN, BOB]) await shard.open(user);
  for (const user of [ANN, BOB]) shard.take(aSubscription(user, ...slots));
  for (const lists of [1, 2]) {
    shard.built.shard.flush(true, () => true);
    expect(shard.said.filter(({ op }) => op === 'list')).toHaveLength(lists);
  }
});
