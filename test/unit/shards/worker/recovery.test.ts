import { expect, test } from 'vitest';
import { HaltFlag } from '../../../../shards/wire/halt-flag.js';
import { recover } from '../../../../shards/worker/recovery.js';
import { aClick } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

test('a recovery is given up at the next record once the halt is raised', async () => {
  const ann = { user: 'ann', channel: 1, session: 11 };
  const first = await ShardHarness.make();
  await first.open(ann);
  await first.tick(aClick({ by: ann, seq: 1, on: [3] }));
  const again = await ShardHarness.make({ store: await first.store.afterCrash(99) });
  const halt = new HaltFlag();
  halt.raise();
  await expect(recover(again.built, 1_800_000, false, halt)).rejects.toMatchObject({
    code: 'start_given_up',
  });
});
