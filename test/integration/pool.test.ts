import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { named, visitor } from '../../shards/store/user-key.js';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { turn } from '../../metrics/process/turn.js';
import { EVENT_KIND } from '../../model/scorer/event-kinds.js';
import type { ShardConfig } from '../../shards/pool/create-pool.js';
import { shardOf } from '../../shards/reshard/placement.js';
import { shardFolder } from '../../shards/store/data-folder.js';
import { verifySnapshot } from '../../shards/store/snapshot/snapshot.js';
import { BuiltPool } from '../support/shards/built-pool.js';
import { anEvent, slotOf } from '../support/shards/shard-calls.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

const NAMES = Array.from({ length: 200 }, (_, i) => `user-${i}`);

let shared: BuiltPool;
let sharedFolder: string;

beforeAll(async () => {
  sharedFolder = mkdtempSync(join(tmpdir(), 'afterclick-pool-'));
  shared = await BuiltPool.start(sharedFolder);
});
afterAll(async () => {
  await shared.pool.stop();
  rmSync(sharedFolder, { recursive: true });
});

/** The pool that tests with users of their own share, and names that no test had yet: on shard 0, on shard 1, and on shard 0. */
function sharedPool(): { readonly built: BuiltPool; readonly users: readonly [string, string, string] } {
  shared.heard.length = 0;
  const take = (shard: number) =>
    NAMES.splice(
      NAMES.findIndex((name) => shardOf(name, 2) === shard),
      1,
    )[0];
  return { built: shared, users: [take(0), take(1), take(0)] };
}

/** A pool of this test's own, for one that restarts it, fills its queue or breaks it. */
async function startPool(config: Partial<ShardConfig> = {}, dataDir = temporaryFolder()): Promise<BuiltPool> {
  const built = await BuiltPool.start(dataDir, { shards: 1, ...config });
  onTestFinished(() => built.pool.stop());
  return built;
}

test('what is done beside the start of the shards begins when their threads have, and is waited for', async () => {
  const work: string[] = [];
  const beside = async (): Promise<void> => {
    work.push('begun');
    await turn();
    work.push('done');
  };
  const { pool } = await BuiltPool.start(temporaryFolder(), { shards: 1 }, undefined, { beside });
  expect(work).toEqual(['begun', 'done']);
  await pool.stop();
});

describe('a user', () => {
  test('[R1][D1] gets the list with their click, then its acknowledgement', async () => {
    const { built, users } = sharedPool();
    for (const user of users) {
      const opened = await built.openUser(user, { excludeSeen: 2, k: 60 });
      built.heard.length = 0;
      await built.send(opened, anEvent({ seq: 1, on: [3] }));
      expect(built.heard.map(({ op }) => op)).toEqual(['applied', 'list', 'durable']);
      expect([...built.lists(opened.channel)[0].items]).not.toContain(3);
    }
  });

  test('[D3] hears of a gap what is missing', async () => {
    const {
      built,
      users: [ann],
    } = sharedPool();
    const opened = await built.openUser(ann);
    built.pool.event(opened.channel, opened.session, anEvent({ seq: 3, on: [1] }));
    await built.until(() => built.heard.some(({ op }) => op === 'refused'), 'a refusal');
    expect(built.heard.at(-1)).toEqual({ op: 'refused', session: opened.session, seq: 3, expected: 1 });
  });

  test('[D4] opens a session again where it ended, any number of times, also after a restart', async () => {
    const ann = 'ann';
    const dataDir = temporaryFolder();
    const first = await BuiltPool.start(dataDir, { shards: 1 });
    const opened = await first.openUser(ann);
    await first.send(opened, anEvent({ seq: 1, on: [1] }));
    await first.send(opened, anEvent({ seq: 2, on: [2] }));
    for (let i = 0; i < 3; i++)
      expect(await first.pool.open(named(ann), `session of ${ann}`)).toEqual({
        ...opened,
        seq: 2,
        applied: 2,
        rev: expect.any(Number),
      });
    await first.pool.stop();
    const again = await startPool({}, dataDir);
    expect((await again.pool.open(named(ann), `session of ${ann}`)).seq).toBe(2);
    expect((await again.pool.open(named(ann), 'a new one')).seq).toBe(0);
    const reopened = await again.openUser(ann);
    expect(await again.rank({ by: reopened, of: [1, 2, 3], slot: { excludeSeen: 2 } })).toEqual([3]);
  });

  test('[R2] has one channel for all connections, closed with the last of them', async () => {
    const {
      built,
      users: [ann],
    } = sharedPool();
    const a = await built.pool.open(named(ann), 'a');
    const b = await built.pool.open(named(ann), 'b');
    expect(b.channel).toBe(a.channel);
    built.pool.close(a.session);
    expect((await built.pool.open(named(ann), 'b')).channel).toBe(a.channel);
  });

  test('whose channel closes right after a question hears the order, or that nobody is there', async () => {
    const {
      built,
      users: [ann],
    } = sharedPool();
    const opened = await built.openUser(ann);
    const asked = built.rank({ by: opened, of: [1, 2] }).catch((error: Error) => error.message);
    built.pool.close(opened.session);
    expect(await asked).toSatisfy((answer) => /gone/.test(answer) || answer.length === 2);
  });
});

