import { beforeEach, expect, test } from 'vitest';
import { Outstanding } from '../../../../shards/owed/outstanding.js';
import { OpenUsers } from '../../../../shards/pool/open-users.js';
import type { ShardHandle } from '../../../../shards/pool/shard-handle.js';
import { VisitorMerges } from '../../../../shards/pool/visitor-merges.js';
import { named, visitor, type UserKey } from '../../../../shards/store/user-key.js';
import type { ShardCall, ShardReply } from '../../../../shards/wire/calls.js';

type Asked = Extract<ShardCall, { readonly op: 'give' | 'merge' | 'forget' | 'open' }>;

/** A shard whose answers the test gives, one call after the other. */
class ScriptedShard {
  readonly asked: Asked[] = [];
  readonly owed = new Outstanding(
    0,
    { queueMax: 10, queueUserMax: 10, ranksMax: 10, ranksUserMax: 10 },
    () => ++numbers,
  );
  readonly #answers: ((reply: ShardReply) => void)[] = [];

  answerTo(call: Asked): Promise<ShardReply> {
    this.asked.push(call);
    return new Promise((answer) => this.#answers.push(answer));
  }

  close(): boolean {
    return false;
  }

  /** Answers the oldest call that waits, and lets what follows from it happen. */
  async answer(reply: Record<string, unknown>): Promise<void> {
    this.#answers.shift()?.({ call: 1, ...reply } as ShardReply);
    await settled();
  }

  get ops(): string[] {
    return this.asked.map(({ op }) => op);
  }
}

let numbers = 0;
let shard: ScriptedShard;
let users: OpenUsers;
let merges: VisitorMerges;
let moved: [number, UserKey][];

beforeEach(() => {
  shard = new ScriptedShard();
  users = new OpenUsers([shard as unknown as ShardHandle]);
  moved = [];
  merges = new VisitorMerges(users, (channel, into) => moved.push([channel, into]));
});

const settled = () => new Promise((done) => setImmediate(done));
const given = (into: UserKey | undefined) => ({ op: 'given', into, sessions: [], eventIds: [] });
const OPENED = { op: 'opened', seq: 3, rev: 1, isMerged: false };
const MERGED = { op: 'opened', seq: 3, rev: 0, isMerged: true };
const DONE = { op: 'done' };

test('whoever opens a visitor while they are merged is asked for when the merge is over, after each of its steps', async () => {
  const done = merges.merge(visitor('v'), named('u'));
  const opened = users.open(visitor('v'), 'v', { isExact: false });
  await settled();
  expect(shard.ops).toEqual(['give']);
  await shard.answer(given(named('u')));
  expect(shard.ops).toEqual(['give', 'merge']);
  await shard.answer(DONE);
  expect(shard.ops).toEqual(['give', 'merge', 'forget']);
  await shard.answer(DONE);
  expect(await done).toBe(true);
  expect(shard.ops).toEqual(['give', 'merge', 'forget', 'open']);
  await shard.answer(MERGED);
  expect(await opened).toEqual({ mergedSeq: 3 });
});

test('whoever opens a visitor whose merge fails, or comes to nothing, is asked for then', async () => {
  for (const outcome of [{ op: 'failed', message: 'no' }, given(undefined)]) {
    const done = merges.merge(visitor('v'), named('u')).catch(() => 'failed');
    const opened = users.open(visitor('v'), 'v', { isExact: false });
    await settled();
    expect(shard.ops.splice(-1)).toEqual(['give']);
    await shard.answer(outcome);
    expect(await done).toBe(outcome.op === 'failed' ? 'failed' : false);
    await shard.answer(OPENED);
    expect(await opened).toMatchObject({ user: visitor('v'), seq: 3 });
    expect(users.moving.size).toBe(0);
  }
});

test('a visitor who was merged before stays decided upon, one of whom there was nothing is as they were', async () => {
  const { channel } = users.hold(visitor('v'), 'v');
  for (const owner of [undefined, named('w')]) {
    const done = merges.merge(visitor('v'), named('u'));
    expect(channel.isMoving).toBe(true);
    await shard.answer({ ...given(undefined), owner });
    expect(await done).toBe(false);
    expect(channel.isMoving).toBe(owner !== undefined);
  }
  expect(moved).toEqual([[channel.number, named('w')]]);
});

test('a pool of several nodes has visitors of whom there is nothing closed, one of a single node has not', async () => {
  for (const closes of [false, true]) {
    const done = new VisitorMerges(users, () => undefined, closes).merge(visitor('v'), named('u'));
    await shard.answer(given(undefined));
    expect(await done).toBe(false);
  }
  expect(shard.asked.map((call) => 'closes' in call && call.closes)).toEqual([false, true]);
});

test('others are opened meanwhile, the named user too', async () => {
  const done = merges.merge(visitor('v'), named('u'));
  void users.open(named('u'), 'phone', { isExact: false });
  void users.open(visitor('w'), 'w', { isExact: false });
  await settled();
  expect(shard.ops).toEqual(['give', 'open', 'open']);
  await shard.answer(given(undefined));
  expect(await done).toBe(false);
});

test('merges crosswise that begin in one turn are of two visitors and two users: both end, and neither waits for the other', async () => {
  const one = merges.merge(visitor('a'), named('b'));
  const other = merges.merge(visitor('b'), named('a'));
  await settled();
  expect(shard.asked).toMatchObject([
    { op: 'give', user: visitor('a'), into: named('b') },
    { op: 'give', user: visitor('b'), into: named('a') },
  ]);
  await shard.answer(given(named('b')));
  await shard.answer(given(named('a')));
  expect(shard.asked.slice(2)).toMatchObject([
    { op: 'merge', from: visitor('a'), into: named('b') },
    { op: 'merge', from: visitor('b'), into: named('a') },
  ]);
  for (let left = 4; left > 0; left--) await shard.answer(DONE);
  expect(await Promise.all([one, other])).toEqual([true, true]);
  expect(shard.asked.slice(4)).toMatchObject([
    { op: 'forget', user: visitor('a'), to: named('b') },
    { op: 'forget', user: visitor('b'), to: named('a') },
  ]);
  expect(users.moving.size).toBe(0);
});

test('two that begin in one turn for one visitor: the first has them, the other hears whose they are', async () => {
  const first = merges.merge(visitor('v'), named('a'));
  const same = merges.merge(visitor('v'), named('a'));
  const other = merges.merge(visitor('v'), named('b'));
  await settled();
  expect(shard.ops).toEqual(['give']);
  await shard.answer(given(named('a')));
  await shard.answer(DONE);
  await shard.answer(DONE);
  expect(await Promise.all([first, same])).toEqual([true, true]);
  expect(shard.asked[3]).toMatchObject({ op: 'give', user: visitor('v'), into: named('b') });
  // The shard has it on disk whose they are.
  await shard.answer(given(named('a')));
  await shard.answer(DONE);
  await shard.answer(DONE);
  expect(await other).toBe(false);
  expect(users.moving.size).toBe(0);
});

test('events of an open visitor are turned away from the moment their merge begins; the channel hears whose they are', async () => {
  const opening = users.open(visitor('v'), 'v', { isExact: false });
  await shard.answer(OPENED);
  const { channel } = (await opening) as { channel: number };
  const done = merges.merge(visitor('v'), named('u'));
  expect(shard.owed.byUser.get(visitor('v'))?.isMoving).toBe(true);
  await settled();
  await shard.answer(given(named('u')));
  await shard.answer(DONE);
  await shard.answer(DONE);
  await done;
  expect(moved).toEqual([[channel, named('u')]]);
});
