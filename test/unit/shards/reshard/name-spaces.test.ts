import { expect, test } from 'vitest';
import { separateNames } from '../../../../shards/reshard/name-spaces.js';
import { shardOf } from '../../../../shards/reshard/placement.js';
import { begunMerges } from '../../../../shards/live/merge-intents.js';
import { openMemoryStore } from '../../../../shards/store/memory/memory-store.js';
import type { ShardStore } from '../../../../shards/store/store.js';
import { isVisitor, keyOfOldName, visitor } from '../../../../shards/store/user-key.js';
import { RecordingStore } from '../../../support/store/recording-store.js';

const SHARDS = 3;
const AT_MS = 1_760_000_000_000;

/** A data folder of format 1: users with their sessions, and aliases where the old version wrote them. */
class OldFolder {
  readonly stores: ShardStore[];
  readonly warnings: object[] = [];

  constructor(open: () => ShardStore = openMemoryStore) {
    this.stores = Array.from({ length: SHARDS }, open);
  }

  of(name: string): ShardStore {
    return this.stores[shardOf(name, SHARDS)];
  }

  /** `sessions` by id: their last `seq`. */
  async user(name: string, sessions: Readonly<Record<string, number>>): Promise<this> {
    await this.of(name).commit({
      users: [{ userId: name, bytes: Buffer.from(`state of ${name}`) }],
      sessions: Object.entries(sessions).map(([sessionId, seq]) => ({
        userId: name,
        sessionId,
        seq,
        atMs: AT_MS,
      })),
      eventIds: [{ userId: name, eventId: `key of ${name}`, atMs: AT_MS }],
    });
    return this;
  }

  /** What a merge left: an alias where either of the two is. */
  async alias(userId: string, to: string, at = [userId, to]): Promise<this> {
    for (const name of at) await this.of(name).commit({ aliases: [{ userId, to }] });
    return this;
  }

  async separate(rowsMax = 2, signal?: AbortSignal): Promise<this> {
    const log = { warn: (facts: object) => this.warnings.push(facts) } as never;
    await separateNames(this.stores, { shards: SHARDS, rowsMax, log, signal });
    return this;
  }

  stateOf(key: string): string | undefined {
    const bytes = this.of(key).user(key);
    return bytes && Buffer.from(bytes).toString();
  }

  get all() {
    return this.stores.map((store) => [
      [...store.users()].map(({ userId, bytes }) => [userId, Buffer.from(bytes).toString()]).sort(),
      [...store.sessions()].map(({ userId, sessionId, seq }) => [userId, sessionId, seq]).sort(),
      [...store.aliases()].map(({ userId, to }) => [userId, to]).sort(),
      begunMerges(store),
    ]);
  }
}

test('[D1][D4] a user whose one session has their name was a visitor: state, seq and idempotence keys are the visitor’s', async () => {
  const folder = await (await new OldFolder().user('S', { S: 7 })).separate();
  const store = folder.of('S');
  expect([folder.stateOf(visitor('S')), folder.stateOf('S')]).toEqual(['state of S', undefined]);
  expect([store.sessionSeq(visitor('S'), 'S'), store.sessionSeq('S', 'S')]).toEqual([7, undefined]);
  expect(store.hasEventId(visitor('S'), 'key of S')).toBe(true);
  expect(keyOfOldName(store, 'S')).toBe(visitor('S'));
});

test('[D1][D4] whoever has another session, none, or visitors of their own, had a name and keeps it', async () => {
  const folder = new OldFolder();
  await folder.user('ann', { ann: 1, phone: 3 });
  await folder.user('bob', { laptop: 2 });
  await folder.user('eve', {});
  await folder.user('joe', { joe: 4 });
  await folder.alias('gone', 'joe');
  await folder.separate();
  for (const name of ['ann', 'bob', 'eve', 'joe']) {
    expect(folder.stateOf(name)).toBe(`state of ${name}`);
    expect(keyOfOldName(folder.of(name), name)).toBe(name);
  }
  expect(folder.of('ann').sessionSeq('ann', 'phone')).toBe(3);
  expect(folder.of('joe').sessionSeq('joe', 'joe')).toBe(4);
});

test('a visitor who was merged leads to the named user, as do the old records of theirs', async () => {
  const folder = await (await (await new OldFolder().user('ann', { phone: 1 })).alias('S', 'ann')).separate();
  for (const name of ['S', 'ann']) {
    expect(folder.of(name).alias(visitor('S'))).toBe('ann');
    expect(folder.of(name).alias('S')).toBe(visitor('S'));
  }
  expect(folder.warnings).toEqual([]);
});

