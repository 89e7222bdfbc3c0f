import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltGateway, startGateway } from '../support/gateway/built-gateway.js';
import { WsClient } from '../support/gateway/ws-client.js';

let gateway: BuiltGateway;
let url = '';
let items: string[] = [];
let names = 0;

async function start(shards: number): Promise<void> {
  gateway = await startGateway({ args: ['--shards', String(shards)] });
  url = gateway.url;
  items = (await recommend({ user: 'somebody', k: 60 })).ids;
}

/** A name that no test had before. */
const newName = (what: string) => `${what}-${++names}`;

const post = (path: string, body: object) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  });

async function recommend(body: object): Promise<{ ids: string[] }> {
  return (await (await post('/v1/recommend', body)).json()) as { ids: string[] };
}

/** Which of the items somebody has dismissed. */
async function dismissed(whom: object, items: readonly string[]): Promise<string[]> {
  const { ids } = await recommend({ ...whom, k: 100 });
  return items.filter((item) => !ids.includes(item));
}

function dismiss(client: WsClient, seq: number, item: string): void {
  client.send({ t: 'event', seq, e: 'dismiss_item', item });
}

async function click(client: WsClient, seq: number, item: string): Promise<void> {
  dismiss(client, seq, item);
  await client.next('ack', (ack) => ack.seq >= seq);
}

/** The last seq that was acknowledged. */
function acked(client: WsClient): number {
  return Math.max(0, ...client.inbox.flatMap((message) => (message.t === 'ack' ? [message.seq] : [])));
}

const helloBack = (user: string | undefined, session: string, seq: number) =>
  WsClient.hello(url, { ...(user !== undefined && { user }), resume: { session, seq } });

