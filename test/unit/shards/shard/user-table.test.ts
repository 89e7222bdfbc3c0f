import { expect, test } from 'vitest';
import { COUNTER } from '../../../../metrics/table.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { EVENT_KIND } from '../../../../model/scorer/event-kinds.js';
import { InterestCodec } from '../../../../shards/graph/interest/state/interest-codec.js';
import type { Damage } from '../../../../shards/store/damage.js';
import { openMemoryStore } from '../../../../shards/store/memory/memory-store.js';
import { UserTable } from '../../../../shards/shard/user-table.js';
import { smallGraph, T0, touch, weightsOf } from '../../../support/shards/small-graph.js';

function tableOf(users: number) {
  const graph = smallGraph({ users: users + 1 });
  const store = openMemoryStore();
  const stats = ThreadStats.create();
  const setAside: Damage[] = [];
  const reading = { states: store, quarantine: { take: (damage: Damage) => void setAside.push(damage) } };
  const table = new UserTable(graph, new InterestCodec(graph), reading, stats);
  const click = (user: string, item: number) => {
    const row = table.load(user);
    touch(graph, row, item, EVENT_KIND.view_item, T0);
    table.markDirty(user, row);
  };
  const itemsOf = (user: string) =>
    Object.keys(weightsOf(graph, table.load(user), T0)).filter((name) => name.startsWith('item'));
  const commit = (max: number) => store.commit({ users: table.takeChanged(max) });
  return { table, store, stats, click, itemsOf, commit, setAside };
}

test('a user keeps their row; a new one begins empty', () => {
  const { table, click, itemsOf } = tableOf(2);
  click('ann', 1);
  expect(table.load('ann')).toBe(table.load('ann'));
  expect(table.load('bob')).not.toBe(table.load('ann'));
  expect(itemsOf('bob')).toEqual([]);
});

test('when all rows are taken, the user used least recently leaves, and comes back before and after the commit', async () => {
  const { table, stats, click, itemsOf, commit } = tableOf(2);
  click('ann', 1);
  click('bob', 2);
  table.load('ann');
  click('eve', 3);
  expect(table.size).toBe(2);
  expect(itemsOf('bob')).toEqual(['item:2']);
  await commit(0);
  expect(itemsOf('eve')).toEqual(['item:3']);
  expect(itemsOf('ann')).toEqual(['item:1']);
  expect(stats.counterValue(COUNTER.usersEvicted)).toBeGreaterThanOrEqual(3);
});

test('several states in one commit are each their own', async () => {
  const { store, click, itemsOf, commit, table } = tableOf(4);
  for (const [item, user] of ['ann', 'bob', 'eve'].entries()) click(user, item + 1);
  await commit(99);
  expect(
    new Set(['ann', 'bob', 'eve'].map((user) => Buffer.from(store.user(user)!).toString('hex'))).size,
  ).toBe(3);
  for (const user of ['ann', 'bob', 'eve']) table.drop(user);
  expect(['ann', 'bob', 'eve'].map(itemsOf)).toEqual([['item:1'], ['item:2'], ['item:3']]);
});

test('changed users are taken oldest change first, so many at a time, beside all evicted ones', () => {
  const { table, click } = tableOf(3);
  for (const [item, user] of ['ann', 'bob', 'eve', 'joe'].entries()) click(user, item + 1);
  expect(table.takeChanged(1).map(({ userId }) => userId)).toEqual(['ann', 'bob']);
  expect(table.dirtyCount).toBe(2);
  expect(table.takeChanged(99).map(({ userId }) => userId)).toEqual(['eve', 'joe']);
  expect(table.takeChanged(99)).toEqual([]);
});

test('an unchanged user leaves without being written', () => {
  const { table } = tableOf(1);
  table.load('ann');
  table.load('bob');
  expect(table.takeChanged(99)).toEqual([]);
});

test('a dropped user is forgotten, also when their state waits for a commit', () => {
  const { table, click, itemsOf } = tableOf(1);
  click('ann', 1);
  click('bob', 2);
  table.drop('ann');
  table.drop('bob');
  expect(table.takeChanged(99)).toEqual([]);
  expect(itemsOf('ann')).toEqual([]);
});
