import { expect, onTestFinished, test, vi } from 'vitest';
import { encodeRecord } from '../../../../shards/store/journal-record.js';
import { named, nameOf, visitor } from '../../../../shards/store/user-key.js';
import { tinyModel } from '../../../support/model/tiny-models.js';
import { anEvent } from '../../../support/shards/shard-calls.js';
import { sharedCatalogue } from '../../../support/shards/shard-harness.js';
import { SwappingShard } from '../../../support/shards/swapping-shard.js';
import { RecordingStore } from '../../../support/store/recording-store.js';

/** More than a rebuild remembers. */
const VISITORS = 10_100;

test('a visitor who is merged while states are made anew is gone, also when the rebuild remembers them no more', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const a = tinyModel({ name: 'narrow', tag: 11, width: 4 })(64);
  const b = tinyModel({ name: 'wide', tag: 22, width: 4 })(64);
  const users = Array.from({ length: VISITORS }, (_, i) => visitor(`v${i}`));
  const events = users.map((user) => ({
    ...anEvent({ seq: 1, on: [1] }),
    user,
    session: nameOf(user),
    hits: [],
    eventId: '',
  }));
  const store = new RecordingStore();
  await store.commit({
    journal: { count: VISITORS, bytes: encodeRecord(events) },
    sessions: users.map((userId) => ({ userId, sessionId: nameOf(userId), seq: 1, atMs: 0 })),
    checkpoint: VISITORS,
    states: { op: 'name', model: a.tag },
  });
  const shard = await SwappingShard.open(
    { catalogue: (await sharedCatalogue()).shared, models: [a, b] },
    store,
    a,
  );
  let bites = 0;
  await shard.prepare(b, () => {
    if (++bites === 8) shard.merge(users[0], named('ann'));
  });
  await shard.adopt(b);
  await shard.settle();
  shard.end();
  expect(store.alias(users[0])).toBe('ann');
  expect(store.user(users[1])).toBeDefined();
  expect(store.user(users[0])).toBeUndefined();
}, 60_000);
