/** A request as an integrator sends it. */
export interface SeedRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
}

function json(method: SeedRequest['method'], path: string, body: unknown): SeedRequest {
  return { method, path, type: 'application/json', body: JSON.stringify(body) };
}

const MUG = { id: 'fuzz-mug', title: 'MUG RED', price: 4.5, category: 'fuzz', stock: 12 };

/** Requests of the contract, each route that costs little: what mutations begin with. None of them removes items of the shop. */
export const SEED_REQUESTS: readonly SeedRequest[] = [
  json('POST', '/v1/recommend', { user: 'fuzz', k: 5, filter: { price: { lt: 10 } }, explain: true }),
  json('POST', '/v1/recommend', { how: 'together', item: '22423', fields: ['title'] }),
  json('POST', '/v1/rank', { user: 'fuzz', candidates: ['22423', { id: '85123A', value: 0.5 }], tmaxMs: 20 }),
  json('POST', '/v1/batch', { user: 'fuzz', distinct: true, calls: [{ t: 'recommend', id: 1, k: 3 }] }),
  json('POST', '/v1/search', { q: 'red retrospot bag', user: 'fuzz', k: 5 }),
  json('POST', '/v1/events', { user: 'fuzz', id: 'order-1', e: 'purchase', item: '22423', quantity: 2 }),
  json('POST', '/v1/events', [
    { session: '1q5lpj9fBVKbB2llN_Xe9w', id: 'a', e: 'view_item', item: '22423' },
    { user: 'fuzz', id: 'b', e: 'search', query: 'lamp', consent: { learn: false } },
  ]),
  json('POST', '/v1/openrtb/rank', {
    id: 'bid-1',
    imp: [{ id: '1', bidfloor: 0.1, ext: { candidates: [{ id: '22423', value: 2 }], k: 1 } }],
    user: { id: 'fuzz', consent: 'CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA' },
    regs: { ext: { gdpr: 1 } },
    tmax: 100,
  }),
  json('POST', '/v1/mcp', {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'search', arguments: { q: 'lamp' } },
  }),
  json('POST', '/v1/users/fuzz/consent', { personalise: true, learn: true }),
  json('POST', '/v1/users/fuzz/merge', { session: '1q5lpj9fBVKbB2llN_Xe9w' }),
  json('PUT', '/v1/items', MUG),
  { method: 'PUT', path: '/v1/items', type: 'application/x-ndjson', body: JSON.stringify(MUG) },
  {
    method: 'PATCH',
    path: '/v1/items/fuzz-mug',
    type: 'application/merge-patch+json',
    body: '{"stock":0,"price":null}',
  },
  json('DELETE', '/v1/items/fuzz-mug', {}),
  json('DELETE', '/v1/users/fuzz-gone', {}),
  { method: 'GET', path: '/v1/items?category=fuzz&limit=5' },
  { method: 'GET', path: '/v1/items/22423' },
  { method: 'GET', path: '/v1/users/fuzz/graph' },
  { method: 'GET', path: '/v1/users/fuzz/profile?as=text' },
  { method: 'GET', path: '/v1/model' },
  { method: 'GET', path: '/readyz' },
];
