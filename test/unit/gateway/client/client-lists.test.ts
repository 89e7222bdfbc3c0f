import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { AfterclickClient, type ClientOptions, messagePackCodec } from '../../../../gateway/client/index.js';
import { Emitter } from '../../../../gateway/client/emitter.js';
import { SLOT_REFUSALS_MAX } from '../../../../gateway/client/lists/page-slots.js';
import { WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import type { Recs, Result, Slot, Subscribe, WireError } from '../../../../gateway/protocol/messages.js';
import {
  type FakeSocket,
  ManualClock,
  socketFactory,
  welcome,
} from '../../../support/gateway/client-harness.js';

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
  client.on('recs', ({ rev }) => revs.push(rev));
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
  it('keeps the tiles that it was told, lets them go when all are told, and hears of changed ones', () => {
    const { client, last, enter } = page({ slots: [{ slot: 'home', fields: ['price'] }] });
    const shown: unknown[] = [];
    client.on('list', ({ items }) => shown.push(items?.map(({ id, price }) => `${id} ${String(price)}`)));
    enter();
    const say = (rev: number, ids: string[], items: Recs['items']) =>
      last().say({ ...recs(rev), ids, scores: ids.map(() => 1), items: items ?? [] });
    say(
      1,
      ['a', 'b'],
      [
        { id: 'a', price: 1 },
        { id: 'b', price: 2 },
      ],
    );
    say(2, ['b', 'c'], [{ id: 'c', price: 3 }]);
    say(2, ['b', 'c'], [{ id: 'b', price: 9 }]);
    say(2, ['b', 'c'], []);
    say(3, ['a', 'c'], []);
    expect(shown).toEqual([
      ['a 1', 'b 2'],
      ['b 2', 'c 3'],
      ['b 9', 'c 3'],
      ['a 1', 'c 3'],
    ]);
    say(4, ['d'], [{ id: 'd', price: 4 }]);
    say(5, ['a', 'd'], []);
    expect(shown.at(-1)).toEqual(['a undefined', 'd 4']);
  });

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
    expect(last().sent.at(-2)).toEqual({ t: 'subscribe', id: 'slots-1', slots: [{ slot: 'side', k: 3 }] });
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

describe('lists that show what is shown', () => {
  it('are no `list`: a page that reports what it shows does not do so for ever', () => {
    const { client, last, enter } = page();
    client.on('list', ({ ids }) => client.track('view_item_list', { items: ids }));
    enter();
    last().say(recs(1));
    for (let rev = 2; rev < 20; rev++) last().say({ ...recs(rev, rev), ids: ['item-1'] });
    expect(last().seqs).toEqual([1]);
    expect(client.list('home')).toMatchObject({ rev: 19, cause: 19 });
  });

  it('are a `list` when the order or a reason is another', () => {
    const { client, last, enter } = page();
    const shown: number[] = [];
    client.on('list', ({ rev }) => shown.push(rev));
    enter();
    const reason = (source: 'trend' | 'search') => [{ because: [], weight: [], source }];
    last().say({ ...recs(1), ids: ['a', 'b'] });
    last().say({ ...recs(2), ids: ['b', 'a'] });
    last().say({ ...recs(3), ids: ['b', 'a'], reasons: reason('trend') });
    last().say({ ...recs(4), ids: ['b', 'a'], reasons: reason('trend') });
    last().say({ ...recs(5), ids: ['b', 'a'], reasons: reason('search') });
    expect(shown).toEqual([1, 2, 3, 5]);
  });
});

describe('slots that the gateway refuses', () => {
  const slotsOf = (sent: readonly { t: string }[]) =>
    sent.flatMap((message) =>
      'slots' in message ? [(message.slots as Slot[]).map(({ slot }) => slot)] : [],
    );
  const refuse = (last: () => FakeSocket, code: WireError['code'] = 'invalid_field') => {
    const asked = last().sent.findLast(({ t }) => t === 'subscribe') as Subscribe;
    last().say({ t: 'error', code, message: 'slots.0.k', id: asked.id });
    return asked;
  };

  it('are dropped, and the page comes back after a lost connection', () => {
    const { client, clock, last, enter } = page();
    const errors: string[] = [];
    client.on('error', ({ code, message }) => errors.push(`${code}: ${message}`));
    enter();
    client.subscribe([{ slot: 'x', k: 1000 }]);
    refuse(last);
    expect(errors).toEqual(['invalid_field: The gateway does not take the slots x: slots.0.k']);
    last().end(1006);
    clock.advance(1_000);
    last().open();
    expect(last().sent[0]).toMatchObject({ slots: [{ slot: 'home' }] });
  });

  it('are what they were before when they were redefined', () => {
    const { client, clock, last, enter } = page();
    enter();
    client.subscribe([{ slot: 'home', k: 1000 }]);
    const { id } = refuse(last);
    last().say({ t: 'pong', id: id! });
    last().end(1006);
    clock.advance(1_000);
    last().open();
    expect(last().sent[0]).toMatchObject({ slots: [{ slot: 'home' }] });
  });

  it('do not keep a page out whose hello names them: each is asked for by itself', () => {
    const { client, last } = page({ slots: [{ slot: 'a', k: 1000 }, { slot: 'b' }] });
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    last().open();
    last().say({ t: 'error', code: 'invalid_field', message: 'slots.0.k' });
    expect(slotsOf(last().sent)).toEqual([['a', 'b'], []]);
    last().say(welcome());
    refuse(last);
    last().say({ t: 'pong', id: 'slots-2' });
    expect(slotsOf(last().sent)).toEqual([['a', 'b'], [], ['a'], ['b']]);
    expect(errors).toEqual(['The gateway does not take the slots a: slots.0.k']);
    last().say({ ...recs(2, 0, 'a') });
    expect(client.list('a')).toBeUndefined();
  });

  it(`are no more than ${SLOT_REFUSALS_MAX} on one connection: the rest goes with the last`, () => {
    const names = Array.from({ length: 12 }, (_, i) => ({ slot: `s${i}` }));
    const { client, last } = page({ slots: names });
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    last().open();
    last().say({ t: 'error', code: 'invalid_field', message: 'slots' });
    last().say(welcome());
    for (let i = 0; i < SLOT_REFUSALS_MAX; i++) refuse(last);
    expect(errors).toHaveLength(SLOT_REFUSALS_MAX);
    expect(errors.at(-1)).toContain('s7, s8, s9, s10, s11');
    expect(last().sent.filter(({ t }) => t === 'subscribe')).toHaveLength(SLOT_REFUSALS_MAX);
  });

  it('tells of a hello that is refused without slots as well', () => {
    const { client, last } = page({ slots: [], user: '' });
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    last().open();
    last().say({ t: 'error', code: 'invalid_field', message: 'user' });
    expect(errors).toEqual(['user']);
  });

  it('are asked for again when there was no room for the question', () => {
    const { client, clock, last, enter } = page();
    enter();
    client.subscribe([{ slot: 'x' }]);
    last().say({ t: 'error', code: 'overloaded', message: '', id: 'slots-1', retryAfterMs: 100 });
    clock.advance(100);
    expect(slotsOf(last().sent)).toEqual([['home'], ['x'], ['x']]);
  });

  it('say so when they cannot be sent at all', () => {
    const { client, last, enter } = page();
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    enter();
    client.subscribe([{ slot: 'x', k: 5n as never }]);
    client.subscribe('home' as never);
    client.subscribe([{} as never]);
    expect(errors).toHaveLength(3);
    expect(slotsOf(last().sent)).toEqual([['home']]);
    expect(() => page({ slots: [{ slot: 'x', k: 5n as never }] })).toThrow(/cannot be sent/);
  });

  it('are asked for by themselves when a hello with all of them might be too long', () => {
    const exclude = Array.from({ length: 1000 }, (_, i) => `item-${i}-${'x'.repeat(100)}`);
    const { last, enter } = page({ slots: [{ slot: 'a', exclude }, { slot: 'b' }] });
    enter();
    expect(slotsOf(last().sent)).toEqual([[], ['a']]);
  });
});

describe('slots wanted while the hello is on its way', () => {
  it('are asked for after the welcome, and those not wanted any more are taken back', () => {
    const { client, last } = page();
    last().open();
    client.subscribe([{ slot: 'side' }]);
    client.unsubscribe(['home']);
    last().say(welcome());
    expect(last().sent.slice(1)).toEqual([
      { t: 'unsubscribe', slots: ['home'] },
      { t: 'subscribe', id: 'slots-1', slots: [{ slot: 'side' }] },
      { t: 'ping', id: 'slots-1' },
    ]);
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

  it.each([
    ['a number without JSON', { candidates: ['a'], k: 5n }],
    ['a key __proto__', JSON.parse('{"candidates":["a"],"__proto__":{"a":1}}') as object],
    ['no end', { candidates: JSON.parse('['.repeat(40) + ']'.repeat(40)) as object }],
  ])('refuses what cannot be sent, at once: %s', async (_what, request) => {
    const { client, last, enter } = page();
    enter();
    await expect(client.rank(request as never)).rejects.toMatchObject({ code: 'invalid_field' });
    expect(last().sent.map(({ t }) => t)).toEqual(['hello']);
    last().end(1006);
    enter();
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

  it('keeps a name that the gateway let it in by, even when the question about it got no answer: its session is that user’s', async () => {
    const { client, clock, last, enter } = page();
    const identified = client.identify('ada');
    enter({ user: 'ada', session: 's1' });
    clock.advance(11_000);
    await expect(identified).rejects.toMatchObject({ code: 'timeout' });
    last().end(1006);
    clock.advance(1_000);
    last().open();
    expect(last().sent[0]).toMatchObject({ user: 'ada', resume: { session: 's1', seq: 0 } });
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
