import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { AfterclickClient, type ClientOptions, messagePackCodec } from '../../../../gateway/client/index.js';
import { Emitter } from '../../../../gateway/client/emitter.js';
import { WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import type { Recs, Result } from '../../../../gateway/protocol/messages.js';
import { ManualClock, socketFactory, welcome } from '../../../support/gateway/client-harness.js';

function page(options: Partial<ClientOptions> = {}) {
  const clock = new ManualClock();
  const { sockets, WebSocket } = socketFactory();
  const slots = [{ slot: 'home' }];
  const client = new AfterclickClient({
    url: 'http://shop.test',
    slots,
    WebSocket,
    clock,
    random: () => 0.5,
    ...options,
  });
  const last = () => sockets[sockets.length - 1];
  const enter = (fields = {}) => {
    last().open();
    last().say(welcome(fields));
  };
  const revs: number[] = [];
  client.on('list', ({ rev }) => revs.push(rev));
  return { client, clock, last, enter, revs };
}

function recs(rev: number, cause = 0, slot = 'home'): Recs {
  return { t: 'recs', slot, rev, cause, ids: [`item-${rev}`], scores: [1], model: 'demo' };
}

function result(id: string): Result {
  return {
    t: 'result',
    id,
    slot: 'home',
    ids: [],
    scores: [],
    degraded: false,
    tookUs: 5,
    rev: 1,
    model: 'demo',
  };
}

describe('lists', () => {
  it('[R3] delivers only what is newer', () => {
    const { client, last, enter, revs } = page();
    enter();
    for (const message of [recs(2), recs(1), recs(2), recs(2, 1), recs(5)]) last().say(message);
    expect(revs).toEqual([2, 2, 5]);
    expect(client.list('home')!.ids).toEqual(['item-5']);
  });

  it('[R2] starts over with the revs of another user', async () => {
    const { client, last, enter, revs } = page();
    enter();
    last().say(recs(9));
    const identified = client.identify('ada');
    last().say({ t: 'identified', id: (last().sent.at(-1) as { id: string }).id, user: 'ada', merged: true });
    last().say(recs(4));
    expect((await identified).merged).toBe(true);
    expect([revs, client.user]).toEqual([[9, 4], 'ada']);
  });

  it('subscribes, and again after a reconnect', () => {
    const { client, clock, last, enter, revs } = page();
    enter();
    client.subscribe([{ slot: 'side', k: 3 }]);
    expect(last().sent.at(-1)).toEqual({ t: 'subscribe', slots: [{ slot: 'side', k: 3 }] });
    last().say(recs(1, 0, 'side'));
    last().end(1006);
    clock.advance(1_000);
    last().open();
    expect(last().sent[0]).toMatchObject({ slots: [{ slot: 'home' }, { slot: 'side', k: 3 }] });
    last().say(welcome());
    client.unsubscribe(['side']);
    last().say(recs(8, 0, 'side'));
    expect([revs, client.list('side')]).toEqual([[1], undefined]);
  });
});

describe('listeners', () => {
  it('calls the others when one throws, and none that was taken away', () => {
    const reported: unknown[] = [];
    const seen: number[] = [];
    const emitter = new Emitter<{ rev: number }>((error) => reported.push(error));
    emitter.on('rev', () => {
      throw new Error('broken page');
    });
    const off = emitter.on('rev', (rev) => seen.push(rev));
    emitter.emit('rev', 1);
    off();
    emitter.emit('rev', 2);
    expect([seen, reported.map(String)]).toEqual([[1], ['Error: broken page', 'Error: broken page']]);
  });
});

describe('requests', () => {
  it('[R1] asks after the events tracked before, and resolves with the answer', async () => {
    const { client, last, enter } = page();
    client.track('view_item', { item: 'a' });
    const answer = client.recommend({ slot: 'home', k: 3 });
    const ranked = client.rank({ candidates: ['a', 'b'], tmaxMs: 20 });
    enter();
    expect(
      last()
        .sent.slice(1)
        .map(({ t }) => t),
    ).toEqual(['event', 'recommend', 'rank']);
    expect(last().sent[2]).toEqual({ t: 'recommend', id: 'r1', slot: 'home', k: 3 });
    last().say(result('r2'));
    last().say(result('r1'));
    expect([(await answer).id, (await ranked).id]).toEqual(['r1', 'r2']);
  });

  it('asks again what a lost connection left open', async () => {
    const { client, clock, last, enter } = page();
    enter();
    const answer = client.recommend();
    last().end(1006);
    clock.advance(1_000);
    enter();
    last().say(result('r1'));
    expect((await answer).id).toBe('r1');
  });

  it('rejects with the code of the gateway, after the time, and past the bounds', async () => {
    const { client, clock, last, enter } = page({ requestsMax: 2, requestTimeoutMs: 50 });
    enter({ limits: { ...WIRE_LIMITS, frameBytes: 100 } });
    const refused = expect(client.recommend({ slot: 'x' })).rejects.toMatchObject({ code: 'invalid_field' });
    last().say({ t: 'error', code: 'invalid_field', message: 'slot', id: 'r1' });
    const late = [client.recommend(), client.recommend()].map((answer) =>
      expect(answer).rejects.toMatchObject({ code: 'timeout' }),
    );
    const crowded = expect(client.recommend()).rejects.toMatchObject({ code: 'too_many_requests' });
    clock.advance(50);
    const large = expect(client.rank({ candidates: Array<string>(50).fill('abc') })).rejects.toMatchObject({
      code: 'frame_too_large',
    });
    await Promise.all([refused, ...late, crowded, large]);
    client.close();
    await expect(client.recommend()).rejects.toMatchObject({ code: 'closed' });
  });

  it('goes back to the visitor when the gateway refuses their name', async () => {
    const { client, clock, last, enter } = page();
    enter();
    const identified = client.identify('ada');
    last().say({ t: 'error', code: 'invalid_field', message: 'token', id: 'r1' });
    await expect(identified).rejects.toMatchObject({ code: 'invalid_field' });
    last().end(1006);
    clock.advance(1_000);
    last().open();
    expect(last().sent[0]).not.toHaveProperty('user');
  });
});

describe('codecs', () => {
  it('[C1] speaks plain MessagePack with the library given', () => {
    const codec = messagePackCodec(new Packr({ useRecords: false }));
    const frame = codec.encode({ t: 'ping', id: 'ü' }) as Uint8Array;
    expect(codec.subprotocol).toBe('afterclick.v1.msgpack');
    expect(codec.decode(frame.buffer.slice(frame.byteOffset, frame.byteOffset + frame.byteLength))).toEqual({
      t: 'ping',
      id: 'ü',
    });
  });
});
