import { describe, expect, test } from 'vitest';
import { CLOSES } from '../../../../../gateway/protocol/close-codes.js';
import { CONNECTION_TIME } from '../../../../../gateway/socket/connection.js';
import {
  CROWD_BITE_US,
  FlushQueue,
  LISTS_BITE_US,
  type Outbox,
} from '../../../../../gateway/socket/outgoing/outbox.js';
import { FakeClock } from '../../../../../metrics/process/clock.js';
import { COUNTER, HISTOGRAM } from '../../../../../metrics/table.js';
import { BUCKET_COUNT } from '../../../../../metrics/buckets.js';
import type { ShardList } from '../../../../../shards/wire/slot-lists.js';
import {
  LIMIT_BYTES,
  listOf,
  outboxHarness,
  tick,
  turn,
} from '../../../../support/gateway/outbox-harness.js';

/** A list that takes so long to write. */
function slowList(clock: FakeClock, us: number): ShardList {
  const { items, scores, rev } = listOf(1);
  return {
    items,
    scores,
    rev,
    get model() {
      clock.advanceUs(us);
      return 'fake@1';
    },
  };
}

test('a crowd is flushed some at a time: what others wait for comes in between', async () => {
  const clock = new FakeClock();
  const flushes = new FlushQueue(clock);
  let flushed = 0;
  const outbox = {
    flush: () => {
      flushed++;
      clock.advanceUs(0.4 * CROWD_BITE_US);
    },
  } as Outbox;
  for (let i = 0; i < 7; i++) flushes.markCrowd(outbox);
  await turn();
  expect(flushed).toBe(3);
  await turn();
  expect(flushed).toBe(6);
  await turn();
  expect(flushed).toBe(7);
});

