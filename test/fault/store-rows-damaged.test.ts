import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Damage } from '../../shards/store/damage.js';
import { journalFolder } from '../../shards/store/journal-file/journal-folder.js';
import { segmentsIn } from '../../shards/store/journal-file/segments/segment-list.js';
import { openLmdbStore } from '../../shards/store/lmdb/lmdb-store.js';
import type { ShardStore, VerifyPlace } from '../../shards/store/store.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const ROWS = {
  users: [
    { userId: 'user-row-1', bytes: Buffer.from('bytes of user-row-1') },
    { userId: 'sound-user', bytes: Buffer.from('bytes of the sound one') },
  ],
  rebuilt: [{ userId: 'user-row-2', bytes: Buffer.from('bytes of user-row-2') }],
  sessions: [{ userId: 'session-row', sessionId: 'its-session', seq: 77, atMs: 1_760_000_000_000 }],
  eventIds: [{ userId: 'event-row', eventId: 'its-event', atMs: 1_760_000_000_000 }],
  aliases: [{ userId: 'alias-row', to: 'alias-target' }],
  blobs: [{ key: 'page/1', bytes: Buffer.from('bytes of page/1') }],
  journal: { count: 2, bytes: Buffer.from('bytes of the journal') },
  states: { op: 'name', model: 7 } as const,
};

/** What is damaged, by a text of its key or value, and as what it is named. */
const DAMAGES = [
  ['bytes of user-row-1', 'user', 'user-row-1'],
  ['bytes of user-row-2', 'user', 'user-row-2'],
  ['its-session', 'session', 'session-row'],
  ['its-event', 'event_id', 'event-row'],
  [Buffer.from('alias-target', 'utf16le').toString('latin1'), 'alias', 'alias-row'],
  ['bytes of page/1', 'page', 'page/1'],
  ['bytes of the journal', 'journal', '0'],
] as const;

async function filled(): Promise<string> {
  const folder = temporaryFolder();
  const store = await openLmdbStore({ folder });
  await store.commit(ROWS);
  await store.close();
  return folder;
}

/** Flips one bit of everything in the store's files that reads `text`; LMDB keeps older pages beside those that count. */
function flip(folder: string, text: string): number {
  const journal = journalFolder(folder);
  const segments = segmentsIn(journal).map(({ name }) => join(journal, name));
  return [join(folder, 'data.mdb'), ...segments].reduce((sum, path) => sum + flipIn(path, text), 0);
}

function flipIn(path: string, text: string): number {
  const file = readFileSync(path);
  const searched = Buffer.from(text, 'latin1');
  let count = 0;
  for (let at = file.indexOf(searched); at >= 0; at = file.indexOf(searched, at + 1)) {
    file[at + searched.length - 1] ^= 0x10;
    count++;
  }
  writeFileSync(path, file);
  return count;
}

function verifyAll(store: ShardStore): void {
  let place: VerifyPlace | undefined;
  do place = store.verify(place, 2).next;
  while (place !== undefined);
}

test.each(DAMAGES)(
  'a flipped bit in %s is named as a %s when it is looked for, and the rest is read',
  async (text, kind, name) => {
    const folder = await filled();
    expect(flip(folder, text)).toBeGreaterThan(0);
    const found: Damage[] = [];
    const store = await openLmdbStore({ folder, damaged: (damage) => found.push(damage) });
    verifyAll(store);
    expect(found.map((damage) => [damage.kind, damage.names[0]])).toContainEqual([kind, name]);
    expect(store.user('sound-user')).toEqual(ROWS.users[1].bytes);
    for (const rows of [
      store.users(),
      store.sessions(),
      store.aliases(),
      store.blobs('page'),
      store.journal.from(0),
      store.eventIds(),
    ])
      expect([...rows].length).toBeLessThanOrEqual(2);
    await store.commit({ journal: { count: 1, bytes: Buffer.from('goes on') } });
    expect([...store.journal.from(0)].at(-1)!.bytes.toString()).toBe('goes on');
    await store.close();
  },
);

test('a damaged value is not given, and told of each time it is read; written anew it is sound', async () => {
  const folder = await filled();
  flip(folder, 'bytes of user-row-1');
  const found: Damage[] = [];
  const store = await openLmdbStore({ folder, damaged: (damage) => found.push(damage) });
  expect([store.user('user-row-1'), store.user('user-row-1')]).toEqual([undefined, undefined]);
  expect(found).toHaveLength(2);
  expect(Buffer.from(found[0].bytes).includes('bytes of user-row-!')).toBe(true);
  await store.commit({ users: [ROWS.users[0]] });
  expect(store.user('user-row-1')).toEqual(ROWS.users[0].bytes);
  await store.close();
});

test('positions stay above those of a last journal record that is damaged', async () => {
  const folder = await filled();
  flip(folder, 'bytes of the journal');
  const store = await openLmdbStore({ folder });
  expect(store.journal.end).toBeGreaterThanOrEqual(2);
  expect(store.journal.end).toBeLessThan(100);
  await store.close();
});
