import { beforeEach, expect, test } from 'vitest';
import type { LinkReply } from '../../../../cluster/link/frame.js';
import type { LinkedPeer } from '../../../../cluster/link/link-server.js';
import { GuestDesk } from '../../../../cluster/pool/guest-desk.js';
import { GuestNews } from '../../../../cluster/pool/guest-news.js';
import { createLog } from '../../../../metrics/process/log.js';
import { turn } from '../../../../metrics/process/turn.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { OpenUsers } from '../../../../shards/pool/open-users.js';
import { ShardHandle } from '../../../../shards/pool/shard-handle.js';
import type { WatchedRun } from '../../../../shards/pool/supervised-thread.js';
import type { RunListener } from '../../../../shards/pool/thread-run.js';
import type { KeptSnapshot, ShardCall, ShardReply } from '../../../../shards/wire/calls.js';
import { neighboursModel } from '../../../../shards/wire/posted-model.js';
import { CallPacker, ReplyPacker, unpackCalls, unpackReplies } from '../../../../shards/wire/thread-batch.js';
import type { RunData } from '../../../../shards/wire/worker-data.js';

const BOUNDS = { queueMax: 100, queueUserMax: 50, ranksMax: 10, ranksUserMax: 10 };

/** A shard that notes what it is told, and answers what it is told to. */
class FakeRun implements WatchedRun {
  readonly calls = new CallPacker();
  readonly thread = -1;
  readonly loop = { active: 0, idle: 0 };
  readonly ready = Promise.resolve({ replayedEvents: 0, rebuiltUsers: 0, pagesLoaded: 0, pagesUnfit: 0 });
  readonly exited = new Promise<Error>(() => undefined);
  readonly told: ShardCall[] = [];
  readonly replies: ReplyPacker;

  constructor(listener: RunListener) {
    this.replies = new ReplyPacker((batch) => listener.batch(batch, 0));
  }

  schedule(): void {
    unpackCalls(this.calls.take(), (call) => this.told.push(call));
  }

  opens(): Extract<ShardCall, { op: 'open' }>[] {
    return this.told.filter((call) => call.op === 'open');
  }
}

