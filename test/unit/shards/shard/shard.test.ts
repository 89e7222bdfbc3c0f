import { describe, expect, test, vi } from 'vitest';
import { visitor } from '../../../../shards/store/user-key.js';
import { COUNTER } from '../../../../metrics/table.js';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { BATCH_USERS, ROUND_CANDIDATES } from '../../../../shards/wire/shard-limits.js';
import {
  aClick,
  aLeave,
  anEventCall,
  anOpening,
  aRank,
  aSubscription,
  openAs,
} from '../../../support/shards/shard-calls.js';
import { freshCatalogue, ShardHarness, type Said } from '../../../support/shards/shard-harness.js';
import { RecordingStore } from '../../../support/store/recording-store.js';

const CHANNEL = 1;
const SESSION = 11;
const ANN = { user: 'ann', channel: CHANNEL, session: SESSION };
const VISITOR = { user: 'visitor', channel: 2, session: 21 };

async function opened(options: Parameters<typeof ShardHarness.make>[0] = {}): Promise<ShardHarness> {
  const shard = await ShardHarness.make(options);
  await shard.open(ANN);
  await shard.tick(aSubscription(ANN));
  shard.said.length = 0;
  return shard;
}

const annClicks = (click: { readonly seq: number; readonly on: readonly number[] }) =>
  aClick({ by: ANN, ...click });
const ops = (said: readonly Said[]) => said.map(({ op }) => op).filter((op) => op !== 'learn');

