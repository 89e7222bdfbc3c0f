// Requests that hold a thread long: each has what it is called, how often it is sent, and what sends it.
import { Agent, request } from 'node:http';

const ADDRESS = '127.0.0.9';
const NDJSON = 'application/x-ndjson';
const agent = new Agent({ keepAlive: true, localAddress: ADDRESS });

/** Sends a request from an address of its own and resolves with the status when the answer has come. */
export function send(port, { method, path, body = '', type = 'application/json' }) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': type, ...(text !== '' && { 'content-length': Buffer.byteLength(text) }) };
  return new Promise((done, failed) => {
    const options = { host: '127.0.0.1', port, method, path, agent, localAddress: ADDRESS, headers };
    request(options, (answer) =>
      answer
        .on('end', () => done(answer.statusCode))
        .on('error', failed)
        .resume(),
    )
      .on('error', failed)
      .end(text);
  });
}

const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const keysOf = (count, prefix) => times(count, (i) => `"${prefix}${i}":0`).join();
const post = (path, body) => ({ method: 'POST', path, body });
const put = (body) => ({ method: 'PUT', path: '/v1/items', body, type: NDJSON });

/** @param items ids of a thousand items */
export function longRequests(items) {
  const valued = items.map((id, i) => ({ id, value: i + 1 }));
  const calls = (candidates) => times(16, (id) => ({ t: 'rank', id, k: 100, explain: true, candidates }));
  const rank = (candidates) => post('/v1/rank', { user: 'long', k: 100, explain: true, candidates });
  const questions = (method, params) => times(16, (id) => ({ jsonrpc: '2.0', id, method, params }));
  const graph = { name: 'graph', arguments: { user: 'long' } };
  const imps = (count, width) =>
    times(count, (i) => ({ id: `i${i}`, ext: { k: 10, candidates: valued.slice(0, width) } }));
  const segment = { any: times(32, (i) => ({ attributes: { [`a${i}`]: times(64, (k) => `${k}`) } })) };
  return [
    ['rank, 1,000 valued, reasons', 20, rank(valued)],
    ['rank, 1,000, reasons', 20, rank(items)],
    ['events, 1 MiB of keys', 10, post('/v1/events', `{${keysOf(90_000, 'k')}}`)],
    [
      'events, twelve of keys',
      10,
      post('/v1/events', `[${times(12, (j) => `{${keysOf(7_000, `k${j}_`)}}`).join()}]`),
    ],
    ['batch, 16 × 1,000 valued', 10, post('/v1/batch', { user: 'long', calls: calls(valued) })],
    ['batch, 65,000 keys', 6, post('/v1/batch', `{"user":"b","calls":[],${keysOf(65_000, 'k')}}`)],
    [
      'batch, 21,000 maps of a key each',
      6,
      post('/v1/batch', `{"user":"b","calls":[${times(21_000, (i) => `{"k${i}":0}`).join()}]}`),
    ],
    [
      'openrtb, 16 × 1,000',
      6,
      post('/v1/openrtb/rank', { id: 'r', imp: imps(16, 1_000), user: { id: 'o' } }),
    ],
    ['openrtb, 20,000 places', 6, post('/v1/openrtb/rank', { id: 'r', imp: imps(20_000, 0) })],
    [
      'items, 8 MiB of Cyrillic',
      4,
      put(
        times(8_000, (i) => JSON.stringify({ id: `c${i % 5}`, title: 'ж'.repeat(480), price: 'x' })).join(
          '\n',
        ),
      ),
    ],
    ['items, 8 MiB of blanks', 4, put(' '.repeat(8e6))],
    ['items, 8 MiB of quotes', 4, put(`["${'\\"'.repeat(4e6)}`)],
    [
      'items, 1,000',
      4,
      put(
        times(1_000, (i) => JSON.stringify({ id: `long-${i}`, title: `MUG ${i}`, price: 1, stock: 0 })).join(
          '\n',
        ),
      ),
    ],
    [
      'items deleted by a filter',
      4,
      { method: 'DELETE', path: '/v1/items', body: { filter: { category: 'long' } } },
    ],
    ['items, a page of 200', 20, { method: 'GET', path: '/v1/items?limit=200' }],
    ['mcp, 16 graphs', 6, post('/v1/mcp', questions('tools/call', graph))],
    ['mcp, 16 lists of tools', 6, post('/v1/mcp', questions('tools/list'))],
    ['segment of 2,048 values', 6, { method: 'PUT', path: '/v1/segments/long', body: { rule: segment } }],
    ['segments', 20, { method: 'GET', path: '/v1/segments' }],
    ['market, all', 10, { method: 'GET', path: '/v1/market?periods=14&top=100' }],
    ['graph, profile=text', 10, { method: 'GET', path: '/v1/users/long/graph?profile=text' }],
    ['stats', 20, { method: 'GET', path: '/v1/stats' }],
    ['openapi', 10, { method: 'GET', path: '/v1/openapi.json' }],
    ['metrics', 20, { method: 'GET', path: '/metrics' }],
  ];
}
