import { describe, expect, test } from 'vitest';
import { DATA_FORMAT } from '../../shards/store/data-folder.js';
import { FakeClock } from '../../metrics/process/clock.js';
import { createLog } from '../../metrics/process/log.js';
import {
  keeperOfPage,
  positionWrite,
  storedPosition,
} from '../../shards/graph/interactions/interaction-pages.js';
import { statePosition, asMovedState } from '../../shards/graph/interest/state/state-header.js';
import { shardOf as hash } from '../../shards/reshard/placement.js';
import { placeUsers } from '../../shards/reshard/reshard.js';
import { decodeRecord } from '../../shards/store/journal-record.js';
import type { ShardStore } from '../../shards/store/store.js';
import { MemoryFolders } from '../support/store/memory-folders.js';

const DAY_MS = 86_400_000;
const NOON_MS = 20_000 * DAY_MS + DAY_MS / 2;
const ROWS_MAX = 25;
/** Rows of the session table: eight pages. */
const SESSIONS = 8 * 256;
const USERS = Array.from({ length: 120 }, (_, i) => `user-${i}`);
/** Visitors who were merged into the user of the same number. */
const VISITORS = Array.from({ length: 12 }, (_, i) => `visitor-${i}`);
const PAGES = [
  ...Array.from({ length: 70 }, (_, page) => `interactions/items/${page}`),
  ...Array.from({ length: 8 }, (_, page) => `interactions/sessions/${page}`),
];
const STATE_BYTES = 32;
/** The journal before any move, as far as anybody reads it. */
const JOURNAL = 'events';

const placements = new Map<string, number>();

/** The hash, remembered: the tests ask for it some hundred thousand times. */
function shardOf(userId: string, shards: number): number {
  const key = `${shards}/${userId}`;
  const shard = placements.get(key) ?? hash(userId, shards);
  placements.set(key, shard);
  return shard;
}

const userOf = (visitor: string) => visitor.replace('visitor', 'user');
const seqOf = (userId: string) => Number(userId.slice('user-'.length)) + 1;
const eventDayMs = (userId: string) => (seqOf(userId) % 2 === 0 ? NOON_MS : NOON_MS - DAY_MS);

/** A state that names its user, as of position 3. */
function stateOf(userId: string): Uint8Array {
  const state = Buffer.alloc(STATE_BYTES);
  state.write(userId, 16);
  return asMovedState(state, 3);
}

