import { expect, onTestFinished, test } from 'vitest';
import { named } from '../../shards/store/user-key.js';
import { realClock } from '../../metrics/process/clock.js';
import { COUNTER } from '../../metrics/table.js';
import type { ShardConfig } from '../../shards/pool/create-pool.js';
import { BuiltPool } from '../support/shards/built-pool.js';
import { anEvent, slotOf } from '../support/shards/shard-calls.js';
import { temporaryFolder } from '../support/store/store-kinds.js';

async function startPool(config: Partial<ShardConfig> = {}): Promise<BuiltPool> {
  const built = await BuiltPool.start(temporaryFolder(), { shards: 1, ...config });
  onTestFinished(() => built.pool.stop());
  return built;
}

test('[D1][D2] events on their way when the shard dies are delivered again and count once; the user sees a pause', async () => {
  const built = await startPool();
  const opened = await built.openUser('ann', { excludeSeen: 2, k: 60 });
  await built.send(opened, anEvent({ seq: 1, on: [1] }));
  await built.breakShard(0);
  built.heard.length = 0;
  for (let seq = 2; seq <= 6; seq++)
    built.pool.event(opened.channel, opened.session, anEvent({ seq, on: [seq] }));
  await built.durable(opened, 6);
  expect(built.stats.counterValue(COUNTER.shardRestarts)).toBe(1);
  const items = built.lists(opened.channel).at(-1)!.items;
  expect([...items].some((item) => item >= 1 && item <= 6)).toBe(false);
  expect(await built.rank({ by: opened, of: [1, 6, 7], slot: { excludeSeen: 2 } })).toEqual([7]);
  const journal = await built.pool.snapshot(`${built.dataDir}/copy`);
  expect(journal[0].journalEnd).toBe(6);
});

test('[R1] lists come again after a restart, for every slot, without anybody asking, and later than before', async () => {
  const built = await startPool();
  const opened = await built.openUser('ann');
  const before = built.lists(opened.channel).at(-1)!.rev;
  await built.breakShard(0);
  built.heard.length = 0;
  await built.send(opened, anEvent({ seq: 1, on: [1] }));
  const lists = built.lists(opened.channel);
  expect(lists.length).toBeGreaterThan(0);
  expect(lists.at(-1)!.rev).toBeGreaterThan(before);
});

test('[T2][D2] questions that wait when the shard dies are answered by the next one, and count once', async () => {
  const built = await startPool();
  const ann = await built.openUser('ann');
  await built.breakShard(0);
  built.pool.event(ann.channel, ann.session, anEvent({ seq: 1, on: [1] }));
  const [order, seq, outcomes] = await Promise.all([
    built.rank({ by: ann, of: [1, 2] }),
    built.pool.open(named('bob'), 'b').then((opened) => opened.seq),
    built.pool.eventsFor(named('eve'), [anEvent({ on: [1], eventId: 'x' })]),
  ]);
  expect([order.length, seq, outcomes]).toEqual([2, 0, ['applied']]);
  await built.durable(ann, 1);
  expect(built.stats.counterValue(COUNTER.shardRestarts)).toBe(1);
  expect((await built.pool.snapshot(`${built.dataDir}/copy`))[0].journalEnd).toBe(2);
});

test('[T1] while the shard is down a rank waits for it, unless its deadline passes or who asked goes; each is answered once', async () => {
  const built = await startPool();
  const [ann, bob] = [await built.openUser('ann'), await built.openUser('bob')];
  await built.breakShard(0);
  built.pool.event(ann.channel, ann.session, anEvent({ seq: 1, on: [1] }));
  while (built.pool.reports()[0].state === 'serving') await new Promise((resolve) => setImmediate(resolve));
  const outcomes: string[] = [];
  const ask = (by: typeof ann, name: string, deadlineUs: number) =>
    built.pool.rank(by.channel, { slot: slotOf(), deadlineUs }, (outcome) =>
      outcomes.push(`${name} ${typeof outcome === 'string' ? outcome : 'ranked'}`),
    );
  ask(ann, 'waits', 0);
  ask(ann, 'late', realClock.nowUs());
  ask(bob, 'left', 0);
  built.pool.close(bob.session);
  await built.until(() => outcomes.length === 3, 'the answers');
  await built.durable(ann, 1);
  expect(outcomes.sort()).toEqual(['late gone', 'left gone', 'waits ranked']);
});

test('a user who leaves while their shard is down is not opened again, and one who comes waits', async () => {
  const built = await startPool();
  const ann = await built.openUser('ann');
  const bob = await built.openUser('bob');
  await built.breakShard(0);
  built.pool.event(ann.channel, ann.session, anEvent({ seq: 1, on: [1] }));
  built.pool.close(bob.session);
  await built.durable(ann, 1);
  expect((await built.pool.open(named('bob'), 'session of bob')).channel).not.toBe(bob.channel);
});

test('a shard that dies again and again is started again and again, after longer and longer pauses, and loses nothing', async () => {
  const built = await startPool();
  const opened = await built.openUser('ann');
  for (let crash = 1; crash <= 6; crash++) {
    await built.breakShard(0);
    await built.send(opened, anEvent({ seq: crash, on: [crash] }));
    expect(built.stats.counterValue(COUNTER.shardRestarts)).toBe(crash);
  }
  const [report] = built.pool.reports();
  expect(report).toMatchObject({ shard: 0, state: 'serving', downMs: 0, restarts: 6 });
  expect(report.lastError).not.toBe('');
}, 60_000);
