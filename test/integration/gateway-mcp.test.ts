import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Access } from '../../gateway/access/access.js';
import { TokenReader } from '../../gateway/access/token-reader.js';
import { VisitorSessions } from '../../gateway/access/visitor-sessions.js';
import { askOverHttp } from '../../gateway/mcp/ask-over-http.js';
import { MCP_MESSAGES_MAX } from '../../gateway/mcp/http-mcp.js';
import { builtFile } from '../support/built.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';

const SECRET = new TextEncoder().encode('a secret of at least thirty-two letters');
const TOOLS = ['search', 'recommend', 'similar', 'profile', 'graph'];

let gateway: GatewayHarness;
const clients: Client[] = [];

beforeAll(async () => {
  const reader = new TokenReader({
    secret: SECRET,
    audience: 'afterclick',
    issuer: '',
    leewayMs: 0,
    nowMs: Date.now,
  });
  gateway = await startGatewayHarness({}, { access: new Access(new VisitorSessions('off', SECRET), reader) });
});
afterAll(async () => {
  for (const client of clients) await client.close();
  gateway.stop();
});

function token(scope: string, sub?: string): Promise<string> {
  const payload = { scope, sub, aud: 'afterclick', exp: Date.now() / 1_000 + 3_600 };
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(SECRET);
}

async function connected(transport: Parameters<Client['connect']>[0]): Promise<Client> {
  const client = new Client({ name: 'a test', version: '1' });
  await client.connect(transport);
  clients.push(client);
  return client;
}

const overHttp = async (scope: string, sub?: string): Promise<Client> => {
  const authorization = `Bearer ${await token(scope, sub)}`;
  const url = new URL('/v1/mcp', gateway.url);
  return connected(new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization } } }));
};

const overStdio = async (scope: string): Promise<Client> => {
  const args = [builtFile('gateway/mcp.js'), '--url', gateway.url, '--token', await token(scope)];
  return connected(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
};

async function use(client: Client, name: string, args: object): Promise<{ text: string; isError: boolean }> {
  const result = await client.callTool({ name, arguments: { ...args } });
  const [{ text }] = result.content as { readonly text: string }[];
  return { text, isError: result.isError === true };
}

test.each([
  ['over HTTP', () => overHttp('rank users')],
  ['over stdio', () => overStdio('rank users')],
])(
  '%s an assistant finds the tools, searches, and asks for lists, a profile and a graph',
  async (_name, open) => {
    const client = await open();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS);
    const found = JSON.parse((await use(client, 'search', { q: 'red lamp', k: 3 })).text);
    expect(found.items).toHaveLength(3);
    expect(found.items[0]).toMatchObject({ id: found.ids[0], title: expect.stringContaining('red lamp') });
    const list = JSON.parse((await use(client, 'recommend', { user: 'ann', k: 4 })).text);
    expect(list.ids).toHaveLength(4);
    expect(list.items[0].title).toContain('lamp');
    const alike = await use(client, 'similar', { item: 'item-1', k: 2 });
    expect(JSON.parse(alike.text).ids).toBeInstanceOf(Array);
    expect((await use(client, 'profile', { user: 'ann' })).isError).toBe(false);
    expect(JSON.parse((await use(client, 'graph', { user: 'ann' })).text)).toHaveProperty('nodes');
    const neither = await use(client, 'graph', {});
    expect(neither).toEqual({ text: 'name one of user and session', isError: true });
    expect(await use(client, 'similar', { item: 'no such' })).toMatchObject({ isError: true });
    expect(await use(client, 'recommend', { user: 'ann', k: 5_000 })).toMatchObject({ isError: true });
  },
);

test('a tool takes the scopes of what it asks for; a shopper asks for themselves alone', async () => {
  const ranker = await overHttp('rank');
  expect((await use(ranker, 'recommend', { user: 'ann', k: 2 })).isError).toBe(false);
  expect(JSON.parse((await use(ranker, 'graph', { user: 'ann' })).text)).toMatchObject({ status: 403 });
  const ann = await overHttp('shop', 'ann');
  expect((await use(ann, 'profile', { user: 'ann' })).isError).toBe(false);
  expect(JSON.parse((await use(ann, 'profile', { user: 'bob' })).text)).toMatchObject({ status: 403 });
  await expect(overHttp('operate')).rejects.toThrow(/403|scope/);
});

async function post(body: unknown): Promise<Response> {
  const authorization = `Bearer ${await token('rank')}`;
  return fetch(new URL('/v1/mcp', gateway.url), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

test('what is no protocol is refused, and so are more messages than one request may have', async () => {
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const many = await post(Array.from({ length: MCP_MESSAGES_MAX + 1 }, (_, id) => ({ ...list, id })));
  expect([many.status, (await many.json()).code]).toEqual([400, 'too_many']);
  expect((await post({ hello: 1 })).status).toBe(400);
  const authorization = `Bearer ${await token('rank')}`;
  expect((await fetch(new URL('/v1/mcp', gateway.url), { headers: { authorization } })).status).toBe(405);
});

test('messages of one request are answered one by one; a list among them is no message, and a body of more than 64 KiB is not read', async () => {
  const list = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/list' });
  const note = { jsonrpc: '2.0', method: 'notifications/initialized' };
  const answers = await (await post([list(1), note, [list(2), list(3)], list(4)])).json();
  expect(answers).toMatchObject([{ id: 1 }, { id: null, error: expect.anything() }, { id: 4 }]);
  const notes = await post([note, note]);
  expect([notes.status, await notes.text()]).toEqual([202, '']);
  expect((await post({ ...list(5), params: { pad: 'x'.repeat(64 * 1_024) } })).status).toBe(413);
});

test('a gateway that does not answer is told of, with what to do', async () => {
  const ask = askOverHttp('http://127.0.0.1:9', undefined);
  const { status, text } = await ask({ method: 'POST', path: '/v1/recommend', body: { user: 'ann' } });
  expect(status).toBe(503);
  expect(text).toContain('start it, or name another with --url');
});

test('with an stdin that is a file the server over stdio ends with it', async () => {
  const args = [builtFile('gateway/mcp.js'), '--url', gateway.url];
  const server = spawn(process.execPath, args, { stdio: 'ignore' });
  const [code] = (await once(server, 'exit')) as [number];
  expect(code).toBe(0);
});