describe.each([1, 3])('with %i shards', (shards) => {
  beforeAll(() => start(shards), 60_000);
  afterAll(() => gateway.stop());

  test('[D1] a session of the same name as a customer takes nothing of them', async () => {
    const [name, other] = [newName('1001'), newName('2002')];
    const customer = await WsClient.hello(url, { user: name, session: 'phone' });
    await click(customer, 1, items[0]);
    customer.drop();
    const thief = await WsClient.hello(url, { user: other, session: name });
    expect(thief.welcome).toMatchObject({ user: other, session: name, seq: 0 });
    expect(await dismissed({ user: other }, items)).toEqual([]);
    const guess = await WsClient.hello(url, { session: name });
    expect(guess.welcome).toMatchObject({ session: name, seq: 0 });
    expect(await dismissed({ session: name }, items)).toEqual([]);
    const again = await helloBack(name, 'phone', 1);
    expect(again.welcome).toMatchObject({ user: name, seq: 1 });
    expect(await dismissed({ user: name }, items)).toEqual([items[0]]);
  });

  test('[D4] merges crosswise leave two users with what is theirs', async () => {
    const [a, b] = [newName('A'), newName('B')];
    for (const [i, session] of [a, b].entries())
      await click(await WsClient.hello(url, { session }), 1, items[i]);
    for (const [i, [session, user]] of [
      [a, b],
      [b, a],
    ].entries()) {
      const client = await WsClient.hello(url, { session, user });
      expect(client.welcome).toMatchObject({ user, session, seq: 1 });
      await click(client, 2, items[2 + i]);
      client.drop();
      expect((await helloBack(user, session, 2)).welcome).toMatchObject({ user, seq: 2 });
    }
    expect(await dismissed({ user: b }, items)).toEqual([items[0], items[2]]);
    expect(await dismissed({ user: a }, items)).toEqual([items[1], items[3]]);
  });

  test('[D1][D4] clicks of the visitor, acknowledged before and while another tab merges them, are the user’s', async () => {
    const ann = newName('ann');
    const second = await WsClient.hello(url);
    const { session } = second.welcome;
    for (let seq = 1; seq <= 5; seq++) await click(second, seq, items[seq]);
    const first = await WsClient.open(url);
    first.send({ t: 'hello', user: ann, session });
    for (let seq = 6; seq <= 20; seq++) dismiss(second, seq, items[seq]);
    await first.next('welcome');
    // What was taken before the merge is the user's; the rest was turned away, and the tab is to say hello again.
    const bye = await second.next('bye');
    expect(bye).toMatchObject({ code: 4011, reconnect: 'now' });
    const taken = acked(second);
    const again = await helloBack(ann, session, taken);
    expect(again.welcome.seq).toBe(taken);
    expect(await dismissed({ user: ann }, items)).toEqual(items.slice(1, taken + 1));
    await click(again, taken + 1, items[30]);
    const other = await helloBack(undefined, session, taken);
    expect(other.welcome).toMatchObject({ seq: 0, replaced: { session, seq: taken } });
    expect(other.welcome.session).not.toBe(session);
    expect(other.welcome.user).toBe(other.welcome.session);
    expect(await dismissed({ session: other.welcome.session }, items)).toEqual([]);
  });

  test('[D1][D4] a tab that opens while the visitor is merged loses nothing that it is told is durable', async () => {
    for (let round = 0; round < 8; round++) {
      const ann = newName('ann');
      const first = await WsClient.hello(url);
      const { session } = first.welcome;
      await click(first, 1, items[0]);
      first.send({ t: 'identify', id: 'i', user: ann });
      const tab = await WsClient.open(url);
      tab.send({ t: 'hello', session, slots: [{ slot: 'home' }] });
      const welcome = await tab.next('welcome');
      dismiss(tab, welcome.seq + 1, items[1]);
      const answer = await Promise.race([tab.next('ack'), tab.next('bye')]);
      if (welcome.session !== session) {
        expect(answer.t).toBe('ack');
        expect((await helloBack(undefined, welcome.session, 1)).welcome.seq).toBe(1);
      }
      const seq = welcome.session === session ? Math.max(1, acked(tab)) : 1;
      const back = await helloBack(ann, session, seq);
      expect(back.welcome.seq).toBe(seq);
      expect(await dismissed({ user: ann }, items)).toEqual(items.slice(0, seq));
      for (const client of [first, tab, back]) client.drop();
    }
  });

  test('[D4] two tabs that say at once that the visitor is somebody else: one is right, the other speaks for a user of their own', async () => {
    const [ann, bob] = [newName('ann'), newName('bob')];
    const first = await WsClient.hello(url);
    const { session } = first.welcome;
    const second = await WsClient.open(url);
    await click(first, 1, items[0]);
    first.send({ t: 'identify', id: 'i', user: ann });
    second.send({ t: 'hello', user: bob, session });
    const answer = await Promise.race([first.next('identified'), first.next('bye')]);
    expect(await second.next('welcome')).toMatchObject({ user: bob, seq: answer.t === 'bye' ? 1 : 0 });
    const [winner, loser] = answer.t === 'identified' ? [ann, bob] : [bob, ann];
    expect((await helloBack(winner, session, 1)).welcome.seq).toBe(1);
    expect((await helloBack(loser, session, 1)).welcome.seq).toBe(0);
    expect(await dismissed({ user: winner }, items)).toEqual([items[0]]);
    expect(await dismissed({ user: loser }, items)).toEqual([]);
  });

  test('[D4] two tabs that say at once who the visitor is: the newer one has the session, the older is told', async () => {
    const ann = newName('ann');
    const first = await WsClient.hello(url);
    const { session } = first.welcome;
    const second = await WsClient.open(url);
    await click(first, 1, items[0]);
    first.send({ t: 'identify', id: 'i', user: ann });
    await first.next('identified');
    second.send({ t: 'hello', user: ann, session });
    expect(await first.next('bye')).toMatchObject({ code: 4009, reconnect: 'never' });
    expect(await second.next('welcome')).toMatchObject({ user: ann, session, seq: 1 });
    await click(second, 2, items[1]);
    expect(await dismissed({ user: ann }, items)).toEqual(items.slice(0, 2));
  });

  test('[D1] a name that was a visitor’s session is a user like any other, and who is merged into them stays', async () => {
    const [ann, s, u] = [newName('ann'), newName('S'), newName('T')];
    const first = await WsClient.hello(url, { session: s });
    await click(first, 1, items[0]);
    first.send({ t: 'identify', id: 'i', user: ann });
    await first.next('identified');
    const second = await WsClient.hello(url, { session: u });
    await click(second, 1, items[1]);
    second.send({ t: 'identify', id: 'i', user: s });
    expect(await second.next('identified')).toMatchObject({ user: s, merged: true });
    await click(second, 2, items[2]);
    second.drop();
    expect((await helloBack(s, u, 2)).welcome).toMatchObject({ user: s, seq: 2 });
    expect(await dismissed({ user: s }, items)).toEqual([items[1], items[2]]);
    expect(await dismissed({ user: ann }, items)).toEqual([items[0]]);
  });

  test('[D2] over HTTP a session names a visitor, until they are merged', async () => {
    const [ann, s] = [newName('ann'), newName('S')];
    const event = { session: s, id: 'e1', e: 'dismiss_item', item: items[0] };
    for (const status of ['applied', 'duplicate'])
      expect(await (await post('/v1/events', event)).json()).toMatchObject({ results: [{ status }] });
    expect(await dismissed({ session: s }, items)).toEqual([items[0]]);
    expect(await dismissed({ user: s }, items)).toEqual([]);
    const client = await WsClient.hello(url, { session: s, user: ann });
    expect(await dismissed({ user: ann }, items)).toEqual([items[0]]);
    for (const [path, body] of [
      ['/v1/recommend', { session: s }],
      ['/v1/rank', { session: s, candidates: items.slice(0, 3) }],
    ] as const) {
      const refused = await post(path, body);
      expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'session_merged' }]);
    }
    const refused = (await (await post('/v1/events', { ...event, id: 'e2' })).json()) as object;
    expect(refused).toMatchObject({ results: [{ status: 'error', error: { code: 'session_merged' } }] });
    client.drop();
  });

  test('a call over HTTP names one of user and session', async () => {
    for (const whom of [{}, { user: 'a', session: 'b' }, { user: null }]) {
      const refused = await post('/v1/recommend', whom);
      expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'invalid_field' }]);
    }
  });
});