/** A folder as shards that stopped in order leave it. */
async function filledFolders(shards: number): Promise<MemoryFolders> {
  const folders = new MemoryFolders(shards);
  for (let shard = 0; shard < shards; shard++) {
    const isOwn = (userId: string) => shardOf(userId, shards) === shard;
    const own = USERS.filter(isOwn);
    const pages = PAGES.filter((key) => keeperOfPage(key, SESSIONS, shards) === shard);
    await folders.storeOf(shard).commit({
      journal: { count: 10 + shard, bytes: Buffer.from(JOURNAL) },
      checkpoint: 10 + shard,
      users: own.map((userId) => ({ userId, bytes: stateOf(userId) })),
      sessions: own.flatMap((userId) => [
        { userId, sessionId: 'a', seq: seqOf(userId), atMs: NOON_MS },
        { userId, sessionId: 'b', seq: 7, atMs: NOON_MS },
      ]),
      eventIds: own
        .map((userId) => ({ userId, eventId: 'e', atMs: eventDayMs(userId) }))
        .sort((a, b) => a.atMs - b.atMs),
      aliases: VISITORS.filter((visitor) => isOwn(visitor) || isOwn(userOf(visitor))).map((userId) => ({
        userId,
        to: userOf(userId),
      })),
      blobs: [...pages.map((key) => ({ key, bytes: Buffer.from(key) })), positionWrite(10)],
    });
  }
  return folders;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The position behind the entry with the state of a user who came from another store, the latest of each. */
function arrivals(store: ShardStore): Map<string, number> {
  const arrived = new Map<string, number>();
  for (const { position, bytes } of store.journal.from(0)) {
    if (Buffer.from(bytes).toString() === JOURNAL) continue;
    for (const [i, entry] of decodeRecord(bytes).entries()) {
      if (entry.entry === 'removed') arrived.delete(entry.user);
      if (entry.entry !== 'replaced') continue;
      expect(hexOf(asMovedState(entry.state!, 3))).toBe(hexOf(stateOf(entry.user)));
      arrived.set(entry.user, position + i + 1);
    }
  }
  return arrived;
}

/**
 * Everything is where it belongs, once, and nothing else is. One comparison for all users, not one for each: this is asked
 * some thousand times.
 */
function expectPlaced(folders: MemoryFolders, shards: number): void {
  expect(folders.read()).toEqual({ format: DATA_FORMAT, shards, createdAt: expect.any(String) });
  expect(folders.numbers()).toEqual(Array.from({ length: shards }, (_, shard) => shard));
  for (const shard of folders.numbers()) {
    const store = folders.storeOf(shard);
    const isOwn = (userId: string) => shardOf(userId, shards) === shard;
    const own = USERS.filter(isOwn).sort();
    const states = [...store.users()].sort((a, b) => (a.userId < b.userId ? -1 : 1));
    expect(states.map(({ userId }) => userId)).toEqual(own);
    expect(states.map(({ bytes }) => hexOf(asMovedState(bytes, 3)))).toEqual(
      own.map((userId) => hexOf(stateOf(userId))),
    );
    const arrived = arrivals(store);
    const positions = states.map(({ bytes }) => statePosition(bytes));
    expect(positions).toEqual(states.map(({ userId }) => arrived.get(userId) ?? 3));
    const sessions = [...store.sessions()].filter(({ sessionId }) => sessionId === 'a');
    expect(sessions.map(({ userId }) => userId).sort()).toEqual(own);
    expect(sessions.filter(({ userId, seq }) => seq !== seqOf(userId))).toEqual([]);
    expect(own.filter((userId) => store.sessionSeq(userId, 'b') !== 7)).toEqual([]);
    expect(own.filter((userId) => !store.hasEventId(userId, 'e'))).toEqual([]);
    const knows = (visitor: string) => isOwn(visitor) || isOwn(userOf(visitor));
    expect(VISITORS.map((visitor) => store.alias(visitor))).toEqual(
      VISITORS.map((visitor) => (knows(visitor) ? userOf(visitor) : undefined)),
    );
    const keys = [...store.blobs('interactions/')].map(({ key }) => key);
    const pages = PAGES.filter((key) => keeperOfPage(key, SESSIONS, shards) === shard);
    expect(keys.filter((key) => key !== 'interactions/position').sort()).toEqual(pages.sort());
    expect(store.checkpoint).toBe(store.journal.end);
  }
}

/** Moves to `shards`; the shards of the old number find everything in place when they recover. */
async function move(
  folders: MemoryFolders,
  shards: number,
  signal?: AbortSignal,
): Promise<readonly Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  await placeUsers({
    folders,
    shards,
    rowsMax: ROWS_MAX,
    sessions: SESSIONS,
    recover: async (old) => expectPlaced(folders, old),
    clock: new FakeClock(NOON_MS),
    signal,
    log: createLog({
      level: 'info',
      stream: { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) },
    }),
  });
  return lines;
}

const CHANGES = [
  [1, 2],
  [2, 3],
  [3, 2],
  [2, 1],
  [1, 4],
  [4, 1],
] as const;

describe.each(CHANGES)('from %i to %i shards', (from, to) => {
  test('moves what is placed elsewhere, and says how much', async () => {
    const folders = await filledFolders(from);
    const lines = await move(folders, to);
    expectPlaced(folders, to);
    for (const shard of folders.numbers()) {
      const store = folders.storeOf(shard);
      expect(storedPosition(store)).toBe(store.journal.end);
    }
    const movers = USERS.filter((userId) => shardOf(userId, from) !== shardOf(userId, to)).length;
    expect(lines.at(-1)).toMatchObject({ from, to, users: movers, sessions: 2 * movers, eventIds: movers });
    const share = Math.abs(from - to) / Math.max(from, to);
    expect(Math.abs(movers / USERS.length - share)).toBeLessThan(0.12);
  });

  test('[D1][D2] interrupted after any step, starts again with either number', async () => {
    const whole = await filledFolders(from);
    await move(whole, to);
    for (let steps = 0; steps < whole.taken; steps++) {
      for (const next of [from, to]) {
        const folders = await filledFolders(from);
        folders.steps = steps;
        await expect(move(folders, to)).rejects.toMatchObject({ code: 'reshard_failed' });
        folders.steps = Infinity;
        await move(folders, next);
        expectPlaced(folders, next);
      }
    }
  });
});

