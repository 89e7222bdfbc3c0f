import { expect, test } from 'vitest';
import { decodeRecord } from '../../../../shards/store/journal-record.js';
import { aClick, aSubscription, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const MINUTE_MS = 60_000;
const ANN = { user: 'ann', channel: 1, session: 1 };

function revisions(shard: ShardHarness): number[] {
  return Array.from(shard.store.journal.from(0), ({ bytes }) => decodeRecord(bytes))
    .flat()
    .flatMap((entry) => (entry.entry === 'rev' ? [entry.rev] : []));
}

test('[R2] the highest revision given out is an entry of the journal, once a minute, and states contain it', async () => {
  const shard = await ShardHarness.make();
  await shard.open(ANN);
  await shard.tick(aSubscription(ANN));
  await shard.checkpoint();
  expect(revisions(shard)).toEqual([]);
  for (let seq = 1; seq <= 3; seq++) {
    await shard.tick(aClick({ by: ANN, seq, on: [seq] }));
    shard.clock.advanceMs(MINUTE_MS);
    await shard.checkpoint();
    expect(revisions(shard)).toHaveLength(seq);
    expect(revisions(shard).at(-1)).toBe(shard.lists(ANN.channel).at(-1)!.rev);
    expect(shard.store.checkpoint).toBe(shard.store.journal.end);
  }
  // Nothing was given out since.
  shard.clock.advanceMs(MINUTE_MS);
  await shard.checkpoint();
  expect(revisions(shard)).toHaveLength(3);
});

test('[D1] while a sweep runs ticks take states along, and the last of them come with the checkpoint', async () => {
  const shard = await ShardHarness.make({ tuning: { usersHot: 128 } });
  const visit = async (user: number, seq: number) =>
    shard.tick(aClick({ by: openAs(user), seq, on: [(user + seq) % 60] }));
  for (let user = 1; user <= 40; user++) {
    await shard.open({ user: `user-${user}`, channel: user, session: user });
    await visit(user, 1);
  }
  shard.built.shard.beginSweep();
  const end = shard.store.journal.end;
  let ticks = 0;
  for (; shard.store.checkpoint < end; ticks++) await visit(1, 2 + ticks);
  expect(ticks).toBe(5);
  expect(shard.built.users.dirtyCount).toBe(1);
  expect(shard.built.shard.sweepStep()).toBe(false);
  const again = await ShardHarness.recovered({ store: await shard.store.afterCrash(999) });
  for (const user of [1, 2, 40]) expect(again.stateOf(`user-${user}`)).toBe(shard.stateOf(`user-${user}`));
});
