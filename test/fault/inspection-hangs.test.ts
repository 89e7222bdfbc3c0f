import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { inspectStores as InspectStores } from '../../shards/store/inspection/inspect-stores.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import { builtFile } from '../support/built.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

// The built one: it looks at the stores in a process of its own.
const { inspectStores } = (await import(builtFile('shards/store/inspection/inspect-stores.js'))) as {
  inspectStores: typeof InspectStores;
};

test('a look at a store that does not answer ends at its deadline, and says that nothing is known to be damaged', async () => {
  const parent = temporaryFolder();
  const sound = join(parent, 'shard-0');
  await (await openLmdbStore({ folder: sound })).close();
  const hanging = join(parent, 'shard-1');
  mkdirSync(hanging);
  // Opening it waits for whoever writes to it: nobody.
  execFileSync('mkfifo', [join(hanging, 'data.mdb')]);
  const found = await inspectStores([sound, hanging], false, 8_000);
  expect(found.map(({ refusal }) => refusal)).toEqual([undefined, 'store_not_checked']);
  expect(found[1].problem).toContain(`The store in ${hanging} could not be looked at within 8 s`);
  expect(found[1].problem).toContain('Nothing says that it is damaged');
});
