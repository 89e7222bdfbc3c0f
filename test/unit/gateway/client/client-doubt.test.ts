import { describe, expect, it } from 'vitest';
import { AfterclickClient } from '../../../../gateway/client/index.js';
import type { Event } from '../../../../gateway/protocol/messages.js';
import { ManualClock, MapStorage, socketFactory, welcome } from '../../../support/gateway/client-harness.js';

/** A page with four events on the wire, the first of them acknowledged, whose connection is lost. */
function lostPage() {
  const clock = new ManualClock();
  const { sockets, WebSocket } = socketFactory();
  const storage = new MapStorage();
  const client = new AfterclickClient({
    url: 'http://shop.test',
    WebSocket,
    clock,
    storage,
    random: () => 0.5,
  });
  const last = () => sockets[sockets.length - 1];
  const enter = (seq: number) => {
    clock.advance(2_000);
    last().open();
    last().say(welcome({ seq }));
  };
  const sent = () =>
    last()
      .sent.filter((message): message is Event => message.t === 'event')
      .map(({ seq, item }) => `${seq}:${item}`);
  const acked: string[] = [];
  client.on('ack', ({ tickets }) => acked.push(...tickets.map(({ fields }) => fields.item!)));
  enter(0);
  for (const item of ['a', 'b', 'c', 'd']) client.track('view_item', { item });
  last().say({ t: 'ack', seq: 1 });
  last().end(1006);
  const takes = (seq: number, expected: number) =>
    last().say({ t: 'error', code: 'seq_taken', message: '', seq, expected });
  return { client, clock, last, enter, sent, acked, takes, sockets, storage };
}

describe('events that may be durable when a connection begins', () => {
  it('[D2] are ours when the gateway acknowledges them', () => {
    const { enter, sent, acked, last, client } = lostPage();
    enter(3);
    client.track('view_item', { item: 'e' });
    expect(sent()).toEqual(['2:b', '3:c']);
    last().say({ t: 'ack', seq: 2 });
    expect(sent()).toHaveLength(2);
    last().say({ t: 'ack', seq: 3 });
    expect(sent().slice(2)).toEqual(['4:d', '5:e']);
    expect(acked).toEqual(['a', 'b', 'c']);
  });

  it('[D2] get new numbers when another client had theirs, and keep their order', () => {
    const { enter, sent, acked, last, takes } = lostPage();
    enter(6);
    expect(sent()).toEqual(['2:b', '3:c', '4:d']);
    // Of one flush: refusals go before the acknowledgement.
    takes(3, 7);
    takes(4, 7);
    last().say({ t: 'ack', seq: 2 });
    expect(sent().slice(3)).toEqual(['7:c', '8:d']);
    expect(acked).toEqual(['a', 'b']);
    last().say({ t: 'ack', seq: 8 });
    expect(acked).toEqual(['a', 'b', 'c', 'd']);
  });

  it('[D2] get new numbers when all of them were taken', () => {
    const { enter, sent, takes, acked } = lostPage();
    enter(4);
    for (const seq of [2, 3, 4]) takes(seq, 5);
    expect(sent().slice(3)).toEqual(['5:b', '6:c', '7:d']);
    expect(acked).toEqual(['a']);
  });

  it('are judged again when the connection is lost meanwhile', () => {
    const { enter, sent, takes, last, acked } = lostPage();
    enter(4);
    takes(3, 5);
    last().end(1006);
    enter(4);
    expect(sent()).toEqual(['2:b', '3:c', '4:d']);
    for (const seq of [3, 4]) takes(seq, 5);
    last().say({ t: 'ack', seq: 2 });
    expect(acked).toEqual(['a', 'b']);
  });

  it('are sent again after a pause when the gateway has no room', () => {
    const { enter, sent, last, acked, clock } = lostPage();
    enter(4);
    last().say({ t: 'error', code: 'overloaded', message: '', seq: 2, retryAfterMs: 50 });
    clock.advance(50);
    expect(sent()).toEqual(['2:b', '3:c', '4:d', '2:b', '3:c', '4:d']);
    last().say({ t: 'ack', seq: 4 });
    expect(acked).toEqual(['a', 'b', 'c', 'd']);
  });

  it('count as durable when their item has left the catalogue since', () => {
    const { enter, last, acked } = lostPage();
    enter(4);
    last().say({ t: 'error', code: 'unknown_item', message: '', seq: 3 });
    last().say({ t: 'ack', seq: 4 });
    expect(acked).toEqual(['a', 'b', 'c', 'd']);
  });

  it('of a session that the server has lost in part are sent again from there', () => {
    const { enter, sent } = lostPage();
    enter(0);
    expect(sent()).toEqual(['1:b', '2:c', '3:d']);
  });

  it('survive a reload of the page meanwhile', () => {
    const { client, storage, clock } = lostPage();
    client.close();
    const { sockets, WebSocket } = socketFactory();
    const reloaded = new AfterclickClient({ url: 'http://shop.test', WebSocket, clock, storage });
    sockets[0].open();
    sockets[0].say(welcome({ seq: 4 }));
    expect(sockets[0].seqs).toEqual([2, 3, 4]);
    sockets[0].say({ t: 'ack', seq: 4 });
    expect(reloaded.pending).toEqual([]);
  });
});

it('a number that is taken in the middle of a connection begins another one, which sorts it out', () => {
  const { enter, last, sent, sockets, takes, acked, client } = lostPage();
  enter(1);
  expect(sent()).toEqual(['2:b', '3:c', '4:d']);
  takes(2, 9);
  expect(client.state).toMatchObject({ name: 'waiting', code: 4902 });
  expect(sockets[1].isClosedByPage).toBe(true);
  enter(8);
  for (const seq of [2, 3, 4]) takes(seq, 9);
  expect(sent().slice(3)).toEqual(['9:b', '10:c', '11:d']);
  last().say({ t: 'ack', seq: 11 });
  expect(acked).toEqual(['a', 'b', 'c', 'd']);
});