describe('a peer that reads', () => {
  test('gets what a tick brought in one write: messages, lists, then one ack', async () => {
    const { outbox, socket } = outboxHarness();
    outbox.ack(1);
    outbox.list('home', listOf(1), 1);
    outbox.push({ t: 'pong', id: 1 });
    outbox.ack(2);
    expect(socket.read).toEqual([]);
    await tick();
    expect(socket.read.map(({ t }) => t)).toEqual(['pong', 'recs', 'ack']);
    expect(socket.of('ack')).toEqual([{ t: 'ack', seq: 2 }]);
    expect(socket.writes).toBe(1);
  });

  test('is told again of a list whose tiles show something else, with what it was sent with', async () => {
    const { outbox, socket, tiles, versions } = outboxHarness();
    tiles.define('home', ['title']);
    outbox.list('home', listOf(1), 5);
    outbox.list('plain', listOf(1), 5);
    await turn();
    outbox.tell();
    await turn();
    expect(socket.of('recs')).toHaveLength(2);
    versions.note([2], []);
    outbox.tell();
    await turn();
    const [, , again] = socket.of('recs');
    expect(socket.of('recs')).toHaveLength(3);
    expect(again).toMatchObject({ slot: 'home', rev: 1, cause: 5, items: [{ id: 'item-2' }] });
    versions.note([1], []);
    outbox.list('home', listOf(2), 6);
    outbox.tell();
    await turn();
    expect(socket.of('recs').slice(3)).toMatchObject([{ rev: 2, cause: 6, items: [{ id: 'item-4' }] }]);
  });

  test('[R3] several lists of a slot in one tick become the newest one', async () => {
    const { outbox, socket, stats } = outboxHarness();
    for (let rev = 1; rev <= 5; rev++) outbox.list('home', listOf(rev), rev);
    await tick();
    expect(socket.of('recs').map(({ rev, cause }) => [rev, cause])).toEqual([[5, 5]]);
    expect(stats.counterValue(COUNTER.listsCoalesced)).toBe(4);
    expect(stats.counterValue(COUNTER.listsSent)).toBe(1);
  });

  test('gets lists of different slots by age of their newest version', async () => {
    const { outbox, socket } = outboxHarness();
    outbox.list('home', listOf(1), 1);
    outbox.list('cart', listOf(2), 1);
    outbox.list('home', listOf(3), 2);
    await tick();
    expect(socket.of('recs').map(({ slot, rev }) => [slot, rev])).toEqual([
      ['cart', 2],
      ['home', 3],
    ]);
  });

  test('gets lists that take long to write in several turns, and the ack with the first', async () => {
    const { outbox, socket, clock } = outboxHarness();
    for (const slot of ['a', 'b', 'c']) outbox.list(slot, slowList(clock, 0.6 * LISTS_BITE_US), 1);
    outbox.ack(1);
    await tick();
    expect(socket.read.map(({ t }) => t)).toEqual(['recs', 'recs', 'ack']);
    await turn();
    expect(socket.of('recs').map(({ slot }) => slot)).toEqual(['a', 'b', 'c']);
  });

  test('gets all of it before `bye`', async () => {
    const { outbox, socket, clock } = outboxHarness();
    for (const slot of ['a', 'b', 'c']) outbox.list(slot, slowList(clock, LISTS_BITE_US), 1);
    outbox.finish(CLOSES.goingAway);
    expect(socket.read.map(({ t }) => t)).toEqual(['recs', 'recs', 'recs', 'bye']);
  });

  test('that took more than a little of the thread waits for a turn of the event loop', async () => {
    const { outbox, socket, clock } = outboxHarness();
    outbox.list('home', slowList(clock, CONNECTION_TIME.lightUs + 1), 1);
    await tick();
    expect(socket.read).toHaveLength(1);
    outbox.list('home', listOf(2), 2);
    await tick();
    expect(socket.read).toHaveLength(1);
    await turn();
    expect(socket.read).toHaveLength(2);
    clock.advanceMs(1_000);
    outbox.list('home', listOf(3), 3);
    await tick();
    expect(socket.read).toHaveLength(3);
  });

  test('[D2] a repeated ack is sent again', async () => {
    const { outbox, socket } = outboxHarness();
    outbox.ack(7);
    await tick();
    outbox.ack(3);
    await tick();
    expect(socket.of('ack').map(({ seq }) => seq)).toEqual([7, 3]);
  });

  test('is timed from click to list and from click to ack', async () => {
    const { outbox, times, clock, stats } = outboxHarness();
    times.received(7, 1, clock.nowUs());
    times.received(7, 2, clock.nowUs());
    clock.advanceMs(3);
    outbox.list('home', listOf(1), 2);
    await tick();
    clock.advanceMs(5);
    outbox.ack(2);
    await tick();
    const counts = new Float64Array(BUCKET_COUNT);
    expect(stats.addHistogram(HISTOGRAM.clickToList, counts)).toBe(6_000);
    expect(stats.addHistogram(HISTOGRAM.clickToAck, counts)).toBe(16_000);
  });
});

