import { expect, test, vi } from 'vitest';
import { CallPacker, ReplyPacker, unpackReplies } from '../../../../shards/wire/thread-batch.js';
import { RUNGS } from '../../../../shards/overload/shed-ladder.js';
import { TICK_CALLS } from '../../../../shards/wire/shard-limits.js';
import { visitor } from '../../../../shards/store/user-key.js';
import { HaltFlag } from '../../../../shards/wire/halt-flag.js';
import type { ShardCall } from '../../../../shards/wire/calls.js';
import { Unread } from '../../../../shards/wire/unread.js';
import type { PostedModel } from '../../../../shards/wire/posted-model.js';
import { ShardLoop } from '../../../../shards/worker/shard-loop.js';
import { aClick, aSubscription, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const ANN = { user: visitor('ann'), channel: 1, session: 11 };

test('a user whose calls wait is given away later, and what else is asked does not wait for that', async () => {
  const shard = await ShardHarness.make();
  await shard.open(ANN);
  await shard.tick(aSubscription(ANN));
  const answered: string[] = [];
  let waitedMeanwhile = 0;
  const ignore = (): void => {};
  const receiver = {
    applied: ignore,
    durable: ignore,
    refused: ignore,
    list: ignore,
    current: ignore,
    learn: ignore,
  };
  const sink = new ReplyPacker((batch) =>
    unpackReplies(batch, {
      ...receiver,
      reply: ({ op }) => {
        answered.push(op);
        if (op === 'recent') waitedMeanwhile = shard.built.shard.waiting;
      },
    }),
  );
  const unread = new Unread(new SharedArrayBuffer(Unread.BYTES));
  // What is answered here does not depend on the sink that the shard itself was built with.
  const model = {} as PostedModel;
  const loop = new ShardLoop(
    shard.built,
    { sink, unread, halt: new HaltFlag(), look: () => undefined },
    { shard: 0, shards: 1, model },
    ignore,
  );
  const calls = new CallPacker();
  for (let seq = 1; seq <= 8 * TICK_CALLS; seq++) calls.add(aClick({ by: ANN, seq, on: [seq % 60] }));
  calls.add({ op: 'give', call: 1, user: ANN.user, into: 'bob' });
  calls.add({ op: 'recent', call: 2, events: 1 });
  loop.receive({ batch: calls.take(), sentUs: 0 });
  await vi.waitFor(() => expect(answered).toContain('given'), 10_000);
  expect(answered).toEqual(['recent', 'given']);
  expect(waitedMeanwhile).toBeGreaterThan(0);
  // The last entry gives them away.
  expect(shard.store.journal.end).toBe(8 * TICK_CALLS + 1);
});

test('[R1] a click that comes while a flood is carried out is looked for after each round', async () => {
  const shard = await ShardHarness.make();
  const bob = { user: visitor('bob'), channel: 2, session: 21 };
  for (const user of [ANN, bob]) {
    await shard.open(user);
    await shard.tick(aSubscription(user));
  }
  shard.said.length = 0;
  const batchOf = (...calls: ShardCall[]) => {
    const packer = new CallPacker();
    for (const call of calls) packer.add(call);
    return { batch: packer.take(), sentUs: 0 };
  };
  // It was posted when the tick had begun, and the event loop has not come to it.
  const late = [batchOf(aClick({ by: bob, seq: 1, on: [3] }))];
  const loop = new ShardLoop(
    shard.built,
    {
      sink: new ReplyPacker(() => {}),
      unread: new Unread(new SharedArrayBuffer(Unread.BYTES)),
      halt: new HaltFlag(),
      look: () => late.pop(),
    },
    { shard: 0, shards: 1, model: {} as PostedModel },
    () => {},
  );
  loop.receive(batchOf(...Array.from({ length: 20 }, (_, i) => aClick({ by: ANN, seq: i + 1, on: [i] }))));
  const applied = () => shard.said.flatMap((said) => (said.op === 'applied' ? [said.session] : []));
  await vi.waitFor(() => expect(applied()).toHaveLength(21), 10_000);
  expect(applied().indexOf(bob.session)).toBe(2);
});

test.each([
  { rung: RUNGS[0], isMadeMeanwhile: true },
  { rung: RUNGS[1], isMadeMeanwhile: false },
])(
  'housekeeping gives way to clicks at level $rung.level: $isMadeMeanwhile',
  async ({ rung, isMadeMeanwhile }) => {
    const shard = await ShardHarness.make();
    await shard.open(ANN);
    await shard.tick(aSubscription(ANN), aClick({ by: ANN, seq: 1, on: [1] }));
    const { shard: inner } = shard.built;
    const sweepStep = inner.sweepStep.bind(inner);
    const hadClicks: boolean[] = [];
    vi.spyOn(inner, 'sweepStep').mockImplementation(() => {
      hadClicks.push(inner.hasWork);
      return sweepStep();
    });
    shard.built.context.shedding.rung = rung;
    const parts = {
      sink: new ReplyPacker(() => {}),
      unread: new Unread(new SharedArrayBuffer(Unread.BYTES)),
    };
    const loop = new ShardLoop(
      shard.built,
      { ...parts, halt: new HaltFlag(), look: () => undefined },
      { shard: 0, shards: 1, model: {} as PostedModel },
      () => {},
    );
    shard.built.context.shedding.rung = rung;
    const calls = new CallPacker();
    for (let seq = 2; seq <= 6 * TICK_CALLS; seq++) calls.add(aClick({ by: ANN, seq, on: [seq % 60] }));
    loop.receive({ batch: calls.take(), sentUs: shard.clock.nowUs() });
    // The first takes the one turn that there is while time stands still.
    loop.housekeeping.checkpoints.pages();
    loop.housekeeping.checkpoints.states();
    await vi.waitFor(() => expect(hadClicks.length).toBeGreaterThan(0), 10_000);
    expect(hadClicks[0]).toBe(isMadeMeanwhile);
  },
);

test('a stop in the middle of a sweep leaves states that contain the whole journal', async () => {
  const shard = await ShardHarness.make({ tuning: { usersHot: 128 } });
  for (let user = 1; user <= 100; user++) {
    await shard.open({ user: `user-${user}`, channel: user, session: user });
    await shard.tick(aClick({ by: openAs(user), seq: 1, on: [user % 60] }));
  }
  shard.built.shard.beginSweep();
  expect(shard.built.shard.sweepStep()).toBe(true);
  await shard.tick(aClick({ by: openAs(1), seq: 2, on: [7] }));
  const sink = new ReplyPacker(() => {});
  const unread = new Unread(new SharedArrayBuffer(Unread.BYTES));
  const worker = { shard: 0, shards: 1, model: {} as PostedModel };
  const ended = new Promise<void>((resolve) => {
    const loop = new ShardLoop(
      shard.built,
      { sink, unread, halt: new HaltFlag(), look: () => undefined },
      worker,
      resolve,
    );
    const calls = new CallPacker();
    calls.add({ op: 'stop' });
    loop.receive({ batch: calls.take(), sentUs: 0 });
  });
  await ended;
  expect(shard.store.checkpoint).toBe(shard.store.journal.end);
});