describe('events', () => {
  test('[D1] an event is acknowledged when its commit is durable and not before; the list does not wait', async () => {
    const store = new RecordingStore();
    const shard = await opened({ store });
    store.holds = true;
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    expect(ops(shard.said)).toEqual(['applied', 'list', 'answered']);
    store.release();
    await shard.settle();
    expect(shard.said.at(-1)).toEqual({ op: 'durable', session: SESSION, seq: 1 });
  });

  test('[D1] acknowledgements keep the order of their commits, and one covers a whole tick', async () => {
    const store = new RecordingStore();
    const shard = await opened({ store });
    store.holds = true;
    await shard.tick(annClicks({ seq: 1, on: [3] }), annClicks({ seq: 2, on: [4] }));
    await shard.tick(annClicks({ seq: 3, on: [5] }));
    store.release(1);
    await shard.settle();
    expect(shard.said.filter(({ op }) => op === 'durable')).toEqual([
      { op: 'durable', session: SESSION, seq: 2 },
    ]);
    store.release();
    await shard.settle();
    expect(shard.said.at(-1)).toEqual({ op: 'durable', session: SESSION, seq: 3 });
  });

  test('[D1] a tick puts its events and the seq of their sessions into one commit', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }), annClicks({ seq: 2, on: [4] }));
    const { journal, sessions } = shard.store.batches.at(-1)!;
    expect(journal?.count).toBe(2);
    expect(sessions).toMatchObject([{ userId: 'ann', sessionId: 'ann', seq: 2 }]);
  });

  test('[D1] a disk that refuses ends the shard and acknowledges nothing', async () => {
    const shard = await opened();
    shard.store.refusal = new Error('disk full');
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    expect(shard.failures).toEqual([shard.store.refusal]);
    expect(ops(shard.said)).not.toContain('durable');
  });

  test('[D2] a repeated event is acknowledged and not counted', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    const state = shard.stateOf('ann');
    const journalEnd = shard.store.journal.end;
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    expect(shard.stateOf('ann')).toBe(state);
    expect(shard.store.journal.end).toBe(journalEnd);
    expect(shard.said.at(-2)).toEqual({ op: 'durable', session: SESSION, seq: 1 });
    expect(shard.stats.counterValue(COUNTER.eventsDuplicate)).toBe(1);
  });

  test('[D2] a repeat of an event that is not durable yet is acknowledged with it, once', async () => {
    const store = new RecordingStore();
    const shard = await opened({ store });
    store.holds = true;
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    expect(ops(shard.said)).not.toContain('durable');
    store.release();
    await shard.settle();
    expect(shard.said.filter(({ op }) => op === 'durable')).toHaveLength(1);
  });

  test('[D2] an event without a session counts once by its key, also within one tick and before it is durable', async () => {
    const store = new RecordingStore();
    const shard = await opened({ store });
    store.holds = true;
    const event = (call: number, eventId: string) =>
      anEventCall({ by: { ...ANN, session: 0 }, on: [3], eventId, call });
    await shard.tick(event(1, 'a'), event(2, 'a'));
    await shard.tick(event(3, 'a'), event(4, 'b'));
    store.release();
    await shard.settle();
    const taken = shard.said.filter((said) => said.op === 'taken');
    expect(taken.map(({ call, outcome }) => [call, outcome]).sort()).toEqual([
      [1, 'applied'],
      [2, 'duplicate'],
      [3, 'duplicate'],
      [4, 'applied'],
    ]);
    expect(shard.store.journal.end).toBe(2);
  });

  test('[D3] a gap is refused with the seq that is missing, and nothing after it is applied', async () => {
    const shard = await opened();
    await shard.tick(
      annClicks({ seq: 1, on: [3] }),
      annClicks({ seq: 3, on: [5] }),
      annClicks({ seq: 4, on: [6] }),
    );
    expect(shard.said.filter(({ op }) => op === 'refused')).toEqual([
      { op: 'refused', session: SESSION, seq: 3, expected: 2 },
      { op: 'refused', session: SESSION, seq: 4, expected: 2 },
    ]);
    expect(shard.store.journal.end).toBe(1);
    await shard.tick(annClicks({ seq: 2, on: [4] }), annClicks({ seq: 3, on: [5] }));
    expect(shard.store.sessionSeq('ann', 'ann')).toBe(3);
  });

  test('[D4] who has all events of a session, and sends them again, is told at once what is durable of them', async () => {
    const store = new RecordingStore();
    const shard = await opened({ store });
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    store.holds = true;
    await shard.tick(annClicks({ seq: 2, on: [4] }));
    await shard.tick(...aLeave(ANN));
    const again = { ...ANN, session: SESSION + 1 };
    shard.said.length = 0;
    await shard.tick({ ...anOpening({ ...again, call: 1 }), sent: 2 } as never);
    await vi.waitFor(() =>
      expect(shard.said).toContainEqual(expect.objectContaining({ op: 'opened', seq: 1, applied: 2 })),
    );
    // What is sent again is acknowledged when it is durable, and not before.
    await shard.tick(aClick({ by: again, seq: 2, on: [4] }));
    expect(ops(shard.said)).toEqual(['opened', 'applied', 'answered']);
    store.release();
    await shard.settle();
    expect(shard.said.filter(({ op }) => op === 'durable')).toEqual([
      { op: 'durable', session: again.session, seq: 2 },
    ]);
    expect(ops(shard.said).filter((op) => op === 'opened')).toHaveLength(1);
  });

  test('[D4] a session that only may be opened where it is known is not begun', async () => {
    const shard = await opened();
    await shard.tick({
      ...anOpening({ ...ANN, sessionId: 'other', session: 12, call: 1 }),
      isKnown: true,
    } as never);
    expect(shard.said.at(-1)).toMatchObject({ op: 'failed', call: 1 });
    await shard.tick({ ...anOpening({ ...ANN, call: 2 }), isKnown: true } as never);
    expect(shard.said.at(-1)).toMatchObject({ op: 'opened', call: 2 });
  });

  test('[D4] who has not all of them waits until they are durable', async () => {
    const store = new RecordingStore();
    const shard = await opened({ store });
    store.holds = true;
    await shard.tick(annClicks({ seq: 1, on: [3] }), annClicks({ seq: 2, on: [4] }));
    shard.said.length = 0;
    await shard.tick({ ...anOpening({ ...ANN, call: 1 }), sent: 1 } as never);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(ops(shard.said)).toEqual([]);
    store.release();
    await shard.settle();
    expect(shard.said).toContainEqual(expect.objectContaining({ op: 'opened', seq: 2 }));
  });

  test('[D4] a session that is opened again begins where its events ended; one without events at 0', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }), annClicks({ seq: 2, on: [4] }));
    await shard.tick(...aLeave(ANN));
    expect(await shard.open({ user: 'ann', channel: 2, session: 12 })).toBe(2);
    expect(await shard.open({ user: 'ann', channel: 2, session: 13, sessionId: 'other' })).toBe(0);
  });

  test('[D4] a session does not open before what was applied to it is durable', async () => {
    const store = new RecordingStore();
    const shard = await opened({ store });
    store.holds = true;
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    await shard.tick(anOpening({ ...ANN, call: 5 }));
    expect(ops(shard.said)).not.toContain('opened');
    store.release();
    await shard.settle();
    expect(shard.said.at(-1)).toMatchObject({ op: 'opened', call: 5, seq: 1 });
  });

  test('[D1] an event sent right before its session closes is applied', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }), annClicks({ seq: 2, on: [4] }), ...aLeave(ANN));
    expect(shard.store.sessionSeq('ann', 'ann')).toBe(2);
  });

  test('[D2] a session closed and opened again within a tick knows the events in between', async () => {
    const shard = await opened();
    await shard.tick(
      annClicks({ seq: 1, on: [3] }),
      annClicks({ seq: 2, on: [4] }),
      ...aLeave(ANN),
      anOpening({ user: 'ann', channel: 2, session: 12, call: 5 }),
    );
    expect(shard.said.find(({ op }) => op === 'opened')).toMatchObject({ seq: 2 });
    await shard.tick(aClick({ by: { channel: 2, session: 12 }, seq: 2, on: [4] }));
    expect(shard.store.journal.end).toBe(2);
  });
});

