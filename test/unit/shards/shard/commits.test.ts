import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { Commits } from '../../../../shards/shard/commits.js';
import type { JournalEvent } from '../../../../shards/store/journal-entry.js';
import { EventDigests } from '../../../../shards/live/event-digests.js';
import { LiveUser, type LiveSession } from '../../../../shards/live/live-user.js';
import { RecordingStore } from '../../../support/store/recording-store.js';

const ANN = new LiveUser(1, 'ann');
const sessionOf = (applied: number): LiveSession => ({
  number: 11,
  id: 's',
  applied,
  durable: 0,
  digests: new EventDigests(),
});
const event = (eventId = ''): JournalEvent => ({
  user: 'ann',
  session: 's',
  seq: 1,
  kind: 3,
  tsMs: 1,
  items: [1],
  value: 0,
  quantity: 1,
  query: '',
  hits: [],
  eventId,
});

function commitsOf() {
  const store = new RecordingStore();
  store.holds = true;
  const said: string[] = [];
  const fail = (error: unknown) => said.push(`failed ${(error as Error).message}`);
  const commits = new Commits(
    { store, stats: ThreadStats.create(), clock: new FakeClock(), fail },
    (session, seq) => said.push(`durable ${session.number} ${seq}`),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const release = async (count?: number) => {
    store.release(count);
    await turn();
  };
  return { store, commits, said, release, turn };
}

describe('commits', () => {
  test('[D1] acknowledge a session up to what it had applied when the commit was made', async () => {
    const { commits, said, release } = commitsOf();
    const session = sessionOf(3);
    commits.addEvent(ANN, session, event());
    commits.commit();
    session.applied = 9;
    await release();
    expect(said).toEqual(['durable 11 3']);
  });

  test('[D1] of ticks that the journal could not write yet are one, as of when it can', async () => {
    const { store, commits, said, release } = commitsOf();
    store.isBetweenGroups = true;
    const session = sessionOf(1);
    for (const applied of [1, 2, 3]) {
      session.applied = applied;
      commits.addEvent(ANN, session, event());
      commits.commitTick({});
      expect([store.batches.length, commits.position]).toEqual([0, applied]);
    }
    store.beginGroup();
    expect(store.batches.map(({ journal }) => journal?.count)).toEqual([3]);
    store.beginGroup();
    expect(store.batches).toHaveLength(1);
    await release();
    expect(said).toEqual(['durable 11 3']);
  });

  test('stay small, however long the journal takes', () => {
    const { store, commits } = commitsOf();
    store.isBetweenGroups = true;
    for (let i = 0; i < 200; i++) {
      commits.addEvent(ANN, sessionOf(1), event());
      commits.commitTick({});
    }
    expect(store.batches.map(({ journal }) => journal?.count)).toEqual([64, 64, 64]);
    store.beginGroup();
    expect(store.batches.at(-1)?.journal?.count).toBe(8);
  });

  test('of a tick wait for nothing where something else than an acknowledgement waits, and take what waited with them', () => {
    const { store, commits } = commitsOf();
    store.isBetweenGroups = true;
    const counts = () => store.batches.map(({ journal }) => journal?.count ?? 0);
    const click = () => commits.addEvent(ANN, sessionOf(1), event());
    click();
    commits.commitTick({});
    expect(counts()).toEqual([]);
    click();
    commits.whenDurable(() => undefined);
    commits.commitTick({});
    expect(counts()).toEqual([2]);
    commits.addEvent(ANN, undefined, event('key'));
    commits.commitTick({});
    click();
    commits.commitTick({ checkpoint: 1 });
    commits.addStates([{ userId: 'ann', bytes: undefined }]);
    commits.commitTick({});
    click();
    commits.commitTick({});
    expect(counts()).toEqual([2, 1, 1, 0]);
    commits.commit();
    expect(counts()).toEqual([2, 1, 1, 0, 1]);
  });

  test('that the disk refuses when the journal asks for them end the shard, as others do', () => {
    const { store, commits, said } = commitsOf();
    store.isBetweenGroups = true;
    commits.addEvent(ANN, sessionOf(1), event());
    commits.commitTick({});
    store.record = () => {
      throw new Error('no room');
    };
    store.beginGroup();
    expect(said).toEqual(['failed no room']);
  });

  test('[D1] wait for rows that nothing explains, and whoever asks for all before them does; pages and events do not', async () => {
    const { store, commits, release } = commitsOf();
    const page = { blobs: [{ key: 'page', bytes: Uint8Array.of(1) }] };
    commits.addEvent(ANN, sessionOf(1), event());
    commits.commit();
    commits.commit({ ...page, rowsFollow: true });
    commits.commit({ dropBefore: 0 });
    commits.commit({ ...page, rowsFollow: true });
    commits.whenDurable(() => undefined);
    commits.commit({ ...page, rowsFollow: true });
    await release();
    commits.addEvent(ANN, sessionOf(2), event());
    commits.whenDurable(() => undefined);
    commits.commit();
    expect(store.batches.map(({ rowsFollow }) => rowsFollow)).toEqual([true, true, false, true, false, true]);
  });

  test('without anything to commit make no commit', () => {
    const { commits, store } = commitsOf();
    commits.commit();
    expect(store.batches).toHaveLength(0);
  });

  test('say at once that nothing waits, and else after all that was added or is on its way', async () => {
    const { commits, said, release } = commitsOf();
    commits.whenDurable(() => said.push('idle'));
    commits.addEvent(ANN, undefined, event());
    commits.whenDurable(() => said.push('added'));
    commits.commit();
    commits.whenDurable(() => said.push('on its way'));
    commits.commit();
    expect(said).toEqual(['idle']);
    await release(1);
    expect(said).toEqual(['idle', 'added']);
    await release(1);
    expect(said).toEqual(['idle', 'added', 'on its way']);
  });

  test('[D2] know a key from when its event is added', async () => {
    const { commits, release } = commitsOf();
    expect(commits.hasEventId('ann', 'x')).toBe(false);
    commits.addEvent(ANN, undefined, event('x'));
    expect(commits.hasEventId('ann', 'x')).toBe(true);
    expect(commits.hasEventId('bob', 'x')).toBe(false);
    commits.commit();
    await release();
    expect(commits.hasEventId('ann', 'x')).toBe(true);
  });

  test('number positions on, before and after the commit', () => {
    const { commits } = commitsOf();
    commits.addEvent(ANN, undefined, event());
    expect(commits.position).toBe(1);
    commits.commit();
    commits.addEvent(ANN, undefined, event());
    expect(commits.position).toBe(2);
  });

  test('are idle when the last of them is durable', async () => {
    const { commits, said, release } = commitsOf();
    commits.addEvent(ANN, undefined, event());
    void commits.idle().then(() => said.push('idle'));
    await release();
    expect(said).toEqual(['idle']);
    await commits.idle();
  });

  test('[D1] that the disk refuses are told, and nobody is acknowledged', async () => {
    const { commits, store, said, turn } = commitsOf();
    store.refusal = new Error('disk full');
    commits.addEvent(ANN, sessionOf(1), event());
    commits.commit();
    await turn();
    expect(said).toEqual(['failed disk full']);
  });
});
