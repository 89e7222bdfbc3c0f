import { expect, test } from 'vitest';
import { decodeRecord } from '../../../../shards/store/journal-record.js';
import { aClick, aSubscription } from '../../../support/shards/shard-calls.js';
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
