import { describe, expect, it } from 'vitest';
import {
  AfterclickClient,
  type AfterclickError,
  type ClientOptions,
} from '../../../../gateway/client/index.js';
import { WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import type { Event } from '../../../../gateway/protocol/messages.js';
import { ManualClock, MapStorage, socketFactory, welcome } from '../../../support/gateway/client-harness.js';

function page(options: Partial<ClientOptions> = {}) {
  const clock = new ManualClock();
  const { sockets, WebSocket } = socketFactory();
  const client = new AfterclickClient({
    url: 'http://shop.test',
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
  const again = (fields = {}) => {
    last().end(1006);
    clock.advance(2_000);
    enter(fields);
  };
  const events = () => last().sent.filter((message): message is Event => message.t === 'event');
  return { client, clock, last, enter, again, events };
}

const items = (events: readonly Event[]) => events.map(({ seq, item }) => `${seq}:${item}`);

describe('tracking', () => {
  it('numbers events from 1 and sends them at once', () => {
    const { client, enter, events } = page();
    enter();
    client.track('view_item', { item: 'a', slot: 'home', list: 7 });
    client.track('search', { query: 'mug' });
    expect(events()).toEqual([
      { t: 'event', seq: 1, e: 'view_item', item: 'a', slot: 'home', list: 7 },
      { t: 'event', seq: 2, e: 'search', query: 'mug' },
    ]);
  });

  it('keeps what is tracked before the connection is there', () => {
    const { client, enter, events } = page();
    const ticket = client.track('view_item', { item: 'a' });
    expect(ticket.status).toBe('queued');
    enter();
    expect(ticket.status).toBe('sent');
    expect(items(events())).toEqual(['1:a']);
  });

  it('goes on after the last durable event of a session that the page named', () => {
    const { client, enter, events } = page({ session: 's-1' });
    client.track('view_item', { item: 'a' });
    enter({ seq: 7 });
    expect(items(events())).toEqual(['8:a']);
  });

  it('[D1] settles tickets up to the acknowledged number', async () => {
    const { client, enter, last } = page();
    enter();
    const acks: number[] = [];
    client.on('ack', ({ seq, tickets }) => acks.push(seq, tickets.length));
    const [a, b, c] = ['a', 'b', 'c'].map((item) => client.track('view_item', { item }));
    const upToTwo = client.whenAcked(2);
    last().say({ t: 'ack', seq: 2 });
    last().say({ t: 'ack', seq: 2 });
    await Promise.all([upToTwo, a.whenAcked(), b.whenAcked()]);
    expect([a.status, b.status, c.status]).toEqual(['acked', 'acked', 'sent']);
    expect(acks).toEqual([2, 2]);
  });

  it('waits for acknowledgements past a refused event', async () => {
    const { client, enter, last } = page();
    enter();
    client.track('view_item', { item: 'a' });
    client.track('view_item', { item: 'bad' });
    const all = client.whenAcked();
    last().say({ t: 'error', code: 'unknown_item', message: '', seq: 2 });
    last().say({ t: 'ack', seq: 1 });
    await expect(all).resolves.toBeUndefined();
  });

  it('resends after a reconnect what is not known to be durable, first what may be', () => {
    const { client, enter, again, events, last } = page();
    enter();
    for (const item of ['a', 'b', 'c', 'd']) client.track('view_item', { item });
    last().say({ t: 'ack', seq: 1 });
    again({ seq: 3 });
    expect(items(events())).toEqual(['2:b', '3:c']);
    last().say({ t: 'ack', seq: 3 });
    expect(items(events()).slice(2)).toEqual(['4:d']);
    expect(client.pending).toHaveLength(1);
  });

  it('stamps an event that waited with the time of the page, and a fresh one not', () => {
    const { client, clock, enter, again, events } = page();
    enter();
    const trackedMs = clock.nowMs();
    client.track('view_item', { item: 'a' });
    expect(events()[0].ts).toBeUndefined();
    again();
    expect(events()[0].ts).toBe(trackedMs);
  });

  it.each([-3_600_000, 3_600_000])(
    'takes no fresh event for one that waited when the clock is set by %i ms',
    (stepMs) => {
      const { client, clock, enter, events, last } = page();
      enter();
      client.track('view_item', { item: 'a' });
      clock.stepWall(stepMs);
      last().say({ t: 'error', code: 'overloaded', message: '', seq: 1, retryAfterMs: 10 });
      clock.advance(20);
      expect(events().map(({ ts }) => ts)).toEqual([undefined, undefined]);
    },
  );

  it('stamps an event that waited though the clock was set back meanwhile', () => {
    const { client, clock, enter, again, events } = page();
    enter();
    const trackedMs = clock.nowMs();
    client.track('view_item', { item: 'a' });
    clock.stepWall(-3_600_000);
    again();
    expect(events()[0].ts).toBe(trackedMs);
  });

  it('sends at most 64 events without an acknowledgement', () => {
    const { client, enter, events, last } = page();
    enter();
    for (let i = 0; i < 100; i++) client.track('view_item', { item: `i${i}` });
    expect(events()).toHaveLength(64);
    last().say({ t: 'ack', seq: 10 });
    expect(events()).toHaveLength(74);
  });

  it('refuses an event past `queueMax` and takes nothing away', async () => {
    const { client, enter } = page({ queueMax: 2 });
    const refused: string[] = [];
    client.on('refused', ({ ticket, error }) => refused.push(`${ticket.fields.item} ${error.code}`));
    const tickets = ['a', 'b', 'c'].map((item) => client.track('view_item', { item }));
    enter();
    expect(tickets.map(({ status }) => status)).toEqual(['sent', 'sent', 'refused']);
    expect(refused).toEqual(['c queue_full']);
    await expect(tickets[2].whenAcked()).rejects.toMatchObject({ code: 'queue_full' });
  });

  it('refuses an event larger than the gateway takes, here and not by being closed with 1009', () => {
    const { client, enter, events } = page();
    enter({ limits: { ...WIRE_LIMITS, frameBytes: 200 } });
    const big = client.track('search', { query: 'ü'.repeat(150) });
    const next = client.track('view_item', { item: 'b' });
    expect(big.status).toBe('refused');
    expect(next.seq).toBe(1);
    expect(items(events())).toEqual(['1:b']);
  });

  it('refuses events after close', () => {
    const { client, enter } = page();
    enter();
    client.close();
    expect(client.track('view_item', { item: 'a' }).status).toBe('refused');
  });

  it('tells those who wait that it was closed', async () => {
    const { client, enter } = page();
    enter();
    const ticket = client.track('view_item', { item: 'a' });
    const waiting = [ticket.whenAcked(), client.whenAcked(), client.recommend(), client.identify('ada')];
    client.close();
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('refusals', () => {
  it('[D3] gives the number of a refused event to the next one', () => {
    const { client, enter, events, last } = page();
    enter();
    const refused = client.track('view_item', { item: 'gone' });
    last().say({ t: 'error', code: 'unknown_item', message: 'no such item', seq: 1 });
    const next = client.track('view_item', { item: 'b' });
    expect([refused.status, next.seq]).toEqual(['refused', 1]);
    expect(items(events())).toEqual(['1:gone', '1:b']);
  });

  it('[D3] waits for a pong before it renumbers, so that a refusal of an old number hits the right event', () => {
    const { client, enter, events, last } = page();
    const refused: string[] = [];
    client.on('refused', ({ ticket }) => refused.push(ticket.fields.item!));
    enter();
    for (const item of ['bad-1', 'bad-2', 'good']) client.track('view_item', { item });
    last().say({ t: 'error', code: 'unknown_item', message: '', seq: 1 });
    const ping = last().sent.at(-1)!;
    expect(ping.t).toBe('ping');
    last().say({ t: 'error', code: 'unknown_item', message: '', seq: 2 });
    last().say({ t: 'pong', id: (ping as { id: string }).id });
    last().say({ t: 'error', code: 'seq_gap', message: '', seq: 3, expected: 1 });
    expect(refused).toEqual(['bad-1', 'bad-2']);
    expect(items(events())).toEqual(['1:bad-1', '2:bad-2', '3:good', '1:good']);
  });

  it('takes out what is known to be refused when the connection is lost before the pong', () => {
    const { client, enter, again, events, last } = page();
    enter();
    for (const item of ['bad', 'good']) client.track('view_item', { item });
    last().say({ t: 'error', code: 'invalid_field', message: '', seq: 1 });
    again();
    expect(items(events())).toEqual(['1:good']);
  });

  it('[D3] resends from the expected number on a gap, once, and looks again later', () => {
    const { client, clock, enter, events, last } = page();
    enter();
    for (const item of ['a', 'b', 'c']) client.track('view_item', { item });
    for (const seq of [2, 3]) last().say({ t: 'error', code: 'seq_gap', message: '', seq, expected: 1 });
    expect(items(events()).slice(3)).toEqual(['1:a', '2:b', '3:c']);
    clock.advance(250);
    expect(items(events()).slice(6)).toEqual(['1:a', '2:b', '3:c']);
  });

  it.each(['overloaded', 'shard_restarting'] as const)(
    '[B2] waits after %s and goes on from that event',
    (code) => {
      const { client, clock, enter, events, last } = page();
      enter();
      for (const item of ['a', 'b']) client.track('view_item', { item });
      last().say({ t: 'error', code, message: '', seq: 1, retryAfterMs: 80 });
      last().say({ t: 'error', code: 'seq_gap', message: '', seq: 2, expected: 1 });
      client.track('view_item', { item: 'c' });
      clock.advance(79);
      expect(events()).toHaveLength(2);
      clock.advance(1);
      expect(items(events()).slice(2)).toEqual(['1:a', '2:b', '3:c']);
    },
  );

  it('refuses an event that keeps failing inside the gateway', () => {
    const { client, clock, enter, last } = page();
    enter();
    const ticket = client.track('view_item', { item: 'a' });
    for (let i = 0; i < 6; i++) {
      expect(ticket.status).toBe('sent');
      last().say({ t: 'error', code: 'internal', message: '', seq: 1 });
      clock.advance(500);
      const ping = last().sent.at(-1)!;
      if (ping.t === 'ping') last().say({ t: 'pong', id: ping.id! });
    }
    expect(ticket.status).toBe('refused');
  });

  it('takes the clock of the gateway when that of the page is wrong', () => {
    const { client, clock, enter, again, events, last } = page();
    enter();
    const ticket = client.track('view_item', { item: 'a' });
    again();
    last().say({ t: 'error', code: 'ts_out_of_range', message: '', seq: 1 });
    clock.advance(0);
    expect(events().map(({ ts }) => ts === undefined)).toEqual([false, true]);
    expect(ticket.status).toBe('sent');
  });

  it('refuses an event whose own `ts` is out of range', () => {
    const { client, enter, last } = page();
    enter();
    const ticket = client.track('view_item', { item: 'a', ts: 5 });
    last().say({ t: 'error', code: 'ts_out_of_range', message: '', seq: 1 });
    expect(ticket.status).toBe('refused');
  });

  it('reports an error that is about no event and no request', () => {
    const { client, enter, last } = page();
    const errors: AfterclickError[] = [];
    client.on('error', (error) => errors.push(error));
    enter();
    last().say({ t: 'error', code: 'too_many', message: 'slots' });
    last().onmessage!({ data: 'not JSON' });
    expect(errors.map(({ code }) => code)).toEqual(['too_many', 'bad_frame']);
  });
});

describe('odd fields', () => {
  const self: Record<string, unknown> = { item: 'a' };
  self.self = self;
  const throwing = {
    get item(): string {
      throw new Error('boom');
    },
  };
  it.each<[string, unknown]>([
    ['BigInt', { item: 'a', value: 1n }],
    ['a circle', self],
    ['a getter that throws', throwing],
    ['null', null],
    ['a text', 'a'],
    ['a list', ['a']],
    ['another seq', { item: 'a', seq: 99 }],
    ['another t', { item: 'a', t: 'ping' }],
    ['another e', { item: 'a', e: 'purchase' }],
    ['a key __proto__', JSON.parse('{"item":"a","__proto__":{"a":1}}')],
    ['a key __proto__ further in', { item: 'a', x: JSON.parse('[{"__proto__":1}]') }],
    ['too deep', { item: 'a', x: JSON.parse('['.repeat(32) + ']'.repeat(32)) }],
    ['toJSON that gives nothing', { item: 'a', toJSON: () => undefined }],
  ])('%s: the event is refused, and the others go on', async (_what, fields) => {
    const { client, enter, again, events, last } = page();
    const refused: string[] = [];
    client.on('refused', ({ error }) => refused.push(error.code));
    enter();
    client.track('view_item', { item: 'before' });
    const odd = client.track('view_item', fields as never);
    client.track('view_item', { item: 'behind' });
    await expect(odd.whenAcked()).rejects.toMatchObject({ code: 'invalid_field' });
    expect([odd.status, refused]).toEqual(['refused', ['invalid_field']]);
    expect(items(events())).toEqual(['1:before', '2:behind']);
    last().say({ t: 'ack', seq: 2 });
    expect(client.pending).toEqual([]);
    again({ seq: 2 });
    expect(events()).toEqual([]);
  });

  it('takes 32 levels, as the gateway does', () => {
    const { client, enter, events } = page();
    enter();
    const x = JSON.parse('['.repeat(31) + ']'.repeat(31)) as object;
    client.track('view_item', { item: 'a', x } as never);
    expect(events()).toHaveLength(1);
  });

  it('refuses a name that is no text', () => {
    const { client } = page();
    expect(client.track(5n as never, { item: 'a' }).status).toBe('refused');
  });

  it('sends what was tracked, whatever becomes of the fields afterwards', () => {
    const { client, enter, events } = page();
    const fields = { items: ['a', 'b'] };
    const ticket = client.track('purchase', fields);
    fields.items[0] = 'c';
    fields.items = [];
    enter();
    expect(events()[0].items).toEqual(['a', 'b']);
    expect(() => (ticket.fields.items as string[]).push('d')).toThrow(TypeError);
  });

  it('refuses an event that the gateway cannot decode however often it comes', () => {
    const { client, clock, enter, last } = page();
    enter();
    const bad = client.track('view_item', { item: 'a' });
    const good = client.track('view_item', { item: 'b' });
    for (let round = 0; round < 4 && bad.status !== 'refused'; round++) {
      last().say({ t: 'error', code: 'malformed', message: '' });
      last().say({ t: 'error', code: 'seq_gap', message: '', seq: 2, expected: 1 });
      clock.advance(250);
      const ping = last().sent.at(-1)!;
      if (ping.t === 'ping') last().say({ t: 'pong', id: ping.id! });
    }
    expect([bad.status, good.status, good.seq]).toEqual(['refused', 'sent', 1]);
  });
});

describe('a session that the gateway replaced', () => {
  it('acknowledges what went with it, and sends the rest anew in the new one', () => {
    const storage = new MapStorage();
    const { client, enter, last, clock, events } = page({ storage });
    enter();
    const [first, second] = ['a', 'b', 'c'].map((item) => client.track('view_item', { item }));
    last().onclose!({ code: 4011, reason: '' });
    clock.advance(60_000);
    last().open();
    last().say(welcome({ session: 's-2', user: 's-2', seq: 0, replaced: { session: 's-1', seq: 1 } }));
    expect([first.status, second.status]).toEqual(['acked', 'sent']);
    expect(items(events())).toEqual(['1:b', '2:c']);
    expect(client.session).toBe('s-2');
    last().say({ t: 'ack', seq: 2 });
    expect(client.pending).toEqual([]);
    const after = page({ storage });
    after.last().open();
    expect(after.last().sent[0]).toMatchObject({ resume: { session: 's-2', seq: 2 } });
  });
});

describe('the storage of the page', () => {
  it('goes on after a reload with what was not acknowledged', () => {
    const storage = new MapStorage();
    const before = page({ storage });
    before.enter();
    for (const item of ['a', 'b']) before.client.track('view_item', { item });
    before.last().say({ t: 'ack', seq: 1 });
    const after = page({ storage });
    expect(after.client.session).toBe('s-1');
    after.last().open();
    expect(after.last().sent[0]).toMatchObject({ resume: { session: 's-1', seq: 1 } });
    after.last().say(welcome({ seq: 1 }));
    expect(items(after.events())).toEqual(['2:b']);
  });

  it('keeps the name that the visitor gave, and forgets all when told to', () => {
    const storage = new MapStorage();
    const before = page({ storage });
    before.enter();
    const identified = before.client.identify('ada');
    const asked = before.last().sent.at(-1) as { id: string };
    before.last().say({ t: 'identified', id: asked.id, user: 'ada', merged: true });
    return identified.then(() => {
      const after = page({ storage });
      after.last().open();
      expect(after.last().sent[0]).toMatchObject({ user: 'ada' });
      after.client.close({ forget: true });
      expect(storage.getItem('afterclick')).toBeNull();
    });
  });

  it('does not hand the session of one user to another', () => {
    const storage = new MapStorage();
    const before = page({ storage, user: 'ada' });
    before.enter({ user: 'ada' });
    before.client.track('view_item', { item: 'a' });
    const other = page({ storage, user: 'bob' });
    other.last().open();
    expect(other.last().sent[0]).toEqual({ t: 'hello', user: 'bob', slots: [] });
  });

  it('goes on with the events that are events, and leaves out what is none', () => {
    const storage = new MapStorage();
    const kept = (fields: unknown) => ({ e: 'view_item', fields, trackedMs: 1, sent: false });
    const odd = [null, 5, {}, { e: 'view_item' }, kept(null), kept({ item: 'x', seq: 77 }), kept('x')];
    const events = [kept({ item: 'a' }), ...odd, kept({ item: 'b' })];
    storage.setItem('afterclick', JSON.stringify({ version: 1, session: 's-1', acked: 3, events }));
    const { client, enter, events: sent } = page({ storage });
    expect(client.pending).toHaveLength(2);
    enter({ seq: 3 });
    expect(items(sent())).toEqual(['4:a', '5:b']);
  });

  it.each([
    { session: 'a\u0000b' },
    { session: 'x'.repeat(129) },
    { session: 5 },
    { user: '' },
    { acked: -1 },
  ])('starts anew from what the gateway would refuse for ever: %j', (odd) => {
    const storage = new MapStorage();
    storage.setItem('afterclick', JSON.stringify({ version: 1, session: 's', acked: 0, events: [], ...odd }));
    const { client } = page({ storage });
    expect([client.session, client.identity]).toEqual([undefined, undefined]);
  });

  it.each(['{', '{"version":2}', '{"version":1,"session":"s","acked":"x","events":[]}'])(
    'starts anew from %s',
    (text) => {
      const storage = new MapStorage();
      storage.setItem('afterclick', text);
      expect(page({ storage }).client.session).toBeUndefined();
    },
  );

  it('goes on from memory when the storage throws', () => {
    const broken = (): never => {
      throw new Error('quota');
    };
    const storage = { getItem: broken, setItem: broken, removeItem: broken };
    const { client, enter, events } = page({ storage });
    enter();
    client.track('view_item', { item: 'a' });
    client.close({ forget: true });
    expect(items(events())).toEqual(['1:a']);
  });
});
