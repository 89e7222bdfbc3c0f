import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Access } from '../../gateway/access/access.js';
import { ROUTE_SCOPES, ANYONE } from '../../gateway/access/scope-table.js';
import { EXPORTS_MAX } from '../../gateway/calls/user-exports.js';
import type { KeyFinder } from '../../gateway/access/token-keys.js';
import { TokenReader } from '../../gateway/access/token-reader.js';
import { VisitorSessions, type VisitorRule } from '../../gateway/access/visitor-sessions.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { WsClient } from '../support/gateway/ws-client.js';

const SECRET = new TextEncoder().encode('a secret of at least thirty-two letters');
/** A quarter of a megabyte when it is written. */
const LARGE_EVENT = {
  user: 'zoe',
  session: '',
  seq: 0,
  kind: 1,
  tsMs: 1,
  value: 0,
  quantity: 1,
  hits: [],
  eventId: '',
  items: Array.from({ length: 20_000 }, (_, i) => i % 200),
  query: '',
};
/** A secret of 128 bits, as a client makes one. */
const OWN_SESSION = 'c2Vzc2lvbi1zZWNyZXQtMQ';

const gateways: Partial<Record<VisitorRule, GatewayHarness>> = {};
let clients: WsClient[] = [];

beforeAll(async () => {
  for (const rule of ['open', 'signed', 'off'] as const) {
    const reader = new TokenReader({
      secret: SECRET,
      audience: 'afterclick',
      issuer: '',
      leewayMs: 0,
      nowMs: Date.now,
    });
    gateways[rule] = await startGatewayHarness(
      {},
      { access: new Access(new VisitorSessions(rule, SECRET), reader) },
    );
  }
});
afterAll(() => {
  for (const gateway of Object.values(gateways)) gateway.stop();
});
afterEach(() => {
  for (const client of clients) client.socket.terminate();
  clients = [];
});

const urlOf = (rule: VisitorRule = 'open') => gateways[rule]?.url ?? '';