describe('lists', () => {
  test('[R1] an event is applied before its list, and the list contains it', async () => {
    const shard = await opened();
    await shard.tick(aSubscription(ANN, { excludeSeen: 2, k: 60 }));
    shard.said.length = 0;
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    expect(ops(shard.said)).toEqual(['applied', 'list', 'answered', 'durable']);
    expect(shard.lists(CHANNEL)[0].items).not.toContain(3);
    expect(shard.lists(CHANNEL)[0].items).toHaveLength(59);
  });

  test('[R1] an event that changes no interest still brings a list', async () => {
    const shard = await opened();
    await shard.tick(anEventCall({ by: ANN, seq: 1, on: [3, 4], kind: EVENT_KIND.view_item_list }));
    expect(shard.lists(CHANNEL)).toHaveLength(1);
  });

  test.each([
    ['a repeat', 1],
    ['a gap', 7],
  ])('[R1] %s behind an event in the same tick does not take its list away', async (_name, seq) => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }), annClicks({ seq, on: [4] }));
    expect(shard.lists(CHANNEL)).toHaveLength(1);
  });

  test('[R1] a rank sees the event sent before it, also in the same tick', async () => {
    const shard = await opened();
    await shard.tick(
      annClicks({ seq: 1, on: [3] }),
      aRank({ by: ANN, call: 5, of: [3, 4, 5], slot: { excludeSeen: 2 } }),
    );
    expect([...shard.answer(5).items].sort()).toEqual([4, 5]);
  });

  test('[R1] a rank does not see the event sent after it', async () => {
    const shard = await opened();
    await shard.tick(
      aRank({ by: ANN, call: 5, of: [3, 4, 5], slot: { excludeSeen: 2 } }),
      annClicks({ seq: 1, on: [3] }),
    );
    expect(shard.answer(5).items).toHaveLength(3);
  });

  test('[R2] rev counts up over slots and ticks while the clock stands still', async () => {
    const shard = await opened();
    await shard.tick(aSubscription(ANN, { name: 'home' }, { name: 'side' }));
    for (let seq = 1; seq <= 5; seq++) await shard.tick(annClicks({ seq, on: [seq] }));
    const revs = shard.said.filter((said) => said.op === 'list').map(({ rev }) => rev);
    expect(revs).toHaveLength(12);
    expect(revs.every((rev, i) => i === 0 || rev > revs[i - 1])).toBe(true);
  });

  test('[R2] rev counts on after a restart', async () => {
    const shard = await opened();
    for (let seq = 1; seq <= 3; seq++) await shard.tick(annClicks({ seq, on: [seq] }));
    const { rev } = shard.lists(CHANNEL).at(-1)!;
    shard.clock.advanceMs(20);
    const again = await ShardHarness.recovered({
      store: await shard.store.afterCrash(99),
      clock: shard.clock,
    });
    await again.open(ANN);
    await again.tick(aSubscription(ANN));
    expect(again.lists(CHANNEL)[0].rev).toBeGreaterThan(rev);
  });

  test('[R3] several events of one user in one tick bring one list for each slot, after the last of them', async () => {
    const shard = await opened();
    await shard.tick(aSubscription(ANN, { name: 'home' }, { name: 'side' }));
    shard.said.length = 0;
    await shard.tick(
      annClicks({ seq: 1, on: [3] }),
      annClicks({ seq: 2, on: [4] }),
      annClicks({ seq: 3, on: [5] }),
    );
    expect(ops(shard.said).filter((op) => op !== 'answered')).toEqual([
      'applied',
      'applied',
      'applied',
      'list',
      'list',
      'durable',
    ]);
  });

  test('[R2] a slot unsubscribed right after it was subscribed gets no more lists; subscribed again it does', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }), aSubscription(ANN, { name: 'side' }), {
      op: 'unsubscribe',
      channel: CHANNEL,
      names: ['side'],
    });
    shard.said.length = 0;
    await shard.tick(annClicks({ seq: 2, on: [4] }));
    expect(shard.lists(CHANNEL, 'side')).toHaveLength(0);
    await shard.tick(
      { op: 'unsubscribe', channel: CHANNEL, names: ['home'] },
      aSubscription(ANN, { name: 'home' }),
    );
    shard.said.length = 0;
    await shard.tick(annClicks({ seq: 3, on: [5] }));
    expect(shard.lists(CHANNEL)).toHaveLength(1);
  });

  test('[R4] an item that leaves the catalogue or the stock is in no list any more', async () => {
    const catalogue = await freshCatalogue();
    const shard = await opened({ catalogue });
    await shard.tick(
      annClicks({ seq: 1, on: [3] }),
      annClicks({ seq: 2, on: [4] }),
      annClicks({ seq: 3, on: [5] }),
    );
    await catalogue.remove('item-3');
    await catalogue.patch('item-4', { stock: 0 });
    shard.said.length = 0;
    await shard.tick(aSubscription(ANN, { k: 60 }));
    const { items } = shard.lists(CHANNEL)[0];
    expect(items).toHaveLength(58);
    expect(items).not.toContain(3);
    expect(items).not.toContain(4);
  });

  test('reasons come with the lists that ask for them, one for each item', async () => {
    const shard = await opened();
    await shard.tick(aSubscription(ANN, { explain: true }));
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    expect(shard.lists(CHANNEL).at(-1)).toMatchObject({ reasons: 5 });
  });
});

