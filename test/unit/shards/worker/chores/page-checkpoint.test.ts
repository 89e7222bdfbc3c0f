import { cpSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { storedPosition } from '../../../../../shards/graph/interactions/interaction-pages.js';
import { openLmdbStore } from '../../../../../shards/store/lmdb/lmdb-store.js';
import { PageCheckpoint } from '../../../../../shards/worker/chores/page-checkpoint.js';
import { aClick } from '../../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../../support/shards/shard-harness.js';
import { RecordingStore } from '../../../../support/store/recording-store.js';
import { temporaryFolder } from '../../../../support/store/store-kinds.js';

/** Rest between two bites, and more. */
const LONG_MS = 1_000;

const ann = { user: 'ann', channel: 1, session: 11 };

interface Sweeping {
  readonly harness: ShardHarness;
  readonly pages: PageCheckpoint;
  /** Does the chores that wait, each once; says how many there were. */
  readonly work: () => number;
}

function sweeping(harness: ShardHarness): Sweeping {
  const chores: (() => boolean)[] = [];
  const pages = new PageCheckpoint(harness.built, (work) => chores.push(work));
  const work = () => {
    const due = chores.splice(0);
    for (const chore of due) if (chore()) chores.push(chore);
    return due.length;
  };
  return { harness, pages, work };
}

/** Clicks from one `seq` to another, and sessions enough that one page of items and two of sessions change. */
async function shop(harness: ShardHarness, from = 1, to = 20): Promise<void> {
  for (let n = 0; n < 260; n++) harness.built.interactions.openSession();
  for (let seq = from; seq <= to; seq++) await harness.tick(aClick({ by: ann, seq, on: [seq % 7] }));
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

test('a bite between two ticks, then a rest', async () => {
  const { harness, pages, work } = sweeping(await ShardHarness.make());
  await harness.open(ann);
  await shop(harness);
  pages.begin();
  pages.begin();
  expect(work()).toBe(1);
  expect(work()).toBe(0);
  expect(storedPosition(harness.store)).toBeUndefined();
  vi.advanceTimersByTime(LONG_MS);
  expect(work()).toBe(1);
  expect(storedPosition(harness.store)).toBe(20);
  vi.advanceTimersByTime(LONG_MS);
  expect(work()).toBe(0);
});

test('whoever waits for the end of it has no rests', async () => {
  const { harness, pages, work } = sweeping(await ShardHarness.make());
  await harness.open(ann);
  await shop(harness);
  const done = vi.fn();
  pages.begin();
  work();
  pages.hurry(done);
  expect([work(), work()]).toEqual([1, 0]);
  expect(done).toHaveBeenCalledOnce();
  await harness.tick(aClick({ by: ann, seq: 21, on: [3] }));
  pages.hurry(done);
  while (work() > 0);
  expect(done).toHaveBeenCalledTimes(2);
  expect(storedPosition(harness.store)).toBe(21);
});

test('a stop in the middle of one writes all that has changed', async () => {
  const { harness, pages, work } = sweeping(await ShardHarness.make());
  await harness.open(ann);
  await shop(harness);
  pages.begin();
  work();
  pages.end();
  vi.advanceTimersByTime(LONG_MS);
  expect(work()).toBe(0);
  expect(storedPosition(harness.store)).toBe(20);
});

test.each([false, true])(
  'after a crash in the middle of one each click counts once (states written: %s)',
  async (isSwept) => {
    const first = sweeping(await ShardHarness.make());
    await first.harness.open(ann);
    await shop(first.harness);
    first.pages.hurry(() => undefined);
    while (first.work() > 0);
    await shop(first.harness, 21, 40);
    first.pages.begin();
    first.work();
    for (let seq = 41; seq <= 50; seq++) await first.harness.tick(aClick({ by: ann, seq, on: [seq % 5] }));
    const { shard, interactions } = first.harness.built;
    if (isSwept) {
      shard.beginSweep();
      while (shard.sweepStep());
      await shard.commits.idle();
    }
    expect(storedPosition(first.harness.store)).toBe(20);
    const again = await ShardHarness.recovered({ store: await first.harness.store.afterCrash(99) });
    const { arrays, records } = again.built.interactions;
    expect(records).toEqual(interactions.records);
    if (!isSwept) expect(arrays.next).toEqual(interactions.arrays.next);
  },
);

test.each([false, true])(
  'pages, states and positions that were held when the process died are made up for from the journal (others written before: %s)',
  async (isWritten) => {
    const folder = temporaryFolder();
    const store = new RecordingStore(await openLmdbStore({ folder }));
    const { harness, pages, work } = sweeping(await ShardHarness.recovered({ store }));
    const writeOut = async (): Promise<void> => {
      harness.built.shard.beginSweep();
      while (harness.built.shard.sweepStep());
      pages.hurry(() => undefined);
      while (work() > 0);
      await harness.built.shard.commits.idle();
    };
    await harness.open(ann);
    await shop(harness);
    await writeOut();
    // What follows from nothing does not wait, and takes with it what came before.
    if (isWritten) await store.commit({});
    await shop(harness, 21, 40);
    await writeOut();
    expect(storedPosition(store)).toBe(40);
    // Timers stand still, so the rest is held; the folder is as a process leaves it that dies now.
    const left = temporaryFolder();
    cpSync(folder, left, { recursive: true });
    const after = new RecordingStore(await openLmdbStore({ folder: left }));
    expect(storedPosition(after)).toBe(isWritten ? 20 : 0);
    expect(after.checkpoint).toBeLessThan(40);
    const again = await ShardHarness.recovered({ store: after });
    expect(again.built.interactions.records).toEqual(harness.built.interactions.records);
    expect(again.built.interactions.arrays.next).toEqual(harness.built.interactions.arrays.next);
    expect(again.store.sessionSeq('ann', 'ann')).toBe(40);
    await store.close();
    await after.close();
  },
);
