import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ShardCall, ShardReply, ShardSink } from '../../shards/wire/calls.js';
import {
  CallPacker,
  ReplyPacker,
  unpackCalls,
  unpackReplies,
  type ThreadBatch,
} from '../../shards/wire/thread-batch.js';
import { slotOf } from '../support/shards/shard-calls.js';
import type { ReasonRow, ShardList } from '../../shards/wire/slot-lists.js';
import { anyText } from '../support/any-text.js';
import type { ShardEvent } from '../../shards/wire/shard-event.js';

const id = fc.nat(1_000_000);
const indices = fc.array(fc.nat(4_000_000), { maxLength: 10 });
const slotName = fc.constantFrom('home', 'side', 'basket');
const text = anyText(8);

const event: fc.Arbitrary<ShardEvent> = fc
  .record({
    seq: id,
    eventId: text,
    kind: fc.nat(14),
    tsMs: fc.maxSafeNat(),
    items: indices,
    value: fc.double(),
    quantity: fc.double(),
    query: text,
    hits: fc.option(indices, { nil: undefined }),
    campaign: text,
  })
  .map(({ eventId, hits, campaign, ...rest }) => ({
    ...rest,
    ...(eventId !== '' && { eventId }),
    ...(hits && { hits: Int32Array.from(hits) }),
    ...(campaign !== '' && { campaign }),
  }));

const call: fc.Arbitrary<ShardCall> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('event' as const), call: id, channel: id, session: id, event }),
  },
  fc.record({
    op: fc.constant('open' as const),
    call: id,
    channel: id,
    user: text,
    session: id,
    sessionId: text,
    isExact: fc.boolean(),
  }),
  fc.record({ op: fc.constant('close' as const), channel: id, session: id }),
  fc.record({ op: fc.constant('release' as const), channel: id }),
  fc.record({
    op: fc.constant('subscribe' as const),
    channel: fc.nat(3),
    slots: fc.array(slotName.map((name) => slotOf({ name, exclude: Int32Array.of(1, 2) }))),
  }),
  fc.record({ op: fc.constant('unsubscribe' as const), channel: fc.nat(3), names: fc.array(slotName) }),
  fc.record({ op: fc.constant('current' as const), channel: fc.nat(3), names: fc.array(slotName) }),
  fc.record({
    op: fc.constant('rank' as const),
    call: id,
    channel: id,
    request: fc.tuple(indices, fc.boolean()).map(([items, explains]) => ({
      slot: slotOf({ explain: explains }),
      candidates: Int32Array.from(items),
      ...(explains && { values: new Map(items.map((item) => [item, item / 3])) }),
      deadlineUs: 5,
    })),
  }),
  fc.record({
    op: fc.constant('rankFor' as const),
    call: id,
    user: text,
    request: indices.map((items) => ({
      slot: slotOf({ exclude: Int32Array.from(items), filter: { tests: [] } as never }),
      deadlineUs: 0,
    })),
  }),
  fc.record({ op: fc.constant('give' as const), call: id, user: text, into: text }),
  fc.record({ op: fc.constant('unfinished' as const), call: id }),
  fc.record({
    op: fc.constant('merge' as const),
    call: id,
    from: text,
    into: text,
    state: fc.uint8Array(),
    sessions: fc.array(fc.record({ sessionId: text, seq: id })),
    eventIds: fc.array(text),
  }),
  fc.record({ op: fc.constant('forget' as const), call: id, user: text, to: text }),
  fc.record({
    op: fc.constant('learn' as const),
    item: id,
    atMs: fc.maxSafeNat(),
    session: id,
    before: indices,
  }),
  fc.record({ op: fc.constant('snapshot' as const), call: id, folder: text }),
  fc.record({ op: fc.constant('stop' as const), call: id }),
);

/** As posting to another thread does it: copied, the words transferred. */
function post(batch: ThreadBatch): ThreadBatch {
  return structuredClone(batch, { transfer: [batch.words.buffer as ArrayBuffer] });
}

type SlotCall = Extract<ShardCall, { op: 'subscribe' | 'unsubscribe' | 'current' }>;

function isOfSlots(one: ShardCall): one is SlotCall {
  return one.op === 'subscribe' || one.op === 'unsubscribe' || one.op === 'current';
}

/** What a sequence of calls comes to for each slot: its definition, that it is gone, or that it was asked for. */
function slotsAfter(calls: readonly ShardCall[]): Map<string, unknown> {
  const slots = new Map<string, unknown>();
  for (const one of calls) {
    if (!isOfSlots(one)) continue;
    if (one.op === 'subscribe') for (const slot of one.slots) slots.set(`${one.channel} ${slot.name}`, slot);
    else if (one.op === 'unsubscribe')
      for (const name of one.names) slots.set(`${one.channel} ${name}`, 'gone');
    else {
      for (const name of one.names) {
        const key = `${one.channel} ${name}`;
        if (typeof slots.get(key) !== 'object') slots.set(key, 'asked');
      }
    }
  }
  return slots;
}

test('calls arrive at the other thread as they were made, in order; of slots the latest, once', () => {
  fc.assert(
    fc.property(fc.array(call, { maxLength: 20 }), fc.array(call, { maxLength: 5 }), (calls, later) => {
      const packer = new CallPacker();
      for (const batch of [calls, later]) {
        for (const one of batch) packer.add(one);
        const others = batch.filter((one) => !isOfSlots(one));
        expect(packer.isEmpty).toBe(others.length === 0 && slotsAfter(batch).size === 0);
        const arrived: ShardCall[] = [];
        unpackCalls(post(packer.take()), (one) => arrived.push(one));
        expect(arrived.slice(0, others.length)).toEqual(others);
        const ofSlots = arrived.slice(others.length).filter(isOfSlots);
        expect(ofSlots.length).toBe(arrived.length - others.length);
        expect(new Set(ofSlots.map(({ op, channel }) => `${op} ${channel}`)).size).toBe(ofSlots.length);
        expect(slotsAfter(ofSlots)).toEqual(slotsAfter(batch));
      }
    }),
  );
});