describe('rank', () => {
  test('[T1] past its deadline it answers the order given, degraded', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    const late = shard.clock.nowUs() - 1_000;
    const answer = await shard.rank({
      by: ANN,
      of: [9, 3, 7],
      slot: { k: 2, exclude: Int32Array.of(3) },
      deadlineUs: late,
    });
    expect(answer).toMatchObject({
      degraded: true,
      items: Int32Array.of(9, 7),
      scores: Float32Array.of(0, 0),
    });
  });

  test('[T1] a recommend past its deadline is degraded and still a list', async () => {
    const shard = await opened();
    const answer = await shard.rank({ by: ANN, slot: { k: 4 }, deadlineUs: shard.clock.nowUs() - 1_000 });
    expect(answer.degraded).toBe(true);
    expect(answer.items).toHaveLength(4);
  });

  test('without a click scores with the stored interest, as the list of the last click, and runs no model', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }), annClicks({ seq: 2, on: [8] }));
    const runs = shard.stats.counterValue(COUNTER.modelRuns);
    const [list] = shard.lists(CHANNEL).slice(-1);
    const k = list.items.length;
    for (const candidates of [undefined, list.items.toReversed()]) {
      const answer = await shard.rank({ by: ANN, of: candidates, slot: { k } });
      expect([...answer.items]).toEqual(list.items);
      expect([...answer.scores]).toEqual(list.scores);
    }
    expect(new Set(list.scores).size).toBe(5);
    expect([runs, shard.stats.counterValue(COUNTER.modelRuns)]).toEqual([2, 2]);
  });

  test('[T1] in time it is not degraded', async () => {
    const shard = await opened();
    expect(
      (await shard.rank({ by: ANN, of: [1, 2], deadlineUs: shard.clock.nowUs() + 50_000 })).degraded,
    ).toBe(false);
  });

  test('[T2] each candidate comes at most once, k at most, none that was not asked for', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }));
    const answer = await shard.rank({ by: ANN, of: [9, 3, 7, 9, 3, 20, 21], slot: { k: 4 } });
    expect(answer.items).toHaveLength(4);
    expect(new Set(answer.items).size).toBe(4);
    expect([...answer.items].every((item) => [9, 3, 7, 20, 21].includes(item))).toBe(true);
    expect([...answer.scores]).toEqual([...answer.scores].sort((a, b) => b - a));
  });

  test('[T2] it orders an item that was dismissed, for the caller named it', async () => {
    const shard = await opened();
    await shard.tick(
      annClicks({ seq: 1, on: [3] }),
      anEventCall({ by: ANN, seq: 2, on: [3], kind: EVENT_KIND.dismiss_item }),
    );
    expect([...(await shard.rank({ by: ANN, of: [3, 4] })).items]).toContain(3);
  });

  test('no candidates give an empty answer', async () => {
    const shard = await opened();
    expect(await shard.rank({ by: ANN, of: [] })).toMatchObject({
      items: new Int32Array(0),
      degraded: false,
    });
  });

  test('one that is asked right before the channel closes is answered: nobody is there', async () => {
    const shard = await opened();
    await shard.tick(annClicks({ seq: 1, on: [3] }), aRank({ by: ANN, call: 5, of: [1, 2] }), ...aLeave(ANN));
    expect(shard.said).toContainEqual({ op: 'failed', call: 5, message: expect.any(String) });
  });

  test('more users than one run holds are all served, in as many runs as it takes', async () => {
    const shard = await ShardHarness.make({ tuning: { usersHot: 128 } });
    const channels = Array.from({ length: 100 }, (_, i) => 100 + i);
    for (const channel of channels)
      shard.take(anOpening({ user: `u${channel}`, ...openAs(channel), call: channel }));
    await shard.tick(...channels.map((channel) => aSubscription(openAs(channel))));
    shard.said.length = 0;
    await shard.tick(
      ...channels.map((channel) => aClick({ by: openAs(channel), seq: 1, on: [channel % 50] })),
    );
    expect(channels.every((channel) => shard.lists(channel).length === 1)).toBe(true);
    // Subscribing made lists of stored interests, without a run.
    expect(shard.stats.counterValue(COUNTER.modelRuns)).toBe(Math.ceil(channels.length / BATCH_USERS));
  });

  test('a round holds no more users than have a row: nobody leaves memory before their click has its state', async () => {
    const channels = [10, 11, 12, 13, 14];
    const states = async (usersHot: number, perTick: number) => {
      const shard = await ShardHarness.make({ tuning: { usersHot } });
      for (const channel of channels)
        shard.take(anOpening({ user: `u${channel}`, ...openAs(channel), call: channel }));
      for (let at = 0; at < channels.length; at += perTick)
        await shard.tick(
          ...channels
            .slice(at, at + perTick)
            .map((channel) => aClick({ by: openAs(channel), seq: 1, on: [channel] })),
        );
      return channels.map((channel) => shard.stateOf(`u${channel}`));
    };
    const expected = await states(8, 1);
    for (const usersHot of [1, 2, 4]) expect(await states(usersHot, 5)).toEqual(expected);
  });

  test('candidates of many ranks in one tick are shared out over several rounds', async () => {
    const shard = await ShardHarness.make({ tuning: { usersHot: 128 } });
    const candidates = Array.from({ length: 2_000 }, (_, i) => i % 60);
    const channels = Array.from({ length: 20 }, (_, i) => 100 + i);
    for (const channel of channels)
      shard.take(anOpening({ user: `u${channel}`, ...openAs(channel), call: channel }));
    await shard.tick(
      ...channels.map((channel) => aRank({ by: openAs(channel), call: channel, of: candidates })),
    );
    expect(
      channels.every((channel) => shard.said.some((said) => said.op === 'ranked' && said.call === channel)),
    ).toBe(true);
    const perRound = Math.floor(ROUND_CANDIDATES / candidates.length);
    const rounds = shard.said.filter(({ op }) => op === 'answered').length;
    expect(rounds).toBe(Math.ceil(channels.length / perRound));
    expect(shard.stats.counterValue(COUNTER.modelRuns)).toBe(0);
  });
});

