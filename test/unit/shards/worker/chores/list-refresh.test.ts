import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../../metrics/process/clock.js';
import { CatalogueView } from '../../../../../model/catalogue/catalogue-view.js';
import { InterestSlabs } from '../../../../../shards/graph/interest/interest-slabs.js';
import { LiveUser, type LiveSlot } from '../../../../../shards/live/live-user.js';
import { GRAPH_BOUNDS } from '../../../../../shards/wire/shard-limits.js';
import { ListRefresh } from '../../../../../shards/worker/chores/list-refresh.js';
import { sampleCatalogue } from '../../../../support/model/sample-catalogue.js';
import { slotOf } from '../../../../support/shards/shard-calls.js';

const change = (items: readonly number[], arrived: readonly number[] = []) => ({
  items: Int32Array.from(items),
  arrived: Int32Array.from(arrived),
  columns: [],
});

/** Open users, each shown one item, and who is to get a new list. */
async function refresh(shown: readonly number[]) {
  const users = shown.map((item, i) => {
    const user = new LiveUser(i + 1, `user-${i}`);
    const slot = user.define(slotOf({ k: 1 }));
    slot.rev = 1;
    slot.shown = Int32Array.from([item]);
    return user;
  });
  const shard = {
    hasWork: false,
    relisted: [] as string[],
    openUsers: () => users,
    relist: (user: LiveUser, slot: LiveSlot) => {
      slot.isDue = true;
      shard.relisted.push(user.userId);
    },
  };
  const clock = new FakeClock();
  const catalogue = await sampleCatalogue();
  await catalogue.upsert(Array.from({ length: 10 }, (_, i) => ({ id: `${i}` })));
  const slabs = new InterestSlabs({ ...GRAPH_BOUNDS, users: shown.length, width: 1 });
  const model = {
    graph: { slabs },
    /** Item 5 has items 6 and 7 near it. */
    nearest: {
      similar: Int32Array.from({ length: 20 }, (_, i) => (i === 10 ? 7 : i === 11 ? 8 : 0)),
      similarCount: 2,
    },
    users: { rowOf: (userId: string) => Number(userId.slice('user-'.length)) },
  };
  const served = { catalogue: new CatalogueView(catalogue.shared), model };
  return { clock, shard, slabs, users, refresh: new ListRefresh(shard, served, clock) };
}

describe('ListRefresh', () => {
  it('looks at everybody once for all that has changed, a few new lists at a time', async () => {
    const { refresh: lists, shard } = await refresh(Array.from({ length: 100 }, (_, i) => i % 2));
    for (let i = 0; i < 50; i++) lists.changed(change([1, 7]));
    const bites: number[] = [];
    for (let isLeft = true; isLeft;) {
      const before = shard.relisted.length;
      isLeft = lists.step();
      bites.push(shard.relisted.length - before);
    }
    expect(new Set(shard.relisted).size).toBe(50);
    expect(shard.relisted).toHaveLength(50);
    expect(Math.max(...bites)).toBeLessThanOrEqual(8);
    expect(lists.isRunning).toBe(false);
  });

  it('lets those who wait for a turn go first, but not for ever', async () => {
    const { clock, refresh: lists, shard } = await refresh([1, 2]);
    shard.hasWork = true;
    lists.changed(change([1]));
    lists.step();
    expect(shard.relisted).toEqual(['user-0']);
    lists.changed(change([2]));
    expect([lists.step(), shard.relisted]).toEqual([true, ['user-0']]);
    clock.advanceMs(20);
    lists.step();
    expect(shard.relisted).toEqual(['user-0', 'user-1']);
  });

  it('takes what changes during a pass into the next one', async () => {
    const { refresh: lists, shard, users } = await refresh(Array.from({ length: 20 }, () => 1));
    lists.changed(change([1]));
    lists.step();
    lists.changed(change([2]));
    for (const user of users) for (const slot of user.slots.values()) slot.shown[0] = 2;
    while (lists.step()) for (const user of users) for (const slot of user.slots.values()) slot.isDue = false;
    expect(new Set(shard.relisted).size).toBe(20);
  });

  it('lists an item that has arrived for those who have clicked what is like it', async () => {
    const { refresh: lists, shard, slabs } = await refresh([1, 1, 1]);
    slabs.clickItem[slabs.bounds.clicks] = 5;
    slabs.clickCount[1] = 1;
    lists.changed(change([7], [7]));
    while (lists.step());
    expect(shard.relisted).toEqual(['user-1']);
    lists.changed(change([6]));
    while (lists.step());
    expect(shard.relisted).toEqual(['user-1']);
  });

  it('gives a slot that was defined again one new list', async () => {
    const { refresh: lists, shard, users } = await refresh([1, 2, 3]);
    lists.redefined([users[1].define(slotOf({ k: 2 }))]);
    expect(lists.isRunning).toBe(true);
    while (lists.step());
    expect(shard.relisted).toEqual(['user-1']);
    expect(lists.isRunning).toBe(false);
  });

  it('gives everybody a new list when it is asked to, but those whose first one is on its way', async () => {
    const { refresh: lists, shard, users } = await refresh([1, 2, 3]);
    for (const slot of users[1].slots.values()) slot.rev = 0;
    lists.all();
    while (lists.step());
    expect(shard.relisted).toEqual(['user-0', 'user-2']);
  });
});
