import { cpSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DROPPED_RECORDS_MAX } from '../../shards/store/journal.js';
import { NAME_LENGTH_MAX } from '../../shards/store/keys.js';
import type { ShardStore } from '../../shards/store/store.js';
import { STORE_KINDS, contentOf, openForTest, temporaryFolder } from '../support/store/store-kinds.js';

/** Characters of a record so long that a file of the tests' journals has room for one. */
const LONG = 3_000;

const DAY_MS = 86_400_000;
const NOON_MS = 20_000 * DAY_MS + DAY_MS / 2;
const NAMES = { users: ['ann', 'bob'], sessions: ['s', 't'], eventIds: ['e'], blobs: ['rows/1'] };

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes);
}

function record(text: string, count = 1): { count: number; bytes: Uint8Array } {
  return { count, bytes: bytesOf(text) };
}

function session(userId: string, sessionId: string, seq: number) {
  return { userId, sessionId, seq, atMs: NOON_MS };
}

function recordsFrom(store: ShardStore, position: number): string[] {
  return [...store.journal.from(position)].map(
    (found) => `${found.position}+${found.count}:${textOf(found.bytes)}`,
  );
}

describe.each(STORE_KINDS)('a $name store', (kind) => {
  test('is empty at first', async () => {
    const store = await openForTest(kind);
    expect(store.journal.end).toBe(0);
    expect(store.checkpoint).toBe(0);
    expect([...store.journal.from(0)]).toEqual([]);
    expect([...store.users()]).toEqual([]);
    expect([...store.blobs('')]).toEqual([]);
    expect([...store.sessions(), ...store.eventIds(), ...store.aliases()]).toEqual([]);
    expect([store.statesModel, store.hasRetired]).toEqual([0, false]);
    expect(store.user('ann')).toBeUndefined();
    expect(store.sessionSeq('ann', 's')).toBeUndefined();
    expect(store.alias('ann')).toBeUndefined();
    expect(store.blob('rows/1')).toBeUndefined();
    expect(store.hasEventId('ann', 'e')).toBe(false);
  });

  test('keeps the largest seq that the wire has', async () => {
    const store = await openForTest(kind);
    const largest = [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER];
    const done = store.commit({ sessions: largest.map((seq) => session('ann', `s${seq}`, seq)) });
    for (const turn of [Promise.resolve(), done]) {
      await turn;
      for (const seq of largest) expect(store.sessionSeq('ann', `s${seq}`)).toBe(seq);
      expect([...store.sessions()].map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(largest);
    }
  });

  test('shows every part of a commit at once, before it is durable', async () => {
    const store = await openForTest(kind);
    const done = store.commit({
      journal: record('click', 2),
      sessions: [session('ann', 's', 2)],
      eventIds: [{ userId: 'ann', eventId: 'e', atMs: NOON_MS }],
      users: [{ userId: 'ann', bytes: bytesOf('state') }],
      aliases: [{ userId: 'visitor', to: 'ann' }],
      blobs: [{ key: 'rows/1', bytes: bytesOf('rows') }],
      checkpoint: 2,
    });
    const early = contentOf(store, NAMES);
    expect(store.journal.end).toBe(2);
    expect(store.checkpoint).toBe(2);
    expect(recordsFrom(store, 0)).toEqual(['0+2:click']);
    expect(store.sessionSeq('ann', 's')).toBe(2);
    expect(store.hasEventId('ann', 'e')).toBe(true);
    expect(store.eventIdsOf('ann', 2)).toEqual(['e']);
    expect(textOf(store.user('ann'))).toBe('state');
    expect(store.alias('visitor')).toBe('ann');
    expect(textOf(store.blob('rows/1'))).toBe('rows');
    await done;
    expect(contentOf(store, NAMES)).toEqual(early);
  });

  test('resolves commits in the order of the calls', async () => {
    const store = await openForTest(kind);
    const order: number[] = [];
    const commits = [1, 2, 3, 4, 5].map((n) =>
      store
        .commit(n % 2 === 0 ? { sessions: [session('ann', 's', n)] } : { journal: record(`${n}`) })
        .then(() => order.push(n)),
    );
    await Promise.all(commits);
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect(store.sessionSeq('ann', 's')).toBe(4);
    expect(store.journal.end).toBe(3);
  });

  test('keeps the newer value when commits follow each other without waiting', async () => {
    const store = await openForTest(kind);
    const first = store.commit({ users: [{ userId: 'ann', bytes: bytesOf('old') }] });
    const second = store.commit({ users: [{ userId: 'ann', bytes: bytesOf('new') }] });
    expect(textOf(store.user('ann'))).toBe('new');
    await first;
    expect(textOf(store.user('ann'))).toBe('new');
    await second;
    expect(textOf(store.user('ann'))).toBe('new');
  });

  test('copies values, both ways', async () => {
    const store = await openForTest(kind);
    const bytes = Buffer.from('state');
    const done = store.commit({
      journal: { count: 1, bytes },
      users: [{ userId: 'ann', bytes }],
      blobs: [{ key: 'b', bytes }],
    });
    bytes.fill(0);
    store.user('ann')!.fill(1);
    store.blob('b')!.fill(1);
    for (const found of store.journal.from(0)) found.bytes.fill(1);
    await done;
    expect(textOf(store.user('ann'))).toBe('state');
    expect(textOf(store.blob('b'))).toBe('state');
    expect(recordsFrom(store, 0)).toEqual(['0+1:state']);
  });

  test('drops whole pieces from the front, up to the position and never the last record', async () => {
    const store = await openForTest(kind);
    // Of files, each fills one.
    const long = (text: string, count = 1) => record(text.repeat(LONG), count);
    const kept = (from: number) => recordsFrom(store, from).map((text) => text.slice(0, 5));
    expect(store.journal.start).toBe(0);
    await store.commit({ journal: long('a', 3) });
    await store.commit({ journal: long('b', 1) });
    expect([...store.journal.pieces()].map(({ end }) => end)).toEqual([3]);
    void store.commit({ journal: long('c', 5), checkpoint: 9 });
    await store.commit({ dropBefore: 3 });
    expect(store.journal.start).toBe(3);
    expect(kept(0)).toEqual(['3+1:b', '4+5:c']);
    await store.commit({ dropBefore: 3 });
    expect(store.journal.start).toBe(3);
    await store.commit({ dropBefore: 9 });
    expect([store.journal.start, store.journal.end]).toEqual([4, 9]);
    expect(kept(0)).toEqual(['4+5:c']);
    await store.commit({ journal: record('d') });
    expect(kept(5)).toEqual(['4+5:c', '9+1:d']);
  });

  test('drops what can be dropped, a bounded number of records in one commit', async () => {
    const store = await openForTest(kind);
    const count = DROPPED_RECORDS_MAX + 10;
    for (let i = 1; i < count; i++) void store.commit({ journal: record('a') });
    await store.commit({ journal: record('a'), checkpoint: count });
    const pieces = [...store.journal.pieces()];
    await store.commit({ dropBefore: count });
    expect(store.journal.start).toBe(pieces.at(DROPPED_RECORDS_MAX - 1)?.end ?? pieces.at(-1)?.end ?? 0);
    await store.commit({ dropBefore: count });
    expect([...store.journal.pieces()]).toEqual([]);
    expect(recordsFrom(store, 0).at(-1)).toBe(`${count - 1}+1:a`);
  });

  test('says what can be dropped, how much that is, and how young', async () => {
    const store = await openForTest(kind);
    for (const text of ['a', 'b', 'c']) await store.commit({ journal: record(text.repeat(LONG)) });
    const { bytes } = store.journal;
    const pieces = [...store.journal.pieces()];
    expect(pieces.map(({ end }) => end)).toEqual([1, 2]);
    for (const [i, { newest }] of pieces.entries()) {
      const young = textOf(newest())?.at(0);
      expect(['ab', 'bc'][i]).toContain(young);
    }
    await store.commit({ checkpoint: 3 });
    await store.commit({ dropBefore: 1 });
    expect(store.journal.bytes).toBe(bytes - pieces[0].bytes);
    expect([...store.journal.pieces()].map(({ end }) => end)).toEqual([2]);
  });

  test('says what its journal takes: more with each record, less when they are dropped', async () => {
    const store = await openForTest(kind);
    const count = 1_000;
    for (let i = 1; i < count; i++) {
      const done = store.commit({ journal: record('a'.repeat(100)) });
      if (i % 250 === 0) await done;
    }
    await store.commit({ journal: record('a'.repeat(100)), checkpoint: count });
    await store.commit({ journal: record('a') });
    const { bytes } = store.journal;
    expect(bytes).toBeGreaterThan(100 * (count - 1));
    expect(bytes).toBeLessThan(200 * count);
    await store.commit({ dropBefore: count / 2 });
    expect(store.journal.bytes).toBeLessThan(0.6 * bytes);
    await store.commit({ dropBefore: count });
    expect(store.journal.bytes).toBeLessThan(5_000);
  });

  test('names users and sessions in an order of its own, after any of them', async () => {
    const store = await openForTest(kind);
    const names = ['ann', 'bob', 'a much longer name', '\u0001v', 'käthe', '名'];
    await store.commit({
      users: names.map((userId) => ({ userId, bytes: bytesOf('state') })),
      sessions: names.flatMap((userId) => [session(userId, 's', 1), session(userId, 't', 2)]),
    });
    const users = [...store.userNames('')];
    expect([...users].sort()).toEqual([...names].sort());
    for (const [i, name] of users.entries()) expect([...store.userNames(name)]).toEqual(users.slice(i + 1));
    const sessions = [...store.sessionsAfter(undefined)];
    expect(sessions).toHaveLength(2 * names.length);
    for (const [i, row] of sessions.entries())
      expect([...store.sessionsAfter(row)]).toEqual(sessions.slice(i + 1));
    await store.commit({ users: [{ userId: users[1], bytes: undefined }] });
    expect([...store.userNames(users[0])]).toEqual(users.slice(2));
    expect([...store.sessionsAfter(undefined)].map(({ userId }) => userId)).not.toContain(users[1]);
  });

  test('refuses to drop what no state contains', async () => {
    const store = await openForTest(kind);
    await store.commit({ journal: record('a', 3), checkpoint: 2 });
    expect(() => store.commit({ dropBefore: 3 })).toThrow('states contain those before 2');
  });

  test('gives journal records from the one that holds the position', async () => {
    const store = await openForTest(kind);
    await store.commit({ journal: record('a', 3) });
    await store.commit({ journal: record('b', 1) });
    const pending = store.commit({ journal: record('c', 5) });
    expect(recordsFrom(store, 0)).toEqual(['0+3:a', '3+1:b', '4+5:c']);
    expect(recordsFrom(store, 2)).toEqual(['0+3:a', '3+1:b', '4+5:c']);
    expect(recordsFrom(store, 3)).toEqual(['3+1:b', '4+5:c']);
    expect(recordsFrom(store, 8)).toEqual(['4+5:c']);
    expect(recordsFrom(store, 9)).toEqual([]);
    await pending;
    expect(recordsFrom(store, 4)).toEqual(['4+5:c']);
    expect(recordsFrom(store, 9)).toEqual([]);
  });

  test('reads a journal of many records in order, while more are appended', async () => {
    const store = await openForTest(kind);
    for (let i = 0; i < 300; i++) void store.commit({ journal: record(`${i}`) });
    await store.commit({});
    const seen: number[] = [];
    for (const found of store.journal.from(100)) {
      if (seen.length === 0) await store.commit({ journal: record('late') });
      seen.push(found.position);
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => 100 + i));
  });

  test('removes a user with their sessions, and nobody else', async () => {
    const store = await openForTest(kind);
    await store.commit({
      users: ['ann', 'an', 'anna', ''].map((userId) => ({ userId, bytes: bytesOf(userId) })),
      sessions: [
        session('ann', 's', 1),
        session('an', 'ns', 2),
        session('anna', 's', 3),
        session('', 'anns', 4),
      ],
    });
    const done = store.commit({ sessions: [session('ann', 'pending', 5)] });
    const removed = store.commit({ users: [{ userId: 'ann', bytes: undefined }] });
    for (const turn of [done, removed]) {
      expect(store.user('ann')).toBeUndefined();
      expect(store.sessionSeq('ann', 's')).toBeUndefined();
      expect(store.sessionSeq('ann', 'pending')).toBeUndefined();
      expect([...store.users()].map(({ userId }) => userId).sort()).toEqual(['', 'an', 'anna']);
      await turn;
    }
    expect(store.sessionSeq('an', 'ns')).toBe(2);
    expect(store.sessionSeq('anna', 's')).toBe(3);
    expect(store.sessionSeq('', 'anns')).toBe(4);
  });

  test('keeps the sessions that a removed user is given in the same batch, and no others', async () => {
    const store = await openForTest(kind);
    await store.commit({ sessions: [session('ann', 'old', 3), session('ann', 's', 5)] });
    const pending = store.commit({ sessions: [session('ann', 'pending', 4)] });
    const done = store.commit({
      users: [{ userId: 'ann', bytes: undefined }],
      sessions: [session('ann', 's', 7)],
    });
    for (const turn of [pending, done]) {
      expect([...store.sessions()].map(({ sessionId, seq }) => `${sessionId} ${seq}`)).toEqual(['s 7']);
      expect(store.sessionSeq('ann', 's')).toBe(7);
      expect(['old', 'pending'].map((id) => store.sessionSeq('ann', id))).toEqual([undefined, undefined]);
      await turn;
    }
    await store.commit({ users: [{ userId: 'ann', bytes: undefined }] });
    expect(store.sessionSeq('ann', 's')).toBeUndefined();
  });

  test('tells names apart that share units, bytes or beginnings', async () => {
    const store = await openForTest(kind);
    const names = [
      'a',
      'A',
      'ab',
      'b',
      'ä',
      'Ä',
      '€',
      '\u{1f600}',
      '\ud83d',
      '\ude00',
      '\0',
      '\0\0',
      'a\0',
      '',
      '\xff',
      'ÿ€',
    ];
    await store.commit({
      users: names.map((userId) => ({ userId, bytes: bytesOf(`user ${names.indexOf(userId)}`) })),
      sessions: names.flatMap((userId, u) =>
        names.map((sessionId, s) => session(userId, sessionId, 100 * u + s)),
      ),
      aliases: names.map((userId) => ({ userId, to: userId })),
      blobs: names.map((key) => ({ key, bytes: bytesOf(`blob ${names.indexOf(key)}`) })),
    });
    expect([...store.users()].map(({ userId }) => userId).sort()).toEqual([...names].sort());
    expect([...store.blobs('')].map(({ key }) => key).sort()).toEqual([...names].sort());
    names.forEach((name, u) => {
      expect(textOf(store.user(name))).toBe(`user ${u}`);
      expect(textOf(store.blob(name))).toBe(`blob ${u}`);
      expect(store.alias(name)).toBe(name);
      expect(names.map((sessionId) => store.sessionSeq(name, sessionId))).toEqual(
        names.map((_, s) => 100 * u + s),
      );
    });
  });

  test('takes a blob that was sealed before as it takes any other', async () => {
    const store = await openForTest(kind);
    const blob = store.sealBlob('rows/1', bytesOf('sealed'));
    expect(textOf(blob.bytes)).toBe('sealed');
    const committed = store.commit({ blobs: [blob, { key: 'rows/2', bytes: bytesOf('plain') }] });
    const found = () => [...store.blobs('')].map(({ key, bytes }) => `${key}: ${textOf(bytes)}`).sort();
    expect(found()).toEqual(['rows/1: sealed', 'rows/2: plain']);
    await committed;
    expect(found()).toEqual(['rows/1: sealed', 'rows/2: plain']);
    expect(textOf(store.blob('rows/1'))).toBe('sealed');
  });

  test('finds blobs by prefix, pending ones included, removed ones not', async () => {
    const store = await openForTest(kind);
    await store.commit({
      blobs: ['rows/1', 'rows/2', 'rowsx', 'row'].map((key) => ({ key, bytes: bytesOf(key) })),
    });
    const done = store.commit({
      blobs: [
        { key: 'rows/3', bytes: bytesOf('rows/3') },
        { key: 'rows/1', bytes: undefined },
        { key: 'other', bytes: bytesOf('other') },
      ],
    });
    expect([...store.blobs('rows/')].map(({ key }) => key).sort()).toEqual(['rows/2', 'rows/3']);
    await done;
    expect([...store.blobs('rows/')].map(({ key }) => key).sort()).toEqual(['rows/2', 'rows/3']);
    expect([...store.blobs('')].map(({ key }) => key).sort()).toEqual([
      'other',
      'row',
      'rows/2',
      'rows/3',
      'rowsx',
    ]);
    expect(store.blob('rows/1')).toBeUndefined();
  });

  test('gives every session, event id and alias, pending ones included, removed ones not', async () => {
    const store = await openForTest(kind);
    const names = ['ann', '€', ''];
    await store.commit({
      sessions: names.map((userId, i) => session(userId, 's', i)),
      eventIds: [
        { userId: 'ann', eventId: 'old', atMs: NOON_MS - DAY_MS },
        { userId: 'bob', eventId: 'old', atMs: NOON_MS - DAY_MS },
      ],
      aliases: names.map((userId) => ({ userId, to: '€uro' })),
    });
    const done = store.commit({
      sessions: [session('ann', 's', 8), session('bob', 't', 9)],
      eventIds: [
        { userId: 'ann', eventId: 'new', atMs: NOON_MS },
        { userId: 'bob', eventId: 'old', atMs: NOON_MS },
      ],
      users: [{ userId: '', bytes: undefined }],
      aliases: [
        { userId: 'ann', to: 'eve' },
        { userId: '', to: undefined },
      ],
    });
    for (const turn of [Promise.resolve(), done]) {
      await turn;
      expect([...store.sessions()].sort((a, b) => a.seq - b.seq)).toEqual([
        session('€', 's', 1),
        session('ann', 's', 8),
        session('bob', 't', 9),
      ]);
      const [oldest, ...newer] = store.eventIds();
      const midnight = NOON_MS - DAY_MS / 2;
      expect(oldest).toEqual({ userId: 'ann', eventId: 'old', atMs: midnight - DAY_MS });
      expect(newer.sort((a, b) => (a.userId < b.userId ? -1 : 1))).toEqual([
        { userId: 'ann', eventId: 'new', atMs: midnight },
        { userId: 'bob', eventId: 'old', atMs: midnight },
      ]);
      expect([...store.aliases()].sort((a, b) => (a.userId < b.userId ? -1 : 1))).toEqual([
        { userId: 'ann', to: 'eve' },
        { userId: '€', to: '€uro' },
      ]);
      expect(store.alias('')).toBeUndefined();
    }
    await store.commit({ eventIds: [{ userId: 'ann', eventId: 'later', atMs: NOON_MS + 3 * DAY_MS }] });
    expect([...store.eventIds()].map(({ eventId }) => eventId)).toEqual(['later']);
  });

  test('keeps event ids for at least 24 h and at most 48 h', async () => {
    const store = await openForTest(kind);
    const at = (eventId: string, atMs: number) =>
      store.commit({ eventIds: [{ userId: 'ann', eventId, atMs }] });
    const midnight = NOON_MS + DAY_MS / 2;
    await at('late', midnight - 1);
    await at('next day', midnight - 1 + DAY_MS);
    expect(store.hasEventId('ann', 'late')).toBe(true);
    expect(store.hasEventId('bob', 'late')).toBe(false);
    const turn = at('third day', midnight + DAY_MS);
    expect(store.hasEventId('ann', 'late')).toBe(false);
    expect(store.hasEventId('ann', 'next day')).toBe(true);
    await turn;
    expect(store.hasEventId('ann', 'late')).toBe(false);
    expect(store.hasEventId('ann', 'third day')).toBe(true);
    expect(store.eventIdsOf('ann', 9)).toEqual(['third day', 'next day']);
    expect(store.eventIdsOf('ann', 1)).toEqual(['third day']);
    expect(store.eventIdsOf('an', 9)).toEqual([]);
    await at('clock set back', NOON_MS);
    expect(store.hasEventId('ann', 'clock set back')).toBe(true);
    await at('a week later', midnight + 8 * DAY_MS);
    expect(['next day', 'third day', 'clock set back'].some((id) => store.hasEventId('ann', id))).toBe(false);
    expect(store.hasEventId('ann', 'a week later')).toBe(true);
  });

  test('takes a batch whole or not at all when it cannot be written', async () => {
    const store = await openForTest(kind);
    const long = 'x'.repeat(NAME_LENGTH_MAX + 1);
    const journal = record('click');
    const refused = [
      { journal, users: [{ userId: long, bytes: bytesOf('') }] },
      { journal, sessions: [session('ann', long, 1)] },
      { journal, sessions: [session('ann', 's', -1)] },
      { journal, sessions: [session('ann', 's', 2 ** 53)] },
      { journal, eventIds: [{ userId: 'ann', eventId: long, atMs: NOON_MS }] },
      { journal, eventIds: [{ userId: 'ann', eventId: 'e', atMs: Number.NaN }] },
      { journal, aliases: [{ userId: 'ann', to: long }] },
      { journal, blobs: [{ key: long, bytes: bytesOf('') }] },
      { journal, checkpoint: 2 },
      { journal: { count: 0, bytes: bytesOf('') } },
      { checkpoint: -1 },
    ];
    for (const batch of refused) expect(() => store.commit(batch)).toThrow(RangeError);
    await store.commit({});
    expect(store.journal.end).toBe(0);
    expect([...store.journal.from(0)]).toEqual([]);
  });

  test('takes names of the greatest length', async () => {
    const store = await openForTest(kind);
    const long = '€'.repeat(NAME_LENGTH_MAX);
    await store.commit({
      users: [{ userId: long, bytes: bytesOf('state') }],
      sessions: [session(long, long, 1)],
      eventIds: [{ userId: long, eventId: long, atMs: NOON_MS }],
      blobs: [{ key: long, bytes: bytesOf('blob') }],
    });
    expect([...store.users()].map(({ userId }) => userId)).toEqual([long]);
    expect(store.sessionSeq(long, long)).toBe(1);
    expect(store.hasEventId(long, long)).toBe(true);
    expect([...store.blobs('€')].map(({ key }) => key)).toEqual([long]);
  });

  test('never moves the checkpoint back', async () => {
    const store = await openForTest(kind);
    await store.commit({ journal: record('a', 4), checkpoint: 3 });
    expect(() => store.commit({ checkpoint: 2 })).toThrow(RangeError);
    await store.commit({ checkpoint: 3 });
    expect(store.checkpoint).toBe(3);
  });

  test('carries values of any size', async () => {
    const store = await openForTest(kind);
    const sizes = [0, 1, 2_000, 2_100, 5_000, 70_000, 3_000_000, 20_000_000];
    const users = sizes.map((size) => ({ userId: `u${size}`, bytes: Buffer.alloc(size, `${size}`) }));
    await store.commit({ users, journal: { count: 1, bytes: users.at(-1)!.bytes } });
    for (const { userId, bytes } of users) expect(Buffer.compare(store.user(userId)!, bytes)).toBe(0);
    for (const { userId, bytes } of store.users()) expect(bytes.length).toBe(Number(userId.slice(1)));
    expect([...store.journal.from(0)][0].bytes.length).toBe(20_000_000);
  });

  test('commits more rows at once than lmdb-js queues in one go', async () => {
    const store = await openForTest(kind);
    const users = Array.from({ length: 3_000 }, (_, i) => ({
      userId: `u${i}`,
      bytes: Buffer.alloc(3_000, i % 251),
    }));
    await store.commit({ journal: record('many'), users });
    expect([...store.users()].length).toBe(3_000);
    expect(Buffer.compare(store.user('u2999')!, users[2999].bytes)).toBe(0);
  });

  test('close waits for the commits on their way, and refuses what comes later', async () => {
    const store = await openForTest(kind);
    let isDone = false;
    const done = store.commit({ journal: record('last') }).then(() => (isDone = true));
    await store.close();
    expect(isDone).toBe(true);
    await done;
    expect(() => store.commit({ journal: record('too late') })).toThrow('closed');
    await store.close();
  });

  test('copies itself to a folder, or says that it cannot', async () => {
    const home = temporaryFolder();
    const store = await openForTest(kind, home);
    await store.commit({ journal: record('a', 2), sessions: [session('ann', 's', 2)], checkpoint: 1 });
    const folder = `${temporaryFolder()}/copy.of.shard`;
    if (!kind.isOnDisk) {
      await expect(store.copyTo(folder)).rejects.toThrow('in memory');
      return;
    }
    await store.copyTo(folder);
    await store.commit({ journal: record('b') });
    if (kind.keysOf !== undefined) cpSync(kind.keysOf(home), kind.keysOf(folder), { recursive: true });
    const copy = await openForTest(kind, folder);
    expect(recordsFrom(copy, 0)).toEqual(['0+2:a']);
    expect(copy.sessionSeq('ann', 's')).toBe(2);
    expect(copy.checkpoint).toBe(1);
  });
});