describe('[B1] a peer that does not read', () => {
  test('gets the newest list of each slot and the highest ack when it reads again', async () => {
    const { outbox, socket } = outboxHarness(0);
    outbox.push({ t: 'pong', id: 'first' });
    await tick();
    for (let rev = 1; rev <= 1_000; rev++) {
      outbox.list('home', listOf(rev), rev);
      outbox.ack(rev);
      await tick();
    }
    expect(outbox.isWaiting).toBe(true);
    expect(socket.readAll(Infinity)).toBe(true);
    outbox.drained();
    expect(socket.of('recs')).toEqual([]);
    await turn();
    expect(socket.of('recs').map(({ rev }) => rev)).toEqual([1_000]);
    expect(socket.of('ack').map(({ seq }) => seq)).toEqual([1_000]);
  });

  test('is written to in a turn of its own, also when nobody says that there is room', async () => {
    const { outbox, socket } = outboxHarness(0);
    outbox.push({ t: 'pong', id: 'first' });
    await tick();
    outbox.list('home', listOf(1), 1);
    await tick();
    outbox.look();
    await turn();
    expect(socket.of('recs')).toEqual([]);
    socket.readAll(Infinity);
    outbox.look();
    expect(socket.of('recs')).toEqual([]);
    await turn();
    expect(socket.of('recs').map(({ rev }) => rev)).toEqual([1]);
  });

  test('is closed 4008 with bye when messages outgrow the limit', async () => {
    const { outbox, socket } = outboxHarness(0);
    for (let id = 0; socket.closed === undefined && id < 1_000; id++) {
      outbox.push({ t: 'pong', id: 'x'.repeat(50) });
      await tick();
    }
    expect(socket.closed).toEqual({ code: 4008, reason: CLOSES.tooSlow.reason });
    expect(outbox.backlogBytes()).toBeLessThan(LIMIT_BYTES);
    socket.readAll();
    expect(socket.read.at(-1)).toEqual({
      t: 'bye',
      code: 4008,
      reason: CLOSES.tooSlow.reason,
      reconnect: 'now',
    });
  });

  test('is closed 4008 when the socket drops a frame', async () => {
    const { outbox, socket } = outboxHarness(0);
    const send = socket.send.bind(socket);
    socket.send = () => 'dropped';
    outbox.list('home', listOf(1), 1);
    socket.onEnd = () => (socket.send = send);
    await tick();
    expect(socket.closed?.code).toBe(4008);
  });

  test('many messages in one tick are no backlog while the socket takes them', async () => {
    const { outbox, socket } = outboxHarness();
    for (let id = 0; id < 1_000; id++) outbox.push({ t: 'pong', id });
    await tick();
    expect(socket.of('pong')).toHaveLength(1_000);
    expect(socket.closed).toBeUndefined();
  });

  test('a message above the limit leaves when nothing else waits', async () => {
    const { outbox, socket } = outboxHarness();
    outbox.push({ t: 'error', code: 'internal', message: 'x'.repeat(2 * LIMIT_BYTES) });
    await tick();
    expect(socket.of('error')).toHaveLength(1);
  });
});

describe('the end', () => {
  test('what waits goes before bye when the server goes away', () => {
    const { outbox, socket } = outboxHarness();
    outbox.ack(4);
    outbox.finish(CLOSES.goingAway);
    expect(socket.read.map(({ t }) => t)).toEqual(['ack', 'bye']);
    expect(socket.closed?.code).toBe(1001);
  });

  test('[D1] the ack goes before bye to a peer that does not read too; to one that is too slow nothing does', async () => {
    for (const close of [CLOSES.goingAway, CLOSES.tooSlow]) {
      const { outbox, socket } = outboxHarness(0);
      outbox.push({ t: 'pong' });
      await tick();
      outbox.list('home', listOf(1), 1);
      outbox.ack(7);
      outbox.finish(close);
      socket.readAll(Infinity);
      expect(socket.read.map(({ t }) => t)).toEqual(
        close === CLOSES.goingAway ? ['pong', 'ack', 'bye'] : ['pong', 'bye'],
      );
    }
  });

  test('nothing is sent after it', async () => {
    const { outbox, socket } = outboxHarness();
    outbox.finish(CLOSES.malformed);
    outbox.push({ t: 'pong' });
    outbox.list('home', listOf(1), 1);
    outbox.ack(1);
    outbox.finish(CLOSES.goingAway);
    await tick();
    expect(socket.read.map(({ t }) => t)).toEqual(['bye']);
  });

  test('a slot that was left gets no waiting list', async () => {
    const { outbox, socket } = outboxHarness();
    outbox.list('home', listOf(1), 1);
    outbox.list('cart', listOf(1), 1);
    outbox.dropList('home');
    await tick();
    expect(socket.of('recs').map(({ slot }) => slot)).toEqual(['cart']);
  });
});
