import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ShardCall } from '../../shards/wire/calls.js';
import { aRank, aSubscription, openAs } from '../support/shards/shard-calls.js';
import { ShardHarness } from '../support/shards/shard-harness.js';
import {
  callsOf,
  openAll,
  plainStates,
  scripts,
  statesOf,
  ticksOf,
  userNames,
} from '../support/shards/shard-script.js';

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test('[R3] however events fall into ticks, every user comes to the state of one event after the other', async () => {
  const property = fc.asyncProperty(scripts(120), lengths, async (script, lengths) => {
    const calls = callsOf(script);
    const shard = await ShardHarness.make();
    await openAll(shard, true);
    for (const tick of ticksOf(calls, lengths)) await shard.tick(...tick);
    expect(statesOf(shard)).toEqual(await plainStates(calls));
  });
  await fc.assert(property, { numRuns: 40 });
});

test('[R1][R3] in every tick, each user that had an event gets one list, after all of their events were applied', async () => {
  const property = fc.asyncProperty(scripts(40), lengths, async (script, lengths) => {
    const shard = await ShardHarness.make();
    await openAll(shard, true);
    for (const tick of ticksOf(callsOf(script), lengths)) {
      shard.said.length = 0;
      await shard.tick(...tick);
      for (const channel of new Set(tick.map((call) => (call as { channel: number }).channel))) {
        expect(shard.lists(channel)).toHaveLength(1);
        const list = shard.said.findIndex((said) => said.op === 'list' && said.channel === channel);
        expect(shard.said.slice(list).some((said) => said.op === 'applied' && said.session === channel)).toBe(
          false,
        );
      }
    }
  });
  await fc.assert(property, { numRuns: 40 });
});

test('[R1] repeats, gaps, ranks and subscriptions among the events take no list and no answer away', async () => {
  const noise = fc.array(fc.constantFrom('repeat', 'gap', 'rank', 'subscribe', 'none'), {
    minLength: 1,
    maxLength: 8,
  });
  const property = fc.asyncProperty(scripts(20), lengths, noise, async (script, lengths, noise) => {
    let asked = 0;
    const calls = callsOf(script).flatMap((call, i): ShardCall[] => {
      if (call.op !== 'event') return [];
      const { channel } = call;
      switch (noise[i % noise.length]) {
        case 'repeat':
          return [call, call];
        case 'gap':
          return [call, { ...call, event: { ...call.event, seq: call.event.seq + 5 } }];
        case 'rank':
          return [call, aRank({ by: openAs(channel), call: ++asked, of: [1, 2], slot: { name: 'ad' } })];
        case 'subscribe':
          return [call, aSubscription(openAs(channel))];
        default:
          return [call];
      }
    });
    const shard = await ShardHarness.make();
    await openAll(shard, true);
    for (const tick of ticksOf(calls, lengths)) {
      const before = userNames.map((name) => shard.store.sessionSeq(name, name));
      shard.said.length = 0;
      await shard.tick(...tick);
      for (const [user, name] of userNames.entries()) {
        if (shard.store.sessionSeq(name, name) !== before[user])
          expect(shard.lists(user + 1).length).toBeGreaterThan(0);
      }
      const ranks = tick.filter(({ op }) => op === 'rank');
      expect(shard.said.filter(({ op }) => op === 'ranked')).toHaveLength(ranks.length);
    }
    expect(shard.failures).toEqual([]);
  });
  await fc.assert(property, { numRuns: 40 });
});

test('users who leave memory and come back are as if they had stayed', async () => {
  const property = fc.asyncProperty(scripts(120), async (script) => {
    const calls = callsOf(script);
    const shard = await ShardHarness.make({ tuning: { usersHot: 2 } });
    await openAll(shard);
    for (const call of calls) await shard.tick(call);
    expect(shard.built.users.size).toBeLessThanOrEqual(2);
    expect(statesOf(shard)).toEqual(await plainStates(calls));
  });
  await fc.assert(property, { numRuns: 40 });
});

test('[D1][D2] after a crash behind any commit, what was durable is there once, and resending the rest completes it', async () => {
  const property = fc.asyncProperty(
    scripts(14),
    lengths,
    fc.integer({ min: 1, max: 5 }),
    async (script, lengths, checkpointEvery) => {
      const calls = callsOf(script);
      const expected = await plainStates(calls);
      const shard = await ShardHarness.make({ tuning: { usersHot: 3 } });
      await openAll(shard);
      for (const [i, tick] of ticksOf(calls, lengths).entries()) {
        await shard.tick(...tick);
        if (i % checkpointEvery === 0) await shard.checkpoint();
      }
      for (let commits = 0; commits <= shard.store.batches.length; commits++) {
        const store = await shard.store.afterCrash(commits);
        const durable = userNames.map((name) => store.sessionSeq(name, name) ?? 0);
        const again = await ShardHarness.recovered({ store, tuning: { usersHot: 3 } });
        expect(await openAll(again)).toEqual(durable);
        for (const call of calls) await again.tick(call);
        expect(statesOf(again)).toEqual(expected);
        expect(store.journal.end).toBe(calls.length);
      }
    },
  );
  await fc.assert(property, { numRuns: 12 });
});

test('[D1] a crash during the recovery of a crash loses nothing either', async () => {
  const property = fc.asyncProperty(scripts(40), fc.nat(60), fc.nat(10), async (script, first, second) => {
    const calls = callsOf(script);
    const shard = await ShardHarness.make();
    await openAll(shard);
    for (const tick of ticksOf(calls, [2])) await shard.tick(...tick);
    const once = await ShardHarness.recovered({
      store: await shard.store.afterCrash(Math.min(first, shard.store.batches.length)),
      tuning: { usersHot: 2 },
    });
    await once.checkpoint();
    const twice = await ShardHarness.recovered({
      store: await once.store.afterCrash(Math.max(first, once.store.batches.length - second)),
      tuning: { usersHot: 3 },
    });
    await openAll(twice);
    for (const call of calls) await twice.tick(call);
    expect(statesOf(twice)).toEqual(await plainStates(calls));
  });
  await fc.assert(property, { numRuns: 25 });
});

test('[D1] after a crash the interaction graph has counted every durable click once', async () => {
  const views = scripts(20).map((script) =>
    script.map((event, i) => ({ ...event, kind: 3, items: [(event.items[0] + i * 7) % 60] })),
  );
  const property = fc.asyncProperty(
    views,
    fc.integer({ min: 1, max: 6 }),
    fc.nat(40),
    async (script, checkpointEvery, crashAfter) => {
      const calls = callsOf(script);
      const shard = await ShardHarness.make();
      await openAll(shard);
      for (const [i, call] of calls.entries()) {
        await shard.tick(call);
        if (i % checkpointEvery === 0) await shard.checkpoint();
      }
      const store = await shard.store.afterCrash(Math.min(crashAfter, shard.store.batches.length));
      const durable = callsOf(script).slice(0, store.journal.end);
      const plain = await ShardHarness.make();
      await openAll(plain);
      for (const call of durable) await plain.tick(call);
      const again = await ShardHarness.recovered({ store });
      const { interactions } = again.built;
      for (let item = 0; item < interactions.shared.bounds.items; item++)
        expect(interactions.popular(item)).toBeCloseTo(plain.built.interactions.popular(item), 3);
    },
  );
  await fc.assert(property, { numRuns: 40 });
});