/** Another node: it notes what it hears, in its own numbers. */
class Peer implements LinkedPeer {
  readonly heard: unknown[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  say(reply: LinkReply): void {
    if (reply.op !== 'replies') {
      this.heard.push(reply.op);
      return;
    }
    const note = (kind: string) => (number: number, what: number | string) =>
      void this.heard.push([kind, number, what]);
    unpackReplies(reply.batch, {
      applied: note('applied'),
      durable: note('durable'),
      refused: note('refused'),
      list: note('list'),
      current: note('current'),
      learn: () => undefined,
      reply: (said: ShardReply) => void this.heard.push(said),
    });
  }
}

let run: FakeRun;
let serves: boolean;
let desk: GuestDesk;
let users: OpenUsers;
let news: GuestNews;
/** The merge that was asked for, with what ends it. */
let merge: { readonly of: string; readonly end: (isMerged: boolean) => void } | undefined;
let a: Peer;
let b: Peer;

/** The snapshot that the desk was asked for. */
let snapshot: {
  readonly shard: number;
  readonly resolve: (kept: KeptSnapshot) => void;
  readonly reject: (error: Error) => void;
};

beforeEach(async () => {
  serves = true;
  let number = 100;
  news = new GuestNews();
  const worker = { shard: 0, shards: 1, folder: '', model: neighboursModel(4) } as unknown as RunData;
  const handle = new ShardHandle(worker, {
    bounds: BOUNDS,
    stats: ThreadStats.create(),
    log: createLog({ level: 'silent' }),
    startRun: (_, listener) => (run = new FakeRun(listener)),
    number: () => number++,
    learned: () => undefined,
    moved: () => undefined,
    idle: () => undefined,
    merged: () => undefined,
  });
  await handle.start();
  handle.listen(news);
  users = new OpenUsers([handle]);
  desk = new GuestDesk(
    {
      handles: [handle],
      users,
      serves: () => serves,
      itemCount: () => 0,
      wantsSlot: () => false,
      snapshot: (shard) => new Promise((resolve, reject) => (snapshot = { shard, resolve, reject })),
      merge: (visitor, into) => new Promise((end) => (merge = { of: `${visitor} ${into}`, end })),
    },
    news,
  );
  a = new Peer('a');
  b = new Peer('b');
});

function say(peer: Peer, ...calls: readonly ShardCall[]): void {
  const packer = new CallPacker();
  for (const call of calls) packer.add(call);
  desk.call(peer, { op: 'calls', partition: 0, items: 0, batch: packer.take() });
}

/** Ann comes to this node through `peer`, which calls her channel and session `own`. */
function enter(peer: Peer, own: number): void {
  desk.call(peer, { op: 'attach', partition: 0 });
  say(peer, {
    op: 'open',
    call: own,
    channel: own,
    user: 'ann',
    session: own,
    sessionId: 'ann',
    isExact: true,
  });
}

/** The shard opens whom it was asked to. */
async function opened(): Promise<void> {
  for (const { call } of run.opens())
    run.replies.reply({ op: 'opened', call, seq: 4, rev: 1, isMerged: false });
  await turn();
  await turn();
}

test('a user who is open at two nodes is one user, and each hears in its own numbers', async () => {
  enter(a, 1);
  enter(b, 2);
  const [first, second] = run.opens();
  expect([second.channel, second.session]).toEqual([first.channel, first.session]);
  await opened();
  expect(a.heard).toEqual(['attached', expect.objectContaining({ op: 'opened', call: 1, seq: 4 })]);
  expect(b.heard).toEqual(['attached', expect.objectContaining({ op: 'opened', call: 2, seq: 4 })]);
  run.replies.applied(first.session, 5);
  run.replies.durable(first.session, 5, 0, 0);
  await turn();
  await turn();
  for (const [peer, own] of [
    [a, 1],
    [b, 2],
  ] as const)
    expect(peer.heard.slice(2)).toEqual([
      ['applied', own, 5],
      ['durable', own, 5],
    ]);
});

test('a slot is defined once, and undefined when the last node that wants it lets it go', async () => {
  enter(a, 1);
  enter(b, 2);
  await opened();
  const slots = [{ name: 'home', k: 3 } as never];
  for (const [peer, channel] of [
    [a, 1],
    [b, 2],
  ] as const)
    say(peer, { op: 'subscribe', channel, slots });
  say(a, { op: 'unsubscribe', channel: 1, names: ['home'] });
  expect(run.told.some(({ op }) => op === 'unsubscribe')).toBe(false);
  say(b, { op: 'unsubscribe', channel: 2, names: ['home'] });
  expect(run.told.some(({ op }) => op === 'unsubscribe')).toBe(true);
});

test('a node that comes to a slot of others gets a list, for those so far went to them alone', async () => {
  enter(a, 1);
  enter(b, 2);
  await opened();
  const slots = [{ name: 'home', k: 3 } as never];
  const asked = (): string[] =>
    run.told.filter(({ op }) => op === 'subscribe' || op === 'current').map(({ op }) => op);
  say(a, { op: 'subscribe', channel: 1, slots });
  say(b, { op: 'subscribe', channel: 2, slots });
  expect(asked()).toEqual(['subscribe', 'subscribe']);
  say(b, { op: 'subscribe', channel: 2, slots });
  expect(asked()).toEqual(['subscribe', 'subscribe', 'current']);
});

test('a partition that is not served here is nobody’s', () => {
  serves = false;
  enter(a, 1);
  expect([a.heard, run.told]).toEqual([['gone'], []]);
});

test('a partition that is not served here any more is told of, and nothing is left of who used it', async () => {
  enter(a, 1);
  await opened();
  desk.ended(0);
  expect(a.heard.at(-1)).toBe('gone');
  expect(run.told.map(({ op }) => op)).toEqual(['open', 'close', 'release']);
  say(a, { op: 'close', channel: 1, session: 1 });
  expect(run.told).toHaveLength(3);
});

test('a node that is gone leaves whom others have open', async () => {
  enter(a, 1);
  enter(b, 2);
  await opened();
  desk.left(a);
  expect(run.told.map(({ op }) => op)).toEqual(['open', 'open']);
  desk.left(b);
  expect(run.told.map(({ op }) => op)).toEqual(['open', 'open', 'close', 'release']);
});

test('what no node is asked for is refused', async () => {
  desk.call(a, { op: 'attach', partition: 0 });
  say(a, { op: 'snapshot', call: 9, folder: '/' });
  await turn();
  await turn();
  expect(a.heard.at(-1)).toMatchObject({ op: 'failed', call: 9 });
  expect(run.told).toEqual([]);
});

test('whoever is erased through one node is told of at all nodes that have them open, each in its own numbers', async () => {
  enter(a, 1);
  enter(b, 2);
  await opened();
  say(a, { op: 'erase', call: 9, user: 'ann' });
  await turn();
  await turn();
  const erase = run.told.find((call) => call.op === 'erase');
  expect(erase).toMatchObject({ user: 'ann' });
  expect(a.heard.at(-1)).toEqual({ op: 'left', call: 0, channel: 1, into: undefined });
  expect(b.heard.at(-1)).toEqual({ op: 'left', call: 0, channel: 2, into: undefined });
  run.replies.reply({ op: 'done', call: (erase as { call: number }).call });
  await turn();
  await turn();
  expect(a.heard.at(-1)).toEqual({ op: 'done', call: 9 });
});

/** Ann is a visitor whom somebody begins to merge; what is given out ends it. */
async function merging(): Promise<(isMerged: boolean) => Promise<void>> {
  enter(a, 1);
  await opened();
  const channel = users.channel(run.opens()[0].channel);
  let settle = (): void => undefined;
  users.moving.set('ann' as never, new Promise<void>((resolve) => (settle = resolve)));
  channel!.isMoving = true;
  return async (isMerged) => {
    channel!.isMoving = isMerged;
    users.moving.clear();
    settle();
    await turn();
    await turn();
  };
}

const CLICK = { seq: 5, kind: 1, tsMs: 1, items: [1], value: 0, quantity: 1, query: '' } as const;
const clickOf = (call: number) =>
  ({ op: 'event', channel: 1, session: call === 0 ? 1 : 0, event: CLICK, call }) as const;
const clicksTold = (): number => run.told.filter(({ op }) => op === 'event').length;

test('a merge that a node wants is made here, whoever has the visitor open, and goes on when that node is gone', async () => {
  enter(a, 1);
  enter(b, 2);
  await opened();
  say(b, { op: 'join', call: 9, user: 'ann', into: 'bob' });
  expect(merge?.of).toBe('ann bob');
  desk.left(a);
  merge?.end(true);
  await turn();
  await turn();
  expect(b.heard.at(-1)).toEqual({ op: 'joined', call: 9, isMerged: true });
});

test('[D1] events of a visitor who is being merged wait: they are carried out when the visitor stays, and else sent again by whoever sent them', async () => {
  const end = await merging();
  say(a, clickOf(0), clickOf(7));
  await turn();
  expect(clicksTold()).toBe(0);
  await end(false);
  expect(clicksTold()).toBe(2);
});

test('[D1] what comes right behind an open that waits for the end of a merge waits as well', async () => {
  const end = await merging();
  enter(b, 1);
  say(b, clickOf(0));
  await turn();
  expect([run.opens().length, clicksTold()]).toEqual([1, 0]);
  await end(false);
  expect([run.opens().length, clicksTold()]).toEqual([2, 1]);
});

test('a node that is gone is not answered what waited behind such an open', async () => {
  const end = await merging();
  enter(b, 1);
  say(b, { ...clickOf(7), channel: 1 });
  desk.call(b, { op: 'detach', partition: 0 });
  await end(false);
  expect(b.heard).toEqual(['attached']);
});

test('[D4] no event reaches a visitor who has become somebody’s, also one that comes later', async () => {
  const end = await merging();
  say(a, clickOf(0), clickOf(7));
  await end(true);
  say(a, clickOf(0));
  await turn();
  await turn();
  expect(clicksTold()).toBe(0);
  expect(a.heard.at(-1)).toMatchObject({ op: 'merged', call: 7 });
});

test('whoever has a visitor open hears in its own number that they are somebody’s now', async () => {
  enter(a, 1);
  enter(b, 2);
  const { channel } = run.opens()[0];
  news.moved(channel, 'bob' as never);
  await turn();
  await turn();
  expect(a.heard.at(-1)).toEqual({ op: 'left', call: 0, channel: 1, into: 'bob' });
  expect(b.heard.at(-1)).toEqual({ op: 'left', call: 0, channel: 2, into: 'bob' });
});

test('a guest is told of the snapshot that it asked for, and why there is none', async () => {
  desk.call(a, { op: 'attach', partition: 0 });
  say(a, { op: 'keep', call: 4 });
  const kept = { shard: snapshot.shard, madeAtMs: 5, journalEnd: 9, bytes: 700 };
  expect(kept.shard).toBe(0);
  snapshot.resolve(kept);
  await turn();
  await turn();
  expect(a.heard.at(-1)).toEqual({ op: 'kept', call: 4, snapshot: kept });
  say(a, { op: 'keep', call: 5 });
  snapshot.reject(new Error('the partition is this node’s no more'));
  await turn();
  await turn();
  expect(a.heard.at(-1)).toEqual({ op: 'failed', call: 5, message: 'the partition is this node’s no more' });
});