describe.each(STORE_KINDS.filter((kind) => kind.isOnDisk))('a $name store, opened again', (kind) => {
  test('[D4] holds everything that was committed', async () => {
    const folder = temporaryFolder();
    const first = await kind.open(folder);
    await first.commit({
      journal: record('a', 2),
      sessions: [session('ann', 's', 2)],
      eventIds: [{ userId: 'ann', eventId: 'e', atMs: NOON_MS }],
      users: [{ userId: 'ann', bytes: bytesOf('state') }],
      aliases: [{ userId: 'visitor', to: 'ann' }],
      blobs: [{ key: 'rows/1', bytes: bytesOf('rows') }],
      checkpoint: 1,
    });
    const before = contentOf(first, NAMES);
    await first.close();
    const second = await openForTest(kind, folder);
    expect(contentOf(second, NAMES)).toEqual(before);
    await second.commit({
      journal: record('b'),
      eventIds: [{ userId: 'ann', eventId: 'f', atMs: NOON_MS + DAY_MS }],
    });
    expect(recordsFrom(second, 0)).toEqual(['0+2:a', '2+1:b']);
    expect(second.hasEventId('ann', 'e')).toBe(true);
  });

  test('keeps rebuilt states apart until they are adopted, and those they replace until they are cleared', async () => {
    const store = await openForTest(kind);
    const row = (userId: string, text: string) => ({ userId, bytes: bytesOf(text) });
    await store.commit({ users: [row('ann', 'old'), row('bob', 'old'), row('cat', 'old')] });
    await store.commit({ rebuilt: [row('ann', 'new'), row('bob', 'new')] });
    expect(['ann', 'bob'].map((user) => textOf(store.user(user)))).toEqual(['old', 'old']);
    expect(['ann', 'cat'].map((user) => textOf(store.rebuilt(user)))).toEqual(['new', undefined]);
    await store.commit({
      users: [row('cat', 'last')],
      rebuilt: [row('bob', 'newer')],
      states: { op: 'adopt', model: 5 },
    });
    expect([store.statesModel, store.hasRetired]).toEqual([5, true]);
    expect(['ann', 'bob', 'cat'].map((user) => textOf(store.user(user)))).toEqual(['new', 'newer', 'last']);
    const retired = [...store.retired('')].map(({ userId }) => userId);
    expect([...retired].sort()).toEqual(['ann', 'bob', 'cat']);
    expect(['ann', 'cat', 'dan'].map((user) => store.isRetired(user))).toEqual([false, true, false]);
    expect([...store.retired(retired[0])].map(({ userId }) => userId)).toEqual(retired.slice(1));
    expect([...store.users()].map(({ userId, bytes }) => `${userId} ${textOf(bytes)}`).sort()).toEqual([
      'ann new',
      'bob newer',
      'cat last',
    ]);
    await store.commit({ users: [{ userId: 'bob', bytes: undefined }] });
    expect(store.user('bob')).toBeUndefined();
    await store.commit({ states: { op: 'clear' } });
    expect(store.hasRetired).toBe(false);
    expect(['ann', 'cat'].map((user) => textOf(store.user(user)))).toEqual(['new', undefined]);
  });
});
