import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { COUNTER, GAUGE } from '../../../../metrics/table.js';
import { Retention, type RetentionPlan } from '../../../../shards/retention/retention.js';
import { BITE_PIECES } from '../../../../shards/store/compaction/drop-bite.js';
import { visitor } from '../../../../shards/store/user-key.js';
import type { RetentionNote } from '../../../../shards/wire/shard-report.js';
import { anEventCall, aLeave, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';
import { temporaryFolder } from '../../../support/store/store-kinds.js';

/** A retention whose looks, bites and rests happen when the test says so. */
class Kept {
  readonly notes: RetentionNote[] = [];
  readonly idle: string[] = [];
  readonly merged: string[] = [];
  readsFrom: number | undefined;
  readonly snapshots = temporaryFolder();
  readonly retention: Retention;
  readonly shard: ShardHarness;
  readonly #chores: (() => void)[] = [];

  constructor(shard: ShardHarness, bounds: Partial<RetentionPlan>) {
    this.shard = shard;
    const plan = {
      journalKeptMs: 0,
      journalKeptBytes: 0,
      visitorsKeptMs: 0,
      usersKeptMs: 0,
      lookMs: 1_000,
      snapshots: this.snapshots,
      ...bounds,
    };
    this.retention = new Retention(shard.built, plan, {
      shard: 0,
      chore: (work) => void this.#chores.push(work),
      readsFrom: () => this.readsFrom,
      report: (note) => void this.notes.push(note),
      idle: (users) => void this.idle.push(...users),
      merged: (visitors) => void this.merged.push(...visitors),
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      this.retention.stop();
      vi.useRealTimers();
    });
    this.retention.begin();
  }

  /** Lets time pass, for one look and all that it leads to. */
  async look(): Promise<void> {
    this.shard.clock.advanceMs(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    // With no timer it waits for the disk; with one and no work it rests until the next look.
    do {
      for (const work of this.#chores.splice(0)) work();
      await this.shard.settle();
      await vi.advanceTimersByTimeAsync(10);
    } while (this.#chores.length > 0 || vi.getTimerCount() === 0);
  }

  snapshot(name: string, journalEnd: number): void {
    mkdirSync(join(this.snapshots, name, 'shard-0'), { recursive: true });
    writeFileSync(join(this.snapshots, name, 'shard-0', 'manifest.json'), JSON.stringify({ journalEnd }));
  }

  get start(): number {
    return this.shard.store.journal.start;
  }
}

/** A shard with `count` views of one user, a second and a record each. */
async function clicked(count: number): Promise<ShardHarness> {
  const shard = await ShardHarness.make();
  await shard.open({ user: 'ann', ...openAs(1) });
  for (let seq = 1; seq <= count; seq++) {
    shard.clock.advanceMs(1_000);
    await shard.tick(anEventCall({ by: openAs(1), seq, on: [seq % 50] }));
  }
  await shard.checkpoint();
  return shard;
}

test('what is too old goes in bites, and is told of; the state stays as it was', async () => {
  const shard = await clicked(400);
  const state = shard.stateOf('ann');
  const kept = new Kept(shard, { journalKeptMs: 100_500 });
  await kept.look();
  expect(kept.start).toBe(300);
  const drops = shard.store.batches.flatMap(({ dropBefore }) => dropBefore ?? []);
  expect(drops).toEqual([1, 2, 3, 4].map((bite) => bite * BITE_PIECES).concat(300));
  expect(kept.notes).toEqual([
    { from: 0, to: 300, entries: 300, bytes: expect.any(Number), heldBy: undefined, visitors: 0 },
  ]);
  expect(shard.stats.counterValue(COUNTER.journalDropped)).toBe(300);
  expect(shard.stats.gaugeValue(GAUGE.journalStart)).toBe(300);
  expect(shard.stats.gaugeValue(GAUGE.journalBytes)).toBe(shard.store.journal.bytes);
  expect(shard.stateOf('ann')).toBe(state);
});

test('what is too much goes: the newest records within the bytes stay', async () => {
  const shard = await clicked(100);
  const { bytes } = shard.store.journal;
  const kept = new Kept(shard, { journalKeptBytes: bytes / 4 });
  await kept.look();
  expect(shard.store.journal.bytes).toBeLessThanOrEqual(bytes / 4);
  expect(kept.start).toBeGreaterThan(70);
  expect(kept.start).toBeLessThan(80);
});

test('without a bound all stays', async () => {
  const kept = new Kept(await clicked(100), {});
  await kept.look();
  expect([kept.start, kept.notes]).toEqual([0, []]);
});

test('what somebody needs stays until they do not, and they are named', async () => {
  const shard = await clicked(100);
  const kept = new Kept(shard, { journalKeptBytes: 1 });
  kept.snapshot('20260101', 41);
  kept.snapshot('.20260102.partial', 61);
  kept.snapshot('.20250101.deleted', 11);
  kept.readsFrom = 30;
  await kept.look();
  expect([kept.start, kept.notes.at(-1)?.heldBy]).toEqual([
    30,
    'states that are made anew for another model',
  ]);
  kept.readsFrom = undefined;
  await kept.look();
  expect([kept.start, kept.notes.at(-1)?.heldBy]).toEqual([40, 'the snapshot 20260101']);
  rmSync(join(kept.snapshots, '20260101'), { recursive: true });
  await kept.look();
  expect([kept.start, kept.notes.at(-1)?.heldBy]).toEqual([60, 'the snapshot .20260102.partial']);
  rmSync(join(kept.snapshots, '.20260102.partial'), { recursive: true });
  await kept.look();
  expect([kept.start, kept.notes.at(-1)?.heldBy]).toEqual([99, undefined]);
});

test('recovery needs what is after the checkpoint; so does a snapshot what is after its beginning', async () => {
  const shard = await clicked(10);
  const kept = new Kept(shard, { journalKeptBytes: 1 });
  kept.retention.snapshotBegins();
  for (let seq = 11; seq <= 20; seq++) await shard.tick(anEventCall({ by: openAs(1), seq, on: [seq] }));
  await kept.look();
  expect([kept.start, kept.notes.at(-1)?.heldBy]).toEqual([9, 'a snapshot that is being made']);
  await shard.checkpoint();
  await kept.look();
  expect(kept.start).toBe(9);
  kept.retention.snapshotBegins();
  for (let seq = 21; seq <= 30; seq++) await shard.tick(anEventCall({ by: openAs(1), seq, on: [seq] }));
  await kept.look();
  expect([kept.start, kept.notes.at(-1)?.heldBy]).toEqual([19, 'a snapshot that is being made']);
});

test('while states are owed all stays', async () => {
  const shard = await clicked(10);
  const owed = {
    kind: 'user',
    names: ['bob'],
    reason: '',
    bytes: new Uint8Array(0),
    atMs: 1,
    isOwed: true,
  } as const;
  await shard.store.commit({ setAside: [owed] });
  const kept = new Kept(shard, { journalKeptBytes: 1 });
  await kept.look();
  expect([kept.start, kept.notes.at(-1)?.heldBy]).toEqual([
    0,
    'users who are to be made anew at the next start',
  ]);
});

test('a visitor is removed once a recovery would begin behind all that they did', async () => {
  const shard = await ShardHarness.make();
  const gone = visitor('gone');
  const kept = new Kept(shard, { visitorsKeptMs: 5_000 });
  await shard.open({ user: gone, sessionId: 'gone', ...openAs(1) });
  await shard.tick(
    anEventCall({ by: openAs(1), seq: 1, on: [1], tsMs: shard.clock.nowMs() }),
    ...aLeave(openAs(1)),
  );
  for (let looks = 0; looks < 10; looks++) await kept.look();
  // Their state was never written: a recovery would make them again.
  expect(shard.store.sessionSeq(gone, 'gone')).toBe(1);
  await shard.checkpoint();
  for (let looks = 0; looks < 10; looks++) await kept.look();
  expect([...shard.store.sessions(), ...shard.store.users()]).toEqual([]);
  expect(shard.stats.counterValue(COUNTER.visitorsRemoved)).toBe(1);
  expect(kept.notes.at(-1)?.visitors).toBe(1);
});

test.each([0, 5_000])(
  'a named user of long ago is told of, to be erased, when named users are kept for %i ms; who had a session since is not',
  async (usersKeptMs) => {
    const shard = await ShardHarness.make();
    for (const [i, user] of ['ann', 'bob', 'cyd'].entries()) {
      await shard.open({ user, sessionId: `s-${user}`, ...openAs(i + 1) });
      const event = { by: openAs(i + 1), seq: 1, on: [i], tsMs: shard.clock.nowMs() };
      await shard.tick(anEventCall(event), ...aLeave(openAs(i + 1)));
    }
    await shard.checkpoint();
    const kept = new Kept(shard, { usersKeptMs });
    for (let looks = 0; looks < 5; looks++) await kept.look();
    expect(kept.idle).toEqual([]);
    // Bob is there, Cyd has a session of now whose events are not kept.
    await shard.open({ user: 'bob', sessionId: 's-bob', ...openAs(8) });
    const session = { userId: 'cyd', sessionId: 'another', seq: 1, atMs: shard.clock.nowMs() + 60_000 };
    await shard.store.commit({ sessions: [session] });
    for (let looks = 0; looks < 5; looks++) await kept.look();
    expect(new Set(kept.idle)).toEqual(new Set(usersKeptMs === 0 ? [] : ['ann']));
    expect(shard.store.user('ann')).toBeDefined();
  },
);

test('a visitor who was merged long ago is told of once their records are gone, once a walk', async () => {
  const shard = await clicked(10);
  const guest = visitor('guest');
  await shard.open({ user: guest, sessionId: 'guest', ...openAs(2) });
  const tsMs = shard.clock.nowMs();
  await shard.tick(anEventCall({ by: openAs(2), seq: 1, on: [1], tsMs }), ...aLeave(openAs(2)));
  const { shard: built } = shard.built;
  built.merge(guest, 'ann', built.give(guest, 'ann'));
  built.forget(guest, 'ann');
  await built.commits.idle();
  const kept = new Kept(shard, { journalKeptMs: 3_000, visitorsKeptMs: 4_000 });
  await kept.look();
  expect(kept.merged).toEqual([]);
  for (let looks = 0; looks < 8; looks++) {
    await shard.tick(anEventCall({ by: openAs(1), seq: 11 + looks, on: [3] }));
    await shard.checkpoint();
    await kept.look();
  }
  expect(new Set(kept.merged)).toEqual(new Set([guest]));
  expect(kept.merged.length).toBeLessThan(8);
});

test('a named user of long ago who has sessions alone, for nothing of theirs was kept, is told of', async () => {
  const shard = await ShardHarness.make();
  const agoMs = shard.clock.nowMs() - 60_000;
  const session = (userId: string, sessionId: string, atMs: number) => ({ userId, sessionId, seq: 1, atMs });
  await shard.store.commit({
    sessions: [
      session('ann', 'first', agoMs),
      session('ann', 'second', agoMs),
      session('bob', 'first', agoMs),
      session('bob', 'second', shard.clock.nowMs() + 600_000),
      session(visitor('guest'), 'guest', agoMs),
    ],
  });
  const kept = new Kept(shard, { usersKeptMs: 5_000 });
  for (let looks = 0; looks < 2; looks++) await kept.look();
  expect(new Set(kept.idle)).toEqual(new Set(['ann']));
});

const DAY_MS = 86_400_000;

test.each(['before the start', 'while it serves'])(
  'a clock that is set years ahead %s makes nothing too old; time that goes by does',
  async (when) => {
    const shard = await clicked(100);
    const guest = visitor('guest');
    await shard.open({ user: guest, sessionId: 'guest', ...openAs(2) });
    const tsMs = shard.clock.nowMs();
    await shard.tick(anEventCall({ by: openAs(2), seq: 1, on: [1], tsMs }), ...aLeave(openAs(2)));
    await shard.checkpoint();
    if (when === 'before the start') shard.clock.stepWallMs(800 * DAY_MS);
    const kept = new Kept(shard, { journalKeptMs: 400 * DAY_MS, visitorsKeptMs: 400 * DAY_MS });
    if (when === 'while it serves') shard.clock.stepWallMs(800 * DAY_MS);
    for (let looks = 0; looks < 10; looks++) await kept.look();
    expect([kept.start, shard.store.sessionSeq(guest, 'guest')]).toEqual([0, 1]);
    shard.clock.advanceMs(401 * DAY_MS);
    for (let looks = 0; looks < 10; looks++) await kept.look();
    expect(kept.start).toBeGreaterThan(90);
    expect(shard.store.sessionSeq(guest, 'guest')).toBeUndefined();
  },
);