describe('merge', () => {
  const SHOPPER = { ...VISITOR, user: visitor('visitor'), sessionId: 'visitor' };
  const GIVEN = visitor('visitor');

  async function visitorAndUser(): Promise<ShardHarness> {
    const shard = await ShardHarness.make();
    await shard.open(ANN);
    await shard.open(SHOPPER);
    await shard.tick(
      annClicks({ seq: 1, on: [3] }),
      aClick({ by: SHOPPER, seq: 1, on: [8] }),
      anEventCall({ by: SHOPPER, seq: 2, on: [9], kind: EVENT_KIND.purchase }),
    );
    return shard;
  }

  async function merge(shard: ShardHarness): Promise<void> {
    const { into, ...given } = shard.built.shard.give(GIVEN, 'ann');
    expect([into, given.sessions]).toEqual(['ann', [{ sessionId: 'visitor', seq: 2 }]]);
    shard.built.shard.merge(GIVEN, 'ann', given);
    await shard.tick();
  }

  async function mergedAndForgotten(): Promise<ShardHarness> {
    const shard = await visitorAndUser();
    await merge(shard);
    shard.built.shard.forget(GIVEN, 'ann');
    await shard.tick();
    return shard;
  }

  function lastOpened(shard: ShardHarness) {
    return shard.said.findLast(({ op }) => op === 'opened');
  }

  test('[D1] the named user has both graphs and the session of the visitor, durably', async () => {
    const shard = await mergedAndForgotten();
    const again = await ShardHarness.recovered({ store: await shard.store.afterCrash(99) });
    expect(again.stateOf('ann')).toBe(shard.stateOf('ann'));
    expect(await again.open({ ...ANN, sessionId: 'visitor' })).toBe(2);
    await again.tick(aRank({ by: ANN, call: 5, of: [3, 8, 9, 10], slot: { excludeSeen: 2 } }));
    expect([...again.answer(5).items]).toEqual([10]);
  });

  test('[D2] a merge carried out again changes nothing', async () => {
    const shard = await visitorAndUser();
    await merge(shard);
    const state = shard.stateOf('ann');
    await merge(shard);
    expect(shard.stateOf('ann')).toBe(state);
    const again = await ShardHarness.recovered({ store: await shard.store.afterCrash(99) });
    await merge(again);
    expect(again.stateOf('ann')).toBe(state);
  });

  test('a visitor who was merged does not open, tells their last seq, and nothing of them comes back', async () => {
    const shard = await mergedAndForgotten();
    const again = await ShardHarness.recovered({ store: await shard.store.afterCrash(99) });
    await again.checkpoint();
    expect([...again.store.users()].map(({ userId }) => userId)).toEqual(['ann']);
    await again.tick(anOpening({ ...SHOPPER, channel: 7, session: 70, call: 9 }));
    expect(lastOpened(again)).toMatchObject({ isMerged: true, seq: 2 });
    expect(again.built.shard.give(GIVEN, 'ann')).toEqual({
      into: undefined,
      owner: 'ann',
      state: undefined,
      sessions: [],
      eventIds: [],
    });
  });

  test('[D1] from the moment they are given away a visitor does not open, also after a crash, and is whose they were said to be', async () => {
    const shard = await visitorAndUser();
    shard.built.shard.give(GIVEN, 'ann');
    await shard.settle();
    for (const store of [shard.store, await shard.store.afterCrash(99)]) {
      const again = await ShardHarness.recovered({ store });
      await again.tick(anOpening({ ...SHOPPER, channel: 7, session: 70, call: 9 }));
      expect(lastOpened(again)).toMatchObject({ isMerged: true, seq: 2 });
      expect(again.built.shard.unfinished()).toEqual([{ visitor: GIVEN, into: 'ann' }]);
      const { into, state, sessions } = again.built.shard.give(GIVEN, 'bob');
      expect([into, state === undefined, sessions]).toEqual([
        'ann',
        false,
        [{ sessionId: 'visitor', seq: 2 }],
      ]);
    }
  });

  test.each([
    ['begins', (shard: ShardHarness) => void shard.built.shard.give(GIVEN, 'ann')],
    ['is over', merge],
  ])('[D4] what comes for a visitor from the moment their merge %s counts no more', async (_when, give) => {
    const shard = await visitorAndUser();
    await give(shard);
    await shard.settle();
    const { end } = shard.store.journal;
    shard.said.length = 0;
    await shard.tick(
      aClick({ by: SHOPPER, seq: 3, on: [20] }),
      anEventCall({ by: SHOPPER, call: 7, on: [21], eventId: 'late' }),
    );
    expect(shard.store.journal.end).toBe(end);
    expect(shard.said.filter(({ op }) => op === 'applied' || op === 'refused')).toEqual([]);
    expect(shard.said).toContainEqual({ op: 'merged', call: 7 });
  });

  test('[D1] a visitor whom an older copy of their store brought back, and who went on, is merged again', async () => {
    const shard = await visitorAndUser();
    await shard.settle();
    const older = await ShardHarness.recovered({ store: await shard.store.afterCrash(99) });
    await merge(shard);
    expect(await older.open(SHOPPER)).toBe(2);
    await older.tick(aClick({ by: SHOPPER, seq: 3, on: [20] }));
    shard.built.shard.merge(GIVEN, 'ann', older.built.shard.give(GIVEN, 'ann'));
    await shard.tick(aRank({ by: ANN, call: 5, of: [20, 21], slot: { excludeSeen: 2 } }));
    expect([...shard.answer(5).items]).toEqual([21]);
  });

  test('a merge writes the state of its user and of nobody else', async () => {
    const shard = await visitorAndUser();
    await shard.open({ ...ANN, user: 'bob', channel: 30, session: 30 });
    await shard.tick(aClick({ by: { channel: 30, session: 30 }, seq: 1, on: [4] }));
    const before = shard.store.batches.length;
    await merge(shard);
    const written = shard.store.batches.slice(before).flatMap(({ users }) => users ?? []);
    expect(written.map(({ userId }) => userId)).toEqual(['ann']);
  });

  test('[D4] a visitor without events is somebody’s as well where that is asked for, durably', async () => {
    const shard = await ShardHarness.make();
    await shard.open(SHOPPER);
    const nothing = { into: undefined, state: undefined, sessions: [], eventIds: [] };
    expect(shard.built.shard.give(GIVEN, 'ann')).toEqual(nothing);
    expect(shard.built.shard.give(GIVEN, 'ann', true)).toEqual({ ...nothing, owner: 'ann' });
    await shard.tick(aClick({ by: SHOPPER, seq: 1, on: [20] }));
    expect(shard.said.filter(({ op }) => op === 'applied')).toEqual([]);
    const again = await ShardHarness.recovered({ store: await shard.store.afterCrash(99) });
    await again.tick(anOpening({ ...SHOPPER, channel: 7, session: 70, call: 9 }));
    expect(lastOpened(again)).toMatchObject({ isMerged: true, seq: 0 });
    expect(again.built.shard.give(GIVEN, 'bob', true)).toEqual({ ...nothing, owner: 'ann' });
  });

  test('a visitor without a graph has nothing to give, and nobody is loaded for it', async () => {
    const shard = await ShardHarness.make();
    const given = shard.built.shard.give(visitor('nobody'), 'ann');
    expect(given).toEqual({ into: undefined, state: undefined, sessions: [], eventIds: [] });
    expect(shard.built.users.size).toBe(0);
  });

  test('a named user is never given away', async () => {
    const shard = await visitorAndUser();
    expect(() => shard.built.shard.give('ann', 'bob')).toThrow('visitor');
    expect(() => shard.built.shard.give(GIVEN, visitor('other'))).toThrow('visitor');
  });
});
