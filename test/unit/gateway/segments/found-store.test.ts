import { expect, test } from 'vitest';
import { foundInCluster } from '../../../../gateway/segments/found-store.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { NO_CLUSTERS } from '../../../../shards/api.js';
import { FakeNote } from '../../../support/gateway/fake-note.js';

const TOLD = [{ id: 3, name: 'lamps', shoppers: 60, share: 0.5, traits: [] }];
const CLUSTERS = {
  ...NO_CLUSTERS,
  nextId: 4,
  clusters: [{ id: 3, shoppers: 60, centre: [0.6, -0.8], traits: [] }],
};

test('one node searches, all tell what it found, and whoever searches next goes on with its ids', async () => {
  const note = new FakeNote();
  let leader = 0;
  const stores = [0, 1].map((node) =>
    foundInCluster({ note: () => note, leads: () => leader === node }, new FakeClock()),
  );
  expect(stores.map(({ searches }) => searches)).toEqual([true, false]);
  expect(await stores[1].read()).toMatchObject({ told: [], clusters: NO_CLUSTERS });
  await stores[0].write({ clusters: CLUSTERS, told: TOLD });
  leader = 1;
  expect(stores.map(({ searches }) => searches)).toEqual([false, true]);
  expect(await stores[1].read()).toMatchObject({
    told: TOLD,
    clusters: { nextId: 4, clusters: [{ id: 3, centre: [0.6, -0.8] }] },
  });
  // Few shoppers are in memory after a takeover.
  await stores[1].write({ clusters: NO_CLUSTERS, told: [] });
  expect(await stores[0].read()).toMatchObject({ told: [], clusters: { nextId: 4, clusters: [{ id: 3 }] } });
});
