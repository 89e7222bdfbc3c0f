import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readClusters, writeClusters } from '../../../../gateway/segments/clusters-file.js';
import { NO_CLUSTERS } from '../../../../shards/api.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

test('ids and centres of found segments are kept, and nothing of their shoppers', async () => {
  const path = join(temporaryFolder(), 'found-segments.json');
  const cluster = { id: 3, shoppers: 60, centre: [0.6, -0.8], traits: [{ trait: 1, share: 0.5, lift: 2 }] };
  await writeClusters(path, { clusters: [cluster], nextId: 4, sampled: 100, silhouette: 0.3 });
  expect(await readClusters(path)).toEqual({
    ...NO_CLUSTERS,
    nextId: 4,
    clusters: [{ id: 3, shoppers: 0, centre: [0.6, -0.8], traits: [] }],
  });
});

test.each(['', '{', '{"version":2,"nextId":1,"clusters":[]}', '{"version":1,"nextId":0,"clusters":[]}'])(
  'a file that says %j has no clusters: they are looked for again',
  async (text) => {
    const path = join(temporaryFolder(), 'found-segments.json');
    await writeFile(path, text);
    expect(await readClusters(path)).toEqual(NO_CLUSTERS);
  },
);
