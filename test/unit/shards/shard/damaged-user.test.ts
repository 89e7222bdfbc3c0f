import { expect, test } from 'vitest';
import { named } from '../../../../shards/store/user-key.js';
import { RecordingStore } from '../../../support/store/recording-store.js';
import { aClick, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const USERS = ['ann', 'bob'] as const;

/** A store with some clicks of two users, all in their states. */
async function filledStore(): Promise<{ store: RecordingStore; states: string[] }> {
  const shard = await ShardHarness.make();
  for (const [i, user] of USERS.entries()) {
    await shard.open({ user: named(user), channel: i + 1, session: i + 1 });
    for (let seq = 1; seq <= 12; seq++)
      await shard.tick(aClick({ by: openAs(i + 1), seq, on: [(seq * 5 + i) % 40] }));
  }
  await shard.checkpoint();
  return { store: shard.store, states: USERS.map((user) => shard.stateOf(user)) };
}

test('a state that cannot be read: its user begins anew at once, is made again of the journal at the next start, and nobody else notices', async () => {
  const { store, states } = await filledStore();
  await store.commit({ users: [{ userId: 'ann', bytes: Buffer.from('damaged') }] });
  const running = await ShardHarness.recovered({ store });
  for (const [i, user] of USERS.entries())
    await running.open({ user: named(user), channel: i + 1, session: i + 1 });
  await running.tick(aClick({ by: openAs(1), seq: 13, on: [3] }));
  expect(running.said).toContainEqual({ op: 'durable', session: 1, seq: 13 });
  expect(running.stateOf('bob')).toBe(states[1]);
  expect(running.stateOf('ann')).not.toBe(states[0]);
  expect([...store.setAside()]).toMatchObject([
    { kind: 'user', names: ['ann'], isOwed: true, bytes: new Uint8Array(Buffer.from('damaged')) },
  ]);
  await running.checkpoint();

  const next = await ShardHarness.recovered({ store });
  const sound = await ShardHarness.recovered({ store: (await filledStore()).store });
  await sound.open({ user: named('ann'), channel: 1, session: 1 });
  await sound.tick(aClick({ by: openAs(1), seq: 13, on: [3] }));
  for (const user of USERS) expect(next.stateOf(user)).toBe(sound.stateOf(user));
  await next.settle();
  expect([...store.setAside()]).toMatchObject([{ names: ['ann'], isOwed: false }]);
});

test('starts with every state and every second journal record damaged serve everybody', async () => {
  const { store } = await filledStore();
  await store.commit({ users: USERS.map((userId) => ({ userId, bytes: Buffer.from([2, 255]) })) });
  const broken = new RecordingStore();
  let count = 0;
  for (const batch of store.batches) {
    const journal =
      batch.journal && (count++ % 2 === 0 ? { count: 1, bytes: Buffer.from('?') } : batch.journal);
    await broken.commit({ ...batch, ...(journal && { journal }) });
  }
  for (const seq of [13, 14]) {
    const shard = await ShardHarness.recovered({ store: broken });
    for (const [i, user] of USERS.entries()) {
      expect(await shard.open({ user: named(user), channel: i + 1, session: i + 1 })).toBe(seq - 1);
      await shard.tick(aClick({ by: openAs(i + 1), seq, on: [3] }));
      expect(shard.said).toContainEqual({ op: 'durable', session: i + 1, seq });
    }
    await shard.checkpoint();
    const { counts, owedUsers } = shard.built.context.quarantine.report;
    // The first start finds the states when their users come, the second makes them anew; both read the journal's end.
    expect(counts).toEqual({ user: 2, journal: 12 });
    expect(owedUsers).toBe(seq === 13 ? 2 : 0);
  }
});