function token(scope: string, sub?: string, claims: object = {}): Promise<string> {
  const payload = { scope, sub, aud: 'afterclick', exp: Date.now() / 1_000 + 3_600, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(SECRET);
}

async function say(hello: object, rule: VisitorRule = 'open'): Promise<WsClient> {
  const client = await WsClient.open(urlOf(rule));
  clients.push(client);
  client.send({ t: 'hello', ...hello });
  return client;
}

const isWelcome = async (client: WsClient) => (await client.next('welcome')).user;

async function call(route: string, bearer?: string, body: unknown = {}, rule: VisitorRule = 'open') {
  const [method, path] = route.split(' ');
  const response = await fetch(urlOf(rule) + path.replace('{id}', 'item-1'), {
    method,
    headers: {
      'content-type': 'application/json',
      ...(bearer !== undefined && { authorization: bearer }),
    },
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json().catch(() => ({}))) as { code?: string };
  return { status: response.status, code: answer.code, challenge: response.headers.get('www-authenticate') };
}

describe('hello', () => {
  test('speaks for the sub of its token, named or not, and for nobody else', async () => {
    const ada = await token('shop', 'ada');
    expect(await isWelcome(await say({ token: ada, user: 'ada' }))).toBe('ada');
    expect(await isWelcome(await say({ token: ada }))).toBe('ada');
    expect(await (await say({ token: ada, user: 'bob' })).closed()).toBe(4003);
    expect(await isWelcome(await say({ token: await token('events rank'), user: 'bob' }))).toBe('bob');
    expect(await (await say({ token: await token('catalogue operate users'), user: 'bob' })).closed()).toBe(
      4003,
    );
  });

  test('without a good token nobody is a named user', async () => {
    expect(await (await say({ user: 'ada' })).closed()).toBe(4001);
    expect(await (await say({ token: 'x', user: 'ada' })).closed()).toBe(4001);
    expect(await (await say({ token: await token('shop', 'ada', { aud: 'x' }) })).closed()).toBe(4001);
    expect(await (await say({ token: await token('shop', 'ada', { exp: 1 }) })).closed()).toBe(4002);
    expect(await (await say({}, 'off')).closed()).toBe(4001);
    expect(await isWelcome(await say({ token: await token('shop', 'ada') }, 'off'))).toBe('ada');
  });

  test('a token says what the connection may do', async () => {
    const client = await say({ token: await token('events catalogue', 'ada') });
    expect(await client.closed()).toBe(4003);
    const both = await say({ token: await token('shop', 'ada') });
    await isWelcome(both);
    both.send({ t: 'recommend', id: 1, k: 3 });
    expect((await both.next('result')).ids).toHaveLength(3);
    const operator = await say({ token: await token('operate') });
    await isWelcome(operator);
    operator.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
    operator.send({ t: 'recommend', id: 2 });
    expect(await operator.next('error', ({ seq }) => seq === 1)).toMatchObject({ code: 'not_allowed' });
    expect(await operator.next('error', ({ id }) => id === 2)).toMatchObject({ code: 'not_allowed' });
  });
});

describe('a visitor', () => {
  test('goes on by the secret of their session; a name that can be guessed is not theirs', async () => {
    const first = await say({ session: OWN_SESSION });
    expect((await first.next('welcome')).session).toBe(OWN_SESSION);
    const guessed = await say({ resume: { session: 'cart-17', seq: 3 } });
    const welcome = await guessed.next('welcome');
    expect(welcome).toMatchObject({ seq: 0, replaced: { session: 'cart-17', seq: 0 } });
    expect(welcome.session.length).toBeGreaterThanOrEqual(22);
  });

  test('where sessions are signed, goes on in those that the gateway made alone', async () => {
    const { session } = await (await say({}, 'signed')).next('welcome');
    expect((await (await say({ session }, 'signed')).next('welcome')).session).toBe(session);
    const own = await (await say({ session: OWN_SESSION }, 'signed')).next('welcome');
    expect(own.replaced).toEqual({ session: OWN_SESSION, seq: 0 });
  });

  test('becomes a user by a token of that user', async () => {
    const client = await say({});
    await isWelcome(client);
    client.send({ t: 'identify', id: 1, user: 'ada' });
    expect(await client.next('error', ({ id }) => id === 1)).toMatchObject({ code: 'not_authenticated' });
    client.send({ t: 'identify', id: 2, user: 'ada', token: await token('shop', 'bob') });
    expect(await client.next('error', ({ id }) => id === 2)).toMatchObject({ code: 'not_allowed' });
    client.send({ t: 'identify', id: 3, user: 'ada', token: await token('shop', 'ada') });
    expect(await client.next('identified')).toMatchObject({ id: 3, user: 'ada', merged: true });
  });

  test('is not merged by who names their session and does not know it', async () => {
    const victim = await say({ session: OWN_SESSION });
    victim.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
    await victim.next('ack');
    const thief = await say({ token: await token('shop', 'eve'), session: OWN_SESSION.slice(0, -2) });
    await isWelcome(thief);
    victim.send({ t: 'ping', id: 1 });
    await victim.next('pong');
    expect(victim.closeCode).toBeUndefined();
  });
});

describe('a token that ends', () => {
  test('is told of, ends the connection with 4002, or is renewed in place', async () => {
    const exp = Date.now() / 1_000 + 2;
    const [left, renewed] = [
      await say({ token: await token('shop', 'ada', { exp }) }),
      await say({ token: await token('shop', 'bob', { exp }) }),
    ];
    for (const client of [left, renewed]) await client.next('notice', ({ code }) => code === 'token_ending');
    renewed.send({ t: 'token', token: await token('shop', 'eve') });
    expect(await renewed.next('error')).toMatchObject({ code: 'not_allowed' });
    renewed.send({ t: 'token', token: await token('shop', 'bob') });
    expect(await renewed.next('notice', ({ code }) => code === 'token_renewed')).toHaveProperty('endsMs');
    expect(await left.closed()).toBe(4002);
    renewed.send({ t: 'event', seq: 1, e: 'view_item', item: 'item-1' });
    expect((await renewed.next('ack')).seq).toBe(1);
    expect(renewed.welcome.session).not.toBe('');
  });
});

test('a token that cannot be checked, for its key server fails, is not refused for good', async () => {
  const pair = await generateKeyPair('ES256');
  let isUp = false;
  const findKey: KeyFinder = async () => {
    if (!isUp) throw new Error('it answers 500');
    return pair.publicKey;
  };
  const reader = new TokenReader({ findKey, audience: '', issuer: '', leewayMs: 0, nowMs: Date.now });
  const access = new Access(new VisitorSessions('off', SECRET), reader);
  const gateway = await startGatewayHarness({}, { access });
  const client = await WsClient.open(gateway.url);
  try {
    const payload = { scope: 'shop', sub: 'ada', exp: Date.now() / 1_000 + 3_600 };
    const signed = await new SignJWT(payload).setProtectedHeader({ alg: 'ES256' }).sign(pair.privateKey);
    const headers = { authorization: `Bearer ${signed}`, 'content-type': 'application/json' };
    const rank = () =>
      fetch(`${gateway.url}/v1/rank`, {
        method: 'POST',
        headers,
        body: '{"user":"ada","candidates":["item-1"]}',
      });
    const answer = await rank();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    client.send({ t: 'hello', token: signed });
    expect(await client.next('error')).toMatchObject({ code: 'overloaded', retryAfterMs: 5_000 });
    isUp = true;
    client.send({ t: 'hello', token: signed });
    expect(await isWelcome(client)).toBe('ada');
    expect((await rank()).status).toBe(200);
  } finally {
    client.socket.terminate();
    gateway.stop();
  }
});

describe('HTTP', () => {
  const routes = Object.entries(ROUTE_SCOPES).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, needed]) => ({ route: `${method} ${path}`, needed })),
  );

  test.each(routes)('$route is closed to who has no scope for it', async ({ route, needed }) => {
    const bare = await call(route, undefined, {}, 'off');
    if (needed === ANYONE) return expect(bare.status).toBeLessThan(300);
    expect(bare).toMatchObject({ status: 401, code: 'not_authenticated', challenge: 'Bearer' });
    const others = Object.keys({ shop: 1, events: 2, rank: 4, users: 8, catalogue: 16, operate: 32 }).filter(
      (_name, i) => (needed & (1 << i)) === 0,
    );
    const refused = await call(route, `Bearer ${await token(others.join(' '), 'ada')}`);
    expect(refused).toMatchObject({ status: 403, code: 'not_allowed' });
    expect(refused.challenge).toContain('insufficient_scope');
  });

  test.each([
    ['Basic YTpi', 'invalid_token'],
    ['Bearer a.b.c', 'invalid_token'],
    ['bearer', 'invalid_token'],
  ])('Authorization: %s is 401', async (bearer, challenge) => {
    const answer = await call('POST /v1/rank', bearer);
    expect([answer.status, answer.challenge]).toEqual([401, `Bearer error="${challenge}"`]);
  });

  test('a shopper asks for themselves, a server for all, somebody without a token for a secret session', async () => {
    const body = (whom: object) => ({ ...whom, candidates: ['item-1'] });
    const [ada, server] = [`Bearer ${await token('shop', 'ada')}`, `Bearer ${await token('rank')}`];
    const rank = (bearer: string | undefined, whom: object) => call('POST /v1/rank', bearer, body(whom));
    expect((await rank(ada, { user: 'ada' })).status).toBe(200);
    expect(await rank(ada, { user: 'bob' })).toMatchObject({ status: 403, code: 'not_allowed' });
    expect((await rank(server, { user: 'bob' })).status).toBe(200);
    expect(await rank(undefined, { user: 'ada' })).toMatchObject({ status: 401 });
    expect((await rank(undefined, { session: OWN_SESSION })).status).toBe(200);
    expect(await rank(undefined, { session: 'cart-17' })).toMatchObject({ status: 401 });
  });

  test('a graph is told to its shopper, to who knows the session, and to who has the scope users', async () => {
    const [ada, staff] = [`Bearer ${await token('shop', 'ada')}`, `Bearer ${await token('users')}`];
    const view = { user: 'ada', id: 'g1', e: 'view_item', item: 'item-1' };
    expect((await call('POST /v1/events', ada, [view])).status).toBe(200);
    const graph = (path: string, bearer?: string) => call(`GET ${path}`, bearer);
    for (const bearer of [ada, staff])
      expect(await graph('/v1/users/ada/graph', bearer)).toMatchObject({ status: 200 });
    expect(await graph('/v1/users/bob/graph', ada)).toMatchObject({ status: 403, code: 'not_allowed' });
    expect(await graph('/v1/users/ada/graph')).toMatchObject({ status: 401 });
    expect((await graph(`/v1/sessions/${OWN_SESSION}/graph`)).status).toBe(200);
    expect(await graph('/v1/sessions/cart-17/graph')).toMatchObject({ status: 401 });
    expect(await graph(`/v1/users/${OWN_SESSION}/graph`)).toMatchObject({ status: 401 });
  });

  test('a graph from elsewhere is brought by its shopper, and by who has the scope users', async () => {
    const [ada, staff] = [`Bearer ${await token('shop', 'ada')}`, `Bearer ${await token('users')}`];
    const bring = (user: string, bearer?: string) =>
      call(`POST /v1/users/${user}/graph`, bearer, { nodes: [] });
    for (const bearer of [ada, staff]) expect(await bring('ada', bearer)).toMatchObject({ status: 200 });
    expect(await bring('bob', ada)).toMatchObject({ status: 403, code: 'not_allowed' });
    expect(await bring('ada', `Bearer ${await token('rank', 'ada')}`)).toMatchObject({ status: 403 });
    expect(await bring('ada')).toMatchObject({ status: 401 });
  });

  test('an export is whole JSON, of who asks alone', async () => {
    const kim = `Bearer ${await token('shop', 'kim')}`;
    const view = { user: 'kim', id: 'x1', e: 'view_item', item: 'item-2', value: 3 };
    expect((await call('POST /v1/events', kim, [view])).status).toBe(200);
    const response = await fetch(`${urlOf()}/v1/users/kim/export`, { headers: { authorization: kim } });
    expect(response.status).toBe(200);
    for (const what of ['export', 'graph', 'profile']) {
      const told = await fetch(`${urlOf()}/v1/users/kim/${what}`, { headers: { authorization: kim } });
      expect([what, told.headers.get('cache-control')]).toEqual([what, 'no-store']);
    }
    const exported = (await response.json()) as { events: object[]; graph: { nodes: object[] } };
    expect(exported).toMatchObject({ sessions: [], state: null });
    expect(exported.events).toMatchObject([{ e: 'view_item', id: 'x1', items: ['item-2'], value: 3 }]);
    expect(exported.graph.nodes).toMatchObject([
      { id: 'item-2', kind: 'item' },
      { id: 'attribute:colour:red', kind: 'attribute' },
    ]);
    const ada = `Bearer ${await token('shop', 'ada')}`;
    expect(await call('GET /v1/users/kim/export', ada)).toMatchObject({ status: 403 });
    for (let i = 0; i <= EXPORTS_MAX; i++)
      expect(
        (await fetch(`${urlOf()}/v1/users/kim/export`, { method: 'HEAD', headers: { authorization: kim } }))
          .status,
      ).toBe(200);
  });

  test('a merge over HTTP is of one’s own user, with a session that is a secret', async () => {
    const [ivy, staff] = [`Bearer ${await token('shop', 'ivy')}`, `Bearer ${await token('users')}`];
    const session = 'bWVyZ2VkLW92ZXItaHR0cA';
    const view = { session, id: 'm1', e: 'view_item', item: 'item-3' };
    expect((await call('POST /v1/events', undefined, [view])).status).toBe(200);
    const merge = (user: string, body: object, bearer: string) =>
      fetch(`${urlOf()}/v1/users/${user}/merge`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: bearer },
        body: JSON.stringify(body),
      });
    expect((await merge('ada', { session }, ivy)).status).toBe(403);
    expect((await merge('ivy', { session: 'cart-17' }, ivy)).status).toBe(403);
    expect((await merge('ivy', {}, ivy)).status).toBe(400);
    expect(await (await merge('ivy', { session }, ivy)).json()).toEqual({
      user: 'ivy',
      session,
      merged: true,
    });
    expect(await (await merge('ivy', { session }, staff)).json()).toMatchObject({ merged: false });
    expect(await call(`GET /v1/sessions/${session}/graph`)).toMatchObject({
      status: 409,
      code: 'session_merged',
    });
  });

  test('an export that nobody reads is not read from the journal, and ends with its connection', async () => {
    const gateway = gateways.open as GatewayHarness;
    const [read, ended] = [{ pieces: 0 }, { count: 0 }];
    const whole = gateway.pool.exportOf.bind(gateway.pool);
    gateway.pool.exportOf = async function* () {
      try {
        for (; read.pieces < 1_000; read.pieces++) yield { events: [LARGE_EVENT] };
      } finally {
        ended.count++;
      }
    };
    try {
      const headers = { authorization: `Bearer ${await token('users')}` };
      const request = get(`${urlOf()}/v1/users/zoe/export`, { headers });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.pause();
      await vi.waitFor(() => expect(read.pieces).toBeGreaterThan(0), 10_000);
      request.destroy();
      await vi.waitFor(() => expect(ended.count).toBe(1), 10_000);
      expect(read.pieces).toBeLessThan(200);
    } finally {
      gateway.pool.exportOf = whole;
    }
  });

  test('each event of a request has to be for whom the token speaks', async () => {
    const view = (user: string, id: string) => ({ user, id, e: 'view_item', item: 'item-1' });
    const ada = `Bearer ${await token('shop', 'ada')}`;
    const bob = await call('POST /v1/events', ada, [view('bob', 'e1')]);
    expect(bob).toMatchObject({ status: 403, code: 'not_allowed' });
    expect((await call('POST /v1/events', ada, [view('ada', 'e2'), view('bob', 'e3')])).status).toBe(200);
    const server = `Bearer ${await token('events')}`;
    expect((await call('POST /v1/events', server, [view('bob', 'e4')])).status).toBe(200);
    expect((await call('POST /v1/events', undefined, [view('ada', 'e5')])).status).toBe(401);
  });
});
