import { describe, expect, test } from 'vitest';
import { digestOf, DIGESTS_MAX, EventDigests } from '../../../../shards/live/event-digests.js';
import { EVENTS_REREAD, SESSIONS_REMEMBERED, SessionMemory } from '../../../../shards/live/session-memory.js';
import { aClick, anEvent, openAs } from '../../../support/shards/shard-calls.js';
import { ShardHarness } from '../../../support/shards/shard-harness.js';

const event = anEvent({ on: [3, 4], seq: 1, value: 2.5, query: 'mug' });

describe('a digest', () => {
  test('is of what an event says, and not of when it was', () => {
    expect(digestOf({ ...event })).toBe(digestOf({ ...event, tsMs: 1, seq: 9 } as typeof event));
    expect(digestOf(event)).toBe(digestOf(event) >>> 0);
  });

  test.each([
    { kind: event.kind + 1 },
    { items: [4, 3] },
    { items: [3] },
    { value: 2.500001 },
    { quantity: 2 },
    { query: 'mugs' },
  ])('differs with %o', (change) => {
    expect(digestOf({ ...event, ...change })).not.toBe(digestOf(event));
  });

  test('is rarely that of another event', () => {
    const seen = new Set(Array.from({ length: 20_000 }, (_, item) => digestOf({ ...event, items: [item] })));
    expect(seen.size).toBeGreaterThan(19_998);
  });
});

describe('the events of a session', () => {
  test('are remembered, the latest of them, and none is taken for another', () => {
    const digests = new EventDigests();
    for (let seq = 1; seq <= 3 * DIGESTS_MAX; seq++) {
      digests.add(seq, seq * 7);
      expect(digests.count).toBe(Math.min(seq, DIGESTS_MAX));
      for (let past = 1; past <= seq; past += 1 + (seq >> 4))
        expect(digests.isOther(past, past * 7)).toBe(false);
      expect(digests.isOther(seq, 1)).toBe(true);
      expect(digests.isOther(Math.max(1, seq - DIGESTS_MAX + 1), 1)).toBe(true);
      expect(digests.isOther(seq - DIGESTS_MAX, 1)).toBe(false);
      expect(digests.isOther(seq + 1, 1)).toBe(false);
    }
  });

  test('that do not follow the last are a new beginning', () => {
    const digests = new EventDigests();
    for (const seq of [5, 6, 9]) digests.add(seq, seq);
    expect(digests.count).toBe(1);
    expect([digests.isOther(6, 0), digests.isOther(9, 0)]).toEqual([false, true]);
  });
});

describe('sessions that are not open', () => {
  test('are remembered up to a bound; the one closed longest ago goes first', () => {
    const memory = new SessionMemory();
    for (let i = 0; i <= SESSIONS_REMEMBERED; i++) {
      const digests = new EventDigests();
      digests.add(1, i);
      memory.keep('ann', `s-${i}`, digests);
    }
    expect(memory.size).toBe(SESSIONS_REMEMBERED);
    expect(memory.take('ann', 's-0').count).toBe(0);
    expect(memory.take('ann', 's-1').isOther(1, 9)).toBe(true);
    expect(memory.take('ann', 's-1').count).toBe(0);
  });

  test('without events are not remembered', () => {
    const memory = new SessionMemory();
    memory.keep('ann', 's', new EventDigests());
    expect(memory.size).toBe(0);
  });
});

describe('after a crash', () => {
  const ANN = { user: 'ann', ...openAs(1) };

  test('[D2] another event of a durable seq is refused, and a repeat acknowledged', async () => {
    const before = await ShardHarness.make();
    await before.open(ANN);
    for (let seq = 1; seq <= 3; seq++) await before.tick(aClick({ by: ANN, seq, on: [seq] }));
    const { store } = before;
    const after = await ShardHarness.recovered({ store: await store.afterCrash(store.batches.length) });
    expect(await after.open(ANN)).toBe(3);
    after.said.length = 0;
    await after.tick(aClick({ by: ANN, seq: 2, on: [2] }), aClick({ by: ANN, seq: 3, on: [7] }));
    expect(after.said).toContainEqual({ op: 'durable', session: 1, seq: 2 });
    expect(after.said).toContainEqual({ op: 'refused', session: 1, seq: 3, expected: 4 });
    expect(after.said).not.toContainEqual({ op: 'durable', session: 1, seq: 3 });
  });

  test('what is further back than the journal is read again is taken for a repeat', async () => {
    const before = await ShardHarness.make();
    await before.open(ANN);
    await before.tick(aClick({ by: ANN, seq: 1, on: [1] }));
    const crowd = { user: 'bob', ...openAs(2) };
    await before.open(crowd);
    for (let first = 1; first <= EVENTS_REREAD; first += 64) {
      before.take(...Array.from({ length: 64 }, (_, i) => aClick({ by: crowd, seq: first + i, on: [1] })));
      before.built.shard.flush();
    }
    await before.settle();
    const { store } = before;
    const after = await ShardHarness.recovered({ store: await store.afterCrash(store.batches.length) });
    await after.open(ANN);
    await after.open(crowd);
    after.said.length = 0;
    await after.tick(
      aClick({ by: ANN, seq: 1, on: [7] }),
      aClick({ by: crowd, seq: EVENTS_REREAD, on: [7] }),
    );
    expect(after.said).toContainEqual({ op: 'durable', session: 1, seq: 1 });
    expect(after.said).toContainEqual({
      op: 'refused',
      session: 2,
      seq: EVENTS_REREAD,
      expected: EVENTS_REREAD + 1,
    });
  });
});