test('a second interruption, while the first is mended, does no harm either', async () => {
  for (let steps = 0; steps < 60; steps++) {
    const folders = await filledFolders(2);
    folders.steps = steps;
    await move(folders, 3).catch(() => undefined);
    folders.steps = Math.floor(steps / 2);
    await move(folders, 1).catch(() => undefined);
    folders.steps = Infinity;
    await move(folders, 2);
    expectPlaced(folders, 2);
  }
});

test('a start that is given up between any two bites of a move goes on at the next one, to either number', async () => {
  for (const [from, to] of [
    [2, 3],
    [3, 2],
  ] as const) {
    let hasEnded = false;
    for (let bites = 1; !hasEnded; bites++) {
      const folders = await filledFolders(from);
      const signal = abortedAfter(bites);
      const given = await move(folders, to, signal).catch((error: unknown) => error);
      hasEnded = !(given instanceof Error);
      if (!hasEnded) expect(given).toMatchObject({ code: 'start_given_up' });
      await move(folders, bites % 2 === 0 ? from : to);
      expectPlaced(folders, bites % 2 === 0 ? from : to);
      if (hasEnded) expect(bites).toBeGreaterThan(4);
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

test('a user who comes back has a position behind all events of their first stay', async () => {
  const folders = await filledFolders(1);
  await move(folders, 2);
  const mover = USERS.find((userId) => shardOf(userId, 2) === 1)!;
  const store = folders.storeOf(0);
  const end = store.journal.end + 5;
  await store.commit({ journal: { count: 5, bytes: Buffer.from(JOURNAL) }, checkpoint: end });
  await move(folders, 1);
  expect(statePosition(store.user(mover)!)).toBe(arrivals(store).get(mover));
  expect(arrivals(store).get(mover)).toBeGreaterThan(end);
});

test('the journal of a removed shard is kept, without its users; a store without one is not', async () => {
  const folders = await filledFolders(3);
  await move(folders, 2);
  expect(folders.retired.map(({ shard }) => shard)).toEqual([2]);
  const [{ store }] = folders.retired;
  const [{ count, bytes }] = store.journal.from(0);
  expect([count, Buffer.from(bytes).toString()]).toEqual([12, JOURNAL]);
  expect([[...store.users()], [...store.sessions()], [...store.aliases()]]).toEqual([[], [], []]);
  await move(folders, 3);
  await move(folders, 2);
  expect(folders.retired).toHaveLength(1);
});

test('a store that no shard has, left by nobody knows whom, is not taken for a new shard', async () => {
  const folders = await filledFolders(1);
  await folders.storeOf(1).commit({
    journal: { count: 1, bytes: Buffer.from('old') },
    sessions: [{ userId: USERS[0], sessionId: 'a', seq: 99, atMs: NOON_MS }],
  });
  await move(folders, 2);
  expectPlaced(folders, 2);
  expect(folders.retired).toHaveLength(1);
});

test('states behind their journal are not moved', async () => {
  const folders = await filledFolders(1);
  await folders.storeOf(0).commit({ journal: { count: 1, bytes: Buffer.from('late') } });
  const failed = placeUsers({
    folders,
    shards: 2,
    rowsMax: ROWS_MAX,
    sessions: SESSIONS,
    recover: () => Promise.resolve(),
    clock: new FakeClock(NOON_MS),
    log: createLog({ level: 'silent' }),
  });
  await expect(failed).rejects.toThrow('states up to 10 of 11 events');
});
