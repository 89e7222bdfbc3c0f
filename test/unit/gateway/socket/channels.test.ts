import { describe, expect, test } from 'vitest';
import { Channels, USER_SLOTS_MAX, type ChannelMember } from '../../../../gateway/socket/channels.js';
import { isSameSlot } from '../../../../shards/owed/same-slot.js';
import type { ShardEvents, ShardPool } from '../../../../shards/pool/shard-pool.js';
import type { SlotDefinition } from '../../../../shards/wire/slot-lists.js';
import { listOf } from '../../../support/gateway/outbox-harness.js';
import { slotOf } from '../../../support/shards/shard-calls.js';

/** A pool of one user: what it is told, and its answers when a test gives them. */
class OneUserPool {
  readonly told: string[] = [];
  events!: ShardEvents;
  listen(events: ShardEvents): void {
    this.events = events;
  }
  subscribe(_channel: number, slots: readonly SlotDefinition[]): void {
    this.told.push(`subscribe ${slots.map(({ name }) => name).join()}`);
  }
  unsubscribe(_channel: number, names: readonly string[]): void {
    this.told.push(`unsubscribe ${names.join()}`);
  }
  close(): void {}
}

class Member implements ChannelMember {
  readonly got: string[] = [];
  hasSlot(): boolean {
    return true;
  }
  onList(slot: string, { rev }: { rev: number }, isCrowd: boolean): void {
    this.got.push(`${slot} ${rev}${isCrowd ? ' crowd' : ''}`);
  }
  onDurable(): void {}
  onRefused(): void {}
  onMoved(): void {}
  onErased(): void {}
}

function harness() {
  const pool = new OneUserPool();
  const channels = new Channels(pool as unknown as ShardPool);
  const join = (session: number) => {
    const member = new Member();
    const opened = { channel: 1, session, seq: 0, rev: 0 };
    const state = channels.join(member, opened as Parameters<Channels['join']>[1]);
    return { member, state };
  };
  return { pool, channels, join };
}

const HOME = slotOf({ name: 'home' });

describe('a member that comes to a slot as it is', () => {
  test('[R2] gets the newest list, and nobody else hears of it', () => {
    const { pool, channels, join } = harness();
    const first = join(1);
    channels.subscribe(first.member, first.state, [HOME], ['home']);
    pool.events.list(1, 'home', listOf(5));
    const second = join(2);
    channels.subscribe(second.member, second.state, [HOME], ['home']);
    pool.events.current(1, 'home');
    pool.events.current(1, 'home');
    expect([first.member.got, second.member.got]).toEqual([['home 5'], ['home 5']]);
  });

  test('gets a list that comes meanwhile in the place of the last one', () => {
    const { pool, channels, join } = harness();
    const first = join(1);
    channels.subscribe(first.member, first.state, [HOME], ['home']);
    pool.events.list(1, 'home', listOf(5));
    const second = join(2);
    channels.subscribe(second.member, second.state, [HOME], ['home']);
    pool.events.list(1, 'home', listOf(6));
    pool.events.current(1, 'home');
    expect(second.member.got).toEqual(['home 6']);
  });

  test('gets none when it has left by then', () => {
    const { pool, channels, join } = harness();
    const first = join(1);
    channels.subscribe(first.member, first.state, [HOME], ['home']);
    pool.events.list(1, 'home', listOf(5));
    const second = join(2);
    channels.subscribe(second.member, second.state, [HOME], ['home']);
    channels.leave(second.member, second.state, ['home']);
    pool.events.current(1, 'home');
    expect(second.member.got).toEqual([]);
    expect(pool.told.some((line) => line.startsWith('unsubscribe'))).toBe(false);
  });
});

test('200 members of four slots get four lists each when they come: 800 in all, and not 160,000', () => {
  const { pool, channels, join } = harness();
  const names = ['a', 'b', 'c', 'd'];
  const slots = names.map((name) => slotOf({ name }));
  const known = new Map<string, SlotDefinition>();
  const members = Array.from({ length: 200 }, (_, i) => {
    const { member, state } = join(i + 1);
    channels.subscribe(member, state, slots, names);
    // As the pool does it.
    for (const slot of slots) {
      if (isSameSlot(known.get(slot.name), slot)) pool.events.current(1, slot.name);
      else pool.events.list(1, slot.name, listOf(5));
      known.set(slot.name, slot);
    }
    return member;
  });
  expect(members.reduce((sum, { got }) => sum + got.length, 0)).toBe(800);
  pool.events.list(1, 'a', listOf(6));
  expect(members.every(({ got }) => got.at(-1) === 'a 6 crowd')).toBe(true);
});

test('a user has a bounded number of slots over all members', () => {
  const { channels, join } = harness();
  const [first, second] = [join(1), join(2)];
  const names = Array.from({ length: USER_SLOTS_MAX }, (_, i) => `slot-${i}`);
  expect(channels.hasRoomFor(first.state, names)).toBe(true);
  channels.subscribe(
    first.member,
    first.state,
    names.map((name) => slotOf({ name })),
    names,
  );
  expect(channels.hasRoomFor(second.state, names)).toBe(true);
  expect(channels.hasRoomFor(second.state, ['one-more'])).toBe(false);
});

describe('two definitions of a slot', () => {
  const filter = { op: 'all', parts: [] } as unknown as NonNullable<SlotDefinition['filter']>;
  test.each([
    ['are the same', {}, {}, true],
    ['differ in k', { k: 3 }, { k: 4 }, false],
    ['exclude the same', { exclude: Int32Array.of(1, 2) }, { exclude: Int32Array.of(1, 2) }, true],
    ['exclude something else', { exclude: Int32Array.of(1, 2) }, { exclude: Int32Array.of(1, 3) }, false],
    ['exclude less', { exclude: Int32Array.of(1, 2) }, {}, false],
    ['filter by the same', { filter }, { filter }, true],
    ['filter by what was compiled anew', { filter }, { filter: { ...filter } }, false],
  ])('%s', (_name, a, b, same) => {
    expect(isSameSlot(slotOf(a), slotOf(b))).toBe(same);
  });
});