describe('calls without a connection', () => {
  test('[D2] events with keys count once, and outcomes come in order', async () => {
    const {
      built,
      users: [ann],
    } = sharedPool();
    const events = ['a', 'b', 'a'].map((eventId) => anEvent({ on: [1], eventId }));
    expect(await built.pool.eventsFor(named(ann), events)).toEqual(['applied', 'applied', 'duplicate']);
    expect(await built.pool.eventsFor(named(ann), events.slice(0, 1))).toEqual(['duplicate']);
  });

  test('[R1] a rank sees them', async () => {
    const {
      built,
      users: [ann],
    } = sharedPool();
    await built.pool.eventsFor(named(ann), [anEvent({ on: [1], eventId: 'a', kind: EVENT_KIND.purchase })]);
    const items = await new Promise<readonly number[] | string>((resolve) => {
      const request = { slot: slotOf({ excludeSeen: 1 }), candidates: Int32Array.of(1, 2), deadlineUs: 0 };
      built.pool.rankFor(named(ann), request, (outcome) =>
        resolve(typeof outcome === 'string' ? outcome : [...outcome.items]),
      );
    });
    expect(items).toEqual([2]);
  });
});

describe('merge', () => {
  test.each([
    ['of the same shard', 2],
    ['of another shard', 1],
  ])(
    '[D2] a visitor %s becomes the user, once, and their session speaks for nobody alone from then on',
    async (_name, place) => {
      const { built, users } = sharedPool();
      const [ann, session] = [users[0], users[place]];
      const opened = await built.openVisitor(session);
      await built.send(opened, anEvent({ seq: 1, on: [7] }));
      built.pool.close(opened.session);
      const merged = await built.pool.open(named(ann), session, visitor(session));
      expect(merged).toMatchObject({ user: ann, seq: 1 });
      expect(await built.rank({ by: merged, of: [7, 8], slot: { excludeSeen: 2 } })).toEqual([8]);
      expect(await built.pool.openVisitor(visitor(session))).toEqual({ mergedSeq: 1 });
      expect(await built.pool.merge(visitor(session), named(ann))).toBe(false);
    },
  );
});

