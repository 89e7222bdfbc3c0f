import type { ShardStore } from '../../../shards/store/store.js';
import { contentOf, type StoreNames } from './store-kinds.js';

/** What every golden snapshot holds. A new store schema gets a snapshot of its own, made by `fillFixture` and `writeSnapshot`. */
export const FIXTURE_NAMES: StoreNames = {
  users: ['ann', 'bob', 'besuch-ä', 'гость'],
  sessions: ['s1', 's2', '\u{1f6b2}'],
  eventIds: ['e1', 'e2'],
  blobs: ['rows/0', 'rows/1'],
};

const DAY_MS = 86_400_000;

/** Fills an empty store with the fixture's content, over several commits. */
export async function fillFixture(store: ShardStore): Promise<void> {
  const at = 20_000 * DAY_MS;
  const session = (userId: string, sessionId: string, seq: number) => ({ userId, sessionId, seq, atMs: at });
  await store.commit({
    journal: { count: 3, bytes: Buffer.from('three events') },
    sessions: [session('ann', 's1', 2), session('гость', '\u{1f6b2}', 1)],
    users: ['ann', 'bob', 'гость'].map((userId, i) => ({
      userId,
      bytes: Buffer.alloc(1_000 * i + 3, i + 1),
    })),
    blobs: FIXTURE_NAMES.blobs.map((key) => ({ key, bytes: Buffer.from(`blob ${key}`) })),
    checkpoint: 2,
  });
  await store.commit({
    journal: { count: 2, bytes: Buffer.alloc(5_000, 7) },
    sessions: [session('ann', 's1', 3), session('ann', 's2', 1)],
    eventIds: [
      { userId: 'ann', eventId: 'e1', atMs: at },
      { userId: 'bob', eventId: 'e2', atMs: at + DAY_MS },
    ],
    users: [{ userId: 'bob', bytes: undefined }],
    aliases: [{ userId: 'besuch-ä', to: 'гость' }],
  });
}

/** The fixture's content in the form of `contentOf`. */
export function fixtureContent(store: ShardStore): unknown {
  return contentOf(store, FIXTURE_NAMES);
}