const score = fc.float({ noNaN: true });
const reason: fc.Arbitrary<ReasonRow> = fc
  .record({
    pairs: fc.array(fc.tuple(id, score), { maxLength: 3 }),
    source: fc.nat(5),
    parts: fc.option(
      fc.array(fc.record({ of: fc.nat(6), item: fc.integer({ min: -1, max: 9 }), score }), { maxLength: 4 }),
      { nil: undefined },
    ),
  })
  .map(({ pairs, source, parts }) => ({
    because: pairs.map(([item]) => item),
    weight: pairs.map(([, weight]) => weight),
    source,
    ...(parts && { parts }),
  }));
const list: fc.Arbitrary<ShardList> = fc
  .record({
    rows: fc.array(fc.tuple(id, score, reason), { maxLength: 8 }),
    explained: fc.boolean(),
    rev: fc.maxSafeNat(),
    model: text,
  })
  .map(({ rows, explained, rev, model }) => ({
    items: Int32Array.from(rows, ([item]) => item),
    scores: Float32Array.from(rows, ([, value]) => value),
    rev,
    model,
    ...(explained && { reasons: rows.slice(0, 3).map(([, , row]) => row) }),
  }));

type Said = {
  readonly [K in 'applied' | 'durable' | 'refused' | 'list' | 'current' | 'learn' | 'reply']: readonly [
    K,
    ...unknown[],
  ];
}['applied' | 'durable' | 'refused' | 'list' | 'current' | 'learn' | 'reply'];

const reply: fc.Arbitrary<ShardReply> = fc.oneof(
  fc.record({
    op: fc.constant('opened' as const),
    call: id,
    seq: id,
    rev: id,
    isMerged: fc.boolean(),
  }),
  fc.record({
    op: fc.constant('taken' as const),
    call: id,
    outcome: fc.constantFrom('applied' as const, 'duplicate' as const),
  }),
  fc.record({
    op: fc.constant('ranked' as const),
    call: id,
    answer: fc.tuple(list, fc.boolean()).map(([one, degraded]) => ({ ...one, degraded })),
  }),
  fc.record({
    op: fc.constant('given' as const),
    call: id,
    into: fc.option(text, { nil: undefined }),
    state: fc.option(fc.uint8Array(), { nil: undefined }),
    sessions: fc.array(fc.record({ sessionId: text, seq: id })),
    eventIds: fc.array(text),
  }),
  fc.record({ op: fc.constant('done' as const), call: id }),
  fc.record({ op: fc.constant('failed' as const), call: id, message: text }),
);
const said: fc.Arbitrary<Said> = fc.oneof(
  fc.tuple(fc.constant('applied' as const), id, id),
  fc.tuple(fc.constant('durable' as const), id, id, id, id),
  fc.tuple(fc.constant('refused' as const), id, id, id),
  fc.tuple(fc.constant('list' as const), id, text, list),
  fc.tuple(fc.constant('current' as const), id, text),
  fc.tuple(fc.constant('learn' as const), id, fc.maxSafeNat(), id, indices),
  fc.tuple(fc.constant('reply' as const), reply),
);

function say(sink: ShardSink, [op, ...values]: Said): void {
  if (op === 'learn') {
    const [item, atMs, session, before] = values as [number, number, number, number[]];
    sink.learn({ item, atMs, session, before: Int32Array.from([...before, 99]), beforeCount: before.length });
  } else (sink[op] as (...all: unknown[]) => void)(...values);
}

const ROUND = { startedUs: 1.5, graphUs: 2.5, modelUs: 3.5, scoringUs: 0.5, answeredUs: 4.5 };

/** What was said, with the times of its round where it is a list. */
function inRound([op, ...values]: Said): unknown[] {
  if (op === 'list') return [op, values[0], values[1], { ...(values[2] as ShardList), round: ROUND }];
  const [said] = values as ShardReply[];
  if (op !== 'reply' || said.op !== 'ranked') return [op, ...values];
  return [op, { ...said, answer: { shardUs: 0, ...said.answer, round: ROUND } }];
}

test('answers arrive at the gateway’s thread as they were given, in order', () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 20 }), (all) => {
      const batches: ThreadBatch[] = [];
      const packer = new ReplyPacker((batch) => batches.push(post(batch)));
      packer.stepped(1.5, 2.5, 3.5);
      for (const one of all) say(packer, one);
      packer.answered(0.5, 4.5);
      expect(batches).toHaveLength(all.length === 0 ? 0 : 1);
      const arrived: unknown[] = [];
      const hear =
        (op: string) =>
        (...values: unknown[]) =>
          arrived.push([op, ...values]);
      const receiver = {
        applied: hear('applied'),
        durable: hear('durable'),
        refused: hear('refused'),
        list: hear('list'),
        current: hear('current'),
        learn: hear('learn'),
        reply: hear('reply'),
      };
      for (const batch of batches) unpackReplies(batch, receiver);
      expect(arrived).toEqual(all.map(inRound));
    }),
  );
});

test('[D1] acknowledgements between ticks are sent together, without waiting for the next one', async () => {
  const batches: ThreadBatch[] = [];
  const packer = new ReplyPacker((batch) => batches.push(batch));
  packer.durable(1, 1, 0, 0);
  packer.durable(2, 1, 0, 0);
  expect(batches).toHaveLength(0);
  await new Promise((resolve) => setImmediate(resolve));
  expect(batches).toHaveLength(1);
});