describe('the pool', () => {
  test('refuses what its queue has no room for, and takes it later', async () => {
    const ann = 'ann';
    const built = await startPool({ queueMax: 100 });
    const opened = await built.openUser(ann);
    const taken = Array.from({ length: 120 }, (_, i) =>
      built.pool.event(opened.channel, opened.session, anEvent({ seq: i + 1, on: [i % 50] })),
    );
    expect(taken.filter((outcome) => outcome === 'taken')).toHaveLength(100);
    expect(taken[119]).toBe('busy');
    await expect(built.pool.eventsFor(named(ann), [anEvent({ on: [1], eventId: 'x' })])).rejects.toThrow(
      'full',
    );
    await built.durable(opened, 100);
    await built.send(opened, anEvent({ seq: 101, on: [1] }));
  });

  test('refuses more events of one user than may wait, takes those of others, and goes on from the one refused', async () => {
    const built = await startPool({ queueUserMax: 64 });
    const [ann, bob] = [await built.openUser('ann'), await built.openUser('bob')];
    const taken = Array.from({ length: 90 }, (_, i) =>
      built.pool.event(ann.channel, ann.session, anEvent({ seq: i + 1, on: [i % 50] })),
    );
    expect([taken.indexOf('overrun'), taken.lastIndexOf('taken')]).toEqual([64, 63]);
    expect(built.pool.event(bob.channel, bob.session, anEvent({ seq: 1, on: [1] }))).toBe('taken');
    await expect(built.pool.eventsFor(named('ann'), [anEvent({ on: [1], eventId: 'x' })])).rejects.toThrow(
      'full',
    );
    await built.durable(ann, 64);
    await built.send(ann, anEvent({ seq: 65, on: [1] }));
  });

  test('takes more events without a session than may wait at once, bite by bite', async () => {
    const built = await startPool({ queueUserMax: 64 });
    const events = Array.from({ length: 300 }, (_, i) => anEvent({ on: [i % 50], eventId: `e${i}` }));
    const outcomes = await built.pool.eventsFor(named('ann'), events);
    expect(outcomes).toEqual(events.map(() => 'applied'));
  });

  test('[T1] counts ranks apart from events, of one user and of all, and answers each', async () => {
    const built = await startPool({ ranksMax: 30, ranksUserMax: 20, shards: 1 });
    const ann = await built.openUser('ann');
    const request = { slot: slotOf(), deadlineUs: 0 };
    const outcomes: unknown[] = [];
    const hear = (outcome: unknown) => outcomes.push(typeof outcome === 'string' ? outcome : 'ranked');
    for (let i = 0; i < 50; i++) built.pool.rank(ann.channel, request, hear);
    for (let i = 0; i < 50; i++) built.pool.rankFor(named(`other-${i}`), request, hear);
    expect(outcomes.filter((outcome) => outcome === 'overrun')).toHaveLength(30);
    expect(outcomes.filter((outcome) => outcome === 'busy')).toHaveLength(40);
    expect(built.pool.event(ann.channel, ann.session, anEvent({ seq: 1, on: [1] }))).toBe('taken');
    await built.durable(ann, 1);
    await built.until(() => outcomes.length === 100, 'the answers');
    expect(outcomes.filter((outcome) => outcome === 'ranked')).toHaveLength(30);
  });

  test('[B2] what a refused consent takes back counts for the events behind it; what it allows does not', async () => {
    const built = await startPool({ ranksMax: 30, ranksUserMax: 2 });
    const ann = await built.openUser('ann');
    const consents = [{}, {}, { learn: false }, { learn: true }].map((said) =>
      built.pool.consent(ann.user, said).catch((error: Error) => error.name),
    );
    built.pool.event(ann.channel, ann.session, anEvent({ seq: 1, on: [1] }));
    await built.durable(ann, 1);
    const open = { personalise: true, learn: true };
    expect(await Promise.all(consents)).toEqual([open, open, 'OverloadedError', 'OverloadedError']);
    expect(await built.pool.consent(ann.user, {})).toEqual({ personalise: true, learn: false });
    expect((await built.pool.graph(ann.user)).nodes).toEqual([]);
  });

  test('[T1] answers every rank when it stops, and those of users who cannot be opened any more', async () => {
    const built = await startPool({ shards: 1 });
    const ann = await built.openUser('ann');
    const request = { slot: slotOf(), deadlineUs: 0 };
    let answers = 0;
    const stopped = built.pool.stop();
    for (let i = 0; i < 10; i++) built.pool.rank(ann.channel, request, () => answers++);
    for (let i = 0; i < 10; i++) built.pool.rankFor(named(`other-${i}`), request, () => answers++);
    await stopped;
    await new Promise((resolve) => setImmediate(resolve));
    expect(answers).toBe(20);
  });

  test('makes a snapshot of every shard while it serves, whole and readable', async () => {
    const {
      built,
      users: [ann],
    } = sharedPool();
    const opened = await built.openUser(ann);
    await built.send(opened, anEvent({ seq: 1, on: [1] }));
    const folder = join(temporaryFolder(), 'copy');
    const asked = built.pool.snapshot(folder);
    await built.send(opened, anEvent({ seq: 2, on: [2] }));
    const entries = await asked;
    expect(entries.map(({ shard }) => shard)).toEqual([0, 1]);
    expect(entries.every(({ users, journalEnd }) => users > 0 && journalEnd > 0)).toBe(true);
    for (const entry of entries) expect(await verifySnapshot(entry.folder)).toMatchObject({ isWhole: true });
    await expect(built.pool.snapshot(folder)).rejects.toThrow('exists');
  });

  test('names the store that it cannot open when it does not start', async () => {
    const dataDir = temporaryFolder();
    const built = await BuiltPool.start(dataDir, { shards: 1 });
    await built.pool.stop();
    writeFileSync(join(dataDir, 'shard-0', 'data.mdb'), 'no database');
    await expect(BuiltPool.start(dataDir, { shards: 1 })).rejects.toMatchObject({
      problems: [expect.stringContaining('shard-0')],
    });
  });
});

test('a pool whose start fails leaves no thread running', async () => {
  const folder = temporaryFolder();
  await (await BuiltPool.start(folder)).pool.stop();
  writeFileSync(join(shardFolder(folder, 0), 'data.mdb'), 'no database');
  const running = new Set<Worker>();
  let started = 0;
  const note = (worker: Worker) => {
    started++;
    running.add(worker);
    worker.once('exit', () => running.delete(worker));
  };
  process.on('worker', note);
  onTestFinished(() => void process.off('worker', note));
  await expect(BuiltPool.start(folder)).rejects.toMatchObject({ code: 'store_unreadable' });
  expect(started).toBeGreaterThanOrEqual(2); // that of the other shard as well
  expect([...running].map(({ threadId }) => threadId)).toEqual([]);
});