test('chains and circles of merges end at the first user who has something, and are named in the log', async () => {
  const folder = new OldFolder();
  await folder.user('c', { tab: 1 });
  await folder.alias('a', 'b');
  await folder.alias('b', 'c');
  // Crossed: x was merged into y, and then y into x, who has it all.
  await folder.user('x', { x: 2, y: 3 });
  await folder.alias('x', 'y');
  await folder.alias('y', 'x');
  // A circle in which nobody has anything.
  await folder.alias('p', 'q');
  await folder.alias('q', 'p');
  await folder.separate();
  const ownerOf = (session: string) => folder.of(session).alias(visitor(session));
  expect(['a', 'b', 'x', 'y'].map(ownerOf)).toEqual(['c', 'c', 'x', 'x']);
  expect(['p', 'q']).toContain(ownerOf('p'));
  expect(folder.stateOf('x')).toBe('state of x');
  expect(keyOfOldName(folder.of('x'), 'x')).toBe('x');
  expect(folder.warnings).toContainEqual({ user: 'a', mergedInto: 'b', belongsTo: 'c' });
  for (const store of folder.stores)
    for (const { userId, to } of store.aliases()) expect(isVisitor(userId) !== isVisitor(to)).toBe(true);
});

test('[D1] what was written to a visitor after they had been merged is merged at the next start', async () => {
  const folder = new OldFolder();
  await folder.user('ann', { S: 2 });
  await folder.user('S', { S: 5 });
  await (await folder.alias('S', 'ann')).separate();
  expect(folder.stateOf(visitor('S'))).toBe('state of S');
  expect(begunMerges(folder.of('S'))).toEqual([{ visitor: visitor('S'), into: 'ann' }]);
  expect(folder.of('S').sessionSeq(visitor('S'), 'S')).toBe(5);
});

test('a visitor whose merge a crash broke off before it was known where they are, is one still', async () => {
  const folder = new OldFolder();
  await folder.user('ann', { S: 2 });
  const session = ['S', 'T', 'U', 'V'].find((name) => folder.of(name) !== folder.of('ann')) ?? '';
  await folder.user(session, { [session]: 3 });
  await (await folder.alias(session, 'ann', ['ann'])).separate();
  expect(folder.stateOf(visitor(session))).toBe(`state of ${session}`);
  expect(folder.of(session).alias(visitor(session))).toBeUndefined();
  expect(folder.of('ann').alias(visitor(session))).toBe('ann');
});

test('[D1] a crash behind any commit, and doing it again, comes to the same', async () => {
  const fill = async (folder: OldFolder) => {
    for (const name of ['S', 'T', 'U', 'V', 'W']) await folder.user(name, { [name]: 1 });
    await folder.user('ann', { phone: 1 });
    await folder.user('x', { x: 2, y: 3 });
    await folder.user('late', { late: 2 });
    for (const [from, to] of [
      ['x', 'y'],
      ['y', 'x'],
      ['a', 'b'],
      ['b', 'ann'],
      ['late', 'ann'],
    ] as const)
      await folder.alias(from, to);
    return folder;
  };
  const recorded = await fill(new OldFolder(() => new RecordingStore()));
  const before = recorded.stores.map((store) => (store as RecordingStore).batches.length);
  const whole = (await recorded.separate()).all;
  for (const [i, store] of recorded.stores.entries()) {
    const { batches } = store as RecordingStore;
    for (let count = before[i]; count <= batches.length; count++) {
      // Shards are gone through in order: those before are done, those behind have not been begun.
      const counts = recorded.stores.map((other, j) =>
        j < i ? (other as RecordingStore).batches.length : j > i ? before[j] : count,
      );
      const stores = await Promise.all(
        recorded.stores.map((other, j) => (other as RecordingStore).afterCrash(counts[j])),
      );
      const folder = new OldFolder();
      folder.stores.splice(0, SHARDS, ...stores);
      expect((await folder.separate()).all).toEqual(whole);
    }
  }
});

/** A signal that is aborted when it is looked at for the nth time. */
function abortedAfter(looks: number): AbortSignal {
  let left = looks;
  return {
    get aborted() {
      return --left < 0;
    },
  } as AbortSignal;
}

test('a start that is given up between any two bites leaves what the next one goes on from', async () => {
  const filled = async () => {
    const folder = new OldFolder();
    for (const name of ['S', 'T', 'U', 'V']) await folder.user(name, { [name]: 2 });
    for (const name of ['ann', 'bob']) await folder.user(name, { phone: 3 });
    await folder.alias('T', 'ann');
    await folder.alias('gone', 'bob');
    return folder;
  };
  const expected = (await (await filled()).separate()).all;
  let hasEnded = false;
  let bites = 0;
  for (; !hasEnded; bites++) {
    const folder = await filled();
    const given = await folder.separate(1, abortedAfter(bites)).catch((error: unknown) => error);
    hasEnded = given === folder;
    if (!hasEnded) expect(given).toMatchObject({ code: 'start_given_up' });
    expect((await folder.separate(1)).all).toEqual(expected);
  }
  expect(bites).toBeGreaterThan(10);
});
