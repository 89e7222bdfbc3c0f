import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { BATCH_CALLS_MAX } from '../../gateway/http/ranks/http-batch.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { callJson } from '../support/gateway/http-json.js';
import { WsClient } from '../support/gateway/ws-client.js';

let harness: GatewayHarness;
const post = (path: string, body: object) => callJson(harness.url, 'POST', path, body);
beforeAll(async () => {
  harness = await startGatewayHarness();
});
afterAll(() => harness.stop());

const CANDIDATES = [
  'item-3',
  { id: 'item-1', value: 9 },
  { id: 'item-2', value: 0 },
  { id: 'nothing', value: 99 },
];

describe('rank with values', () => {
  test('orders by p · value, over HTTP and sockets alike; unknown ones stay last', async () => {
    const plain = await post('/v1/rank', { user: 'u', candidates: ['item-3', 'item-1', 'item-2'] });
    const valued = await post('/v1/rank', { user: 'u', candidates: CANDIDATES });
    const [ids, scores] = [plain.body.ids as string[], plain.body.scores as number[]];
    const sum = scores.reduce((total, score) => total + Math.exp(score), 0);
    const values = new Map([
      ['item-1', 9],
      ['item-2', 0],
    ]);
    const products = ids.map((id, i) => [id, (Math.exp(scores[i]) / sum) * (values.get(id) ?? 1)] as const);
    const expected = [...products].sort(([, a], [, b]) => b - a);
    expect(valued.body).toMatchObject({ unknown: ['nothing'], degraded: false });
    expect(valued.body.ids).toEqual([...expected.map(([id]) => id), 'nothing']);
    expected.forEach(([, score], i) => expect((valued.body.scores as number[])[i]).toBeCloseTo(score, 5));
    const client = await WsClient.hello(harness.url, { user: 'u' });
    client.send({ t: 'rank', id: 1, candidates: CANDIDATES, k: 1 });
    expect((await client.next('result')).ids).toEqual([expected[0][0]]);
    client.drop();
  });

  test('[T1] late, the order given is by value', async () => {
    harness.pool.holdsRanks = true;
    onTestFinished(() => harness.pool.releaseRanks());
    const { body } = await post('/v1/rank', { user: 'u', candidates: CANDIDATES, tmaxMs: 30 });
    expect(body).toMatchObject({ ids: ['item-1', 'item-3', 'item-2', 'nothing'], degraded: true });
  });

  test.each([
    [[{ id: 'item-1', value: -1 }]],
    [[{ value: 1 }]],
    [[{ id: 'item-1', value: 'much' }]],
    [['item-1', 5.5, null, { id: 'item-2' }]],
  ])('%j is refused', async (candidates) => {
    const { status, body } = await post('/v1/rank', { user: 'u', candidates });
    expect(status).toBe(400);
    expect(body.detail).toMatch(/^candidates/);
  });
});

describe('a batch', () => {
  const calls = [
    { t: 'recommend', id: 'a', k: 4 },
    { t: 'rank', id: 2, candidates: ['item-1', 'item-2', 'item-3'], fields: ['price'] },
    { t: 'recommend', id: 'c', k: 4, how: 'new' },
    { t: 'recommend', id: 'd', how: 'similar', item: 'nothing' },
  ];

  test('answers its calls in order; one that is refused has its error', async () => {
    const { status, body } = await post('/v1/batch', { user: 'u', calls });
    expect(status).toBe(200);
    expect(body.results).toMatchObject([
      { t: 'result', id: 'a' },
      { t: 'result', id: 2, items: [{}, {}, {}] },
      { t: 'result', id: 'c' },
      { t: 'error', id: 'd', code: 'unknown_item' },
    ]);
  });

  test('a misspelt field is told of with the answer', async () => {
    const calls = [
      { t: 'recommend', id: 1, k: 2, filters: {} },
      { t: 'rank', id: 2, candidates: ['item-1'] },
    ];
    const { results } = (await post('/v1/batch', { user: 'u', calls })).body as { results: object[] };
    const hint = expect.stringContaining('did you mean filter?') as unknown;
    expect(results[0]).toMatchObject({ t: 'result', hint });
    expect(results[1]).not.toHaveProperty('hint');
    const own = await post('/v1/batch', { user: 'u', calls: [{ ...calls[1], user: 'other' }] });
    expect(own.body.results).toMatchObject([
      { hint: expect.stringContaining('in a batch the body beside calls') as unknown },
    ]);
    expect((await post('/v1/recommend', { user: 'u', k: 2, filters: {} })).body).toMatchObject({ hint });
    expect((await post('/v1/rank', { user: 'u', candidates: ['item-1'] })).body).not.toHaveProperty('hint');
  });

  test('distinct: an item is in one list at most', async () => {
    const k = 6;
    const twice = [
      { t: 'recommend', id: 1, k },
      { t: 'recommend', id: 2, k },
    ];
    const shown = async (distinct: boolean) => {
      const { body } = await post('/v1/batch', { user: 'u', distinct, calls: twice });
      return (body.results as { ids: string[] }[]).flatMap(({ ids }) => ids);
    };
    expect(new Set(await shown(false)).size).toBe(k);
    expect(new Set(await shown(true)).size).toBe(2 * k);
  });

  test('has a bound, and needs somebody unless no call does', async () => {
    const many = Array.from({ length: BATCH_CALLS_MAX + 1 }, (_, id) => ({ t: 'recommend', id, how: 'new' }));
    expect(await post('/v1/batch', { calls: many })).toMatchObject({
      status: 400,
      body: { code: 'too_many' },
    });
    expect(await post('/v1/batch', { calls: many.slice(1) })).toMatchObject({ status: 200 });
    expect(await post('/v1/batch', { calls: [{ t: 'recommend', id: 1 }] })).toMatchObject({ status: 400 });
  });
});

describe('a bid request of OpenRTB 2.6', () => {
  const candidates = [
    { id: 'item-1', value: 2.5 },
    { id: 'item-2', value: 0.4 },
    { id: 'item-3', value: 1.1 },
  ];
  /** Shaped as the examples of the specification: a banner on a site, a video, a native ad in an app; with what nobody here reads. */
  const requests = {
    banner: {
      id: 'b-1',
      at: 1,
      cur: ['USD'],
      imp: [{ id: '1', bidfloor: 0.5, banner: { w: 300, h: 250, pos: 0 }, ext: { candidates } }],
      site: { id: '102', domain: 'shop.test', cat: ['IAB15'], publisher: { id: '8', name: 'Shop' } },
      device: { ua: 'Mozilla/5.0', ip: '192.0.2.1' },
      user: { id: 'rtb' },
    },
    video: {
      id: 'v-1',
      at: 2,
      tmax: 120,
      imp: [
        {
          id: '1',
          video: { mimes: ['video/mp4'], protocols: [2, 3], w: 640, h: 480 },
          ext: { candidates, k: 2 },
        },
        { id: '2', bidfloor: 2, bidfloorcur: 'USD', video: { mimes: ['video/mp4'] }, ext: { candidates } },
      ],
      user: { id: 'rtb', buyeruid: 'x' },
      bcat: ['IAB25'],
    },
    native: {
      id: 'n-1',
      imp: [{ id: '7', native: { request: '{}', ver: '1.2' }, ext: { candidates: ['item-1'] } }],
      app: { id: 'a', bundle: 'test.shop' },
      regs: { gdpr: 1 },
      user: { id: 'rtb' },
    },
  };
  const bid = (request: object) => post('/v1/openrtb/rank', request);
  const bidsOf = ({ body }: { body: Record<string, unknown> }) =>
    (body.seatbid as { bid: { impid: string; price: number; ext: { item: string } }[] }[])[0].bid;

  test('is answered in its shape, bids of the floor and above', async () => {
    const answer = await bid(requests.banner);
    expect(answer).toMatchObject({
      status: 200,
      body: { id: 'b-1', cur: 'USD', seatbid: [{ seat: 'afterclick' }] },
    });
    const [best] = bidsOf(answer);
    expect(best).toMatchObject({
      id: '1',
      impid: '1',
      price: expect.any(Number),
      ext: { score: expect.any(Number) },
    });
    expect(best.price).toBe(candidates.find(({ id }) => id === best.ext.item)?.value);
    const video = bidsOf(await bid(requests.video));
    expect(video.map(({ impid }) => impid)).toEqual(['1', '1', '2']);
    expect(video[2]).toMatchObject({ price: 2.5, ext: { item: 'item-1' } });
    const distinct = bidsOf(
      await bid({
        ...requests.video,
        imp: requests.video.imp.slice(0, 1).concat(requests.video.imp.slice(0, 1)),
        ext: { distinct: true },
      }),
    );
    expect(new Set(distinct.map(({ ext }) => ext.item)).size).toBe(3);
  });

  test('nothing to bid is 204 with the version', async () => {
    const floor = { ...requests.banner, imp: [{ ...requests.banner.imp[0], bidfloor: 3 }] };
    const euros = { ...requests.banner, imp: [{ ...requests.banner.imp[0], bidfloorcur: 'EUR' }] };
    for (const request of [floor, euros]) {
      const response = await fetch(`${harness.url}/v1/openrtb/rank`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      expect([response.status, response.headers.get('x-openrtb-version')]).toEqual([204, '2.6']);
    }
  });

  test('what is no bid request gets nbr 2', async () => {
    for (const broken of [
      { id: 'x' },
      { ...requests.banner, imp: [{ id: '1' }] },
      { ...requests.banner, tmax: 'soon' },
    ])
      expect(await bid(broken)).toMatchObject({ status: 400, body: { id: broken.id, nbr: 2 } });
  });

  test.each([
    ['{"id":"x",', ''],
    ['', ''],
    ['[]', ''],
    ['"x"', ''],
    ['null', ''],
    ['{"id":"x","app":"\\ud800"}', 'x'],
    [`{"id":"x","imp":[${'['.repeat(100)}`, ''],
    [`"${' '.repeat(100_000)}`, ''],
  ])('%.40s is no JSON, or no map: nbr 2 as well', async (body, id) => {
    const response = await fetch(`${harness.url}/v1/openrtb/rank`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([response.status, response.headers.get('x-openrtb-version')]).toEqual([400, '2.6']);
    expect(response.headers.get('content-type')).toBe('application/json');
    const answer = (await response.json()) as { ext: { message: string } };
    expect(answer).toEqual({ id, nbr: 2, ext: { message: expect.any(String) as unknown } });
    expect(answer.ext.message).not.toBe('');
  });

  test('blocked categories and advertisers do not bid', async () => {
    const { category = '' } = harness.catalogue.item(harness.catalogue.indexOf('item-1')) ?? {};
    const answer = await bid({ ...requests.banner, bcat: [category] });
    const shown = answer.status === 204 ? [] : bidsOf(answer).map(({ ext }) => ext.item);
    expect(category).not.toBe('');
    expect(shown).not.toContain('item-1');
    await harness.catalogue.patch('item-3', { attributes: { adomain: ['ads.test'] } });
    const only = {
      ...requests.banner,
      imp: [{ ...requests.banner.imp[0], ext: { candidates: [candidates[2]] } }],
    };
    expect(await bid(only)).toMatchObject({ status: 200 });
    expect(await bid({ ...only, badv: ['ads.test'] })).toMatchObject({ status: 204 });
  });

  test('without consent under the GDPR nobody is known; tmax is kept', async () => {
    const asked: string[] = [];
    const rankFor = harness.pool.rankFor.bind(harness.pool);
    harness.pool.rankFor = (user, ...rest) => (asked.push(user), rankFor(user, ...rest));
    onTestFinished(() => {
      harness.pool.rankFor = rankFor;
    });
    await bid(requests.native);
    await bid({ ...requests.native, regs: { ext: { gdpr: 0 } } });
    expect(asked.map((user) => user.includes('rtb'))).toEqual([false, true]);
    harness.pool.holdsRanks = true;
    onTestFinished(() => harness.pool.releaseRanks());
    const answer = await bid({ ...requests.banner, tmax: 30 });
    expect(bidsOf(answer)).toMatchObject([{ price: 2.5, ext: { item: 'item-1' } }]);
  });
});

describe('consent', () => {
  const nothing = { personalise: false, learn: false };
  const graphOf = async (user: string) =>
    (await callJson(harness.url, 'GET', `/v1/users/${user}/graph`)).body;

  test('in hello counts before any event, as a message for all that comes behind it; without personalise the profile is empty', async () => {
    const client = await WsClient.hello(harness.url, { user: 'cora', consent: { learn: false } });
    await client.click(1, 'item-1');
    await client.next('ack');
    expect((await graphOf('cora')).nodes).toEqual([]);
    // Both leave at once: the answer is not waited for.
    client.send({ t: 'consent', id: 7, learn: true, personalise: false });
    void client.click(2, 'item-2');
    expect(await client.next('consented')).toEqual({
      t: 'consented',
      id: 7,
      personalise: false,
      learn: true,
    });
    await client.next('ack', ({ seq }) => seq === 2);
    client.send({ t: 'consent' });
    await client.click(3, 'item-3');
    const asked = await client.next('consented', ({ id }) => id === undefined);
    expect(asked).toEqual({ t: 'consented', personalise: false, learn: true });
    expect((await graphOf('cora')).nodes).not.toEqual([]);
    client.send({ t: 'profile', id: 'p' });
    expect((await client.next('profile')).interests).toEqual([]);
    client.send({ t: 'consent', id: 8, learn: 'no' });
    expect(await client.next('error')).toMatchObject({ code: 'invalid_field', id: 8 });
    client.drop();
  });

  test('a visitor of whom there is nothing is merged into nobody: their next hello says for the user what they withhold', async () => {
    const client = await WsClient.hello(harness.url, { consent: nothing });
    client.send({ t: 'identify', id: 1, user: 'vera' });
    await client.next('identified');
    const { body } = await post('/v1/users/vera/consent', {});
    expect(body).toEqual({ personalise: true, learn: true });
    client.drop();
    const again = await WsClient.hello(harness.url, { user: 'vera', consent: nothing });
    expect((await post('/v1/users/vera/consent', {})).body).toEqual(nothing);
    again.drop();
  });

  test('over HTTP: kept for a user, or said of one call', async () => {
    expect((await post('/v1/users/hanna/consent', { learn: false })).body).toEqual({
      personalise: true,
      learn: false,
    });
    expect((await post('/v1/sessions/s-1/consent', { personalise: false })).body.personalise).toBe(false);
    expect((await post('/v1/users/hanna/consent', { learn: 1 })).status).toBe(400);
    const view = { e: 'view_item', item: 'item-1' };
    const { body } = await post('/v1/events', [
      { ...view, id: 'a', user: 'hanna' },
      { ...view, id: 'b', user: 'olaf', consent: { learn: false } },
      { ...view, id: 'c', user: 'olaf', consent: 'none' },
      { ...view, id: 'd', user: 'olaf', consent: { personalise: false } },
    ]);
    const results = body.results as { status: string }[];
    expect(results.map(({ status }) => status)).toEqual(['not_kept', 'not_kept', 'error', 'applied']);
    expect((await graphOf('hanna')).nodes).toEqual([]);
    const dismissed = { e: 'dismiss_item', item: 'item-4', id: 'e', user: 'olaf' };
    await post('/v1/events', [dismissed]);
    const list = async (consent?: object) =>
      (await post('/v1/recommend', { user: 'olaf', k: 40, ...(consent && { consent }) })).body
        .ids as string[];
    expect(await list()).not.toContain('item-4');
    expect(await list({ personalise: false })).toContain('item-4');
  });

  test('over HTTP: a misspelt field of it is told of, and is no consent', async () => {
    const saying = (field: string) => expect.stringContaining(`did you mean ${field}?`) as unknown;
    const kept = await post('/v1/users/ada/consent', { personalize: false });
    expect(kept.body).toEqual({ personalise: true, learn: true, hint: saying('personalise') });
    const view = { e: 'view_item', item: 'item-1', user: 'ada' };
    const { results } = (
      await post('/v1/events', [
        { ...view, id: 'a', consent: { leran: false } },
        { ...view, id: 'b' },
      ])
    ).body as { results: object[] };
    expect(results[0]).toMatchObject({ status: 'applied', hint: saying('learn') });
    expect(results[1]).toEqual({ index: 1, id: 'b', status: 'applied' });
    const consent = { personalize: false };
    const calls = [{ t: 'recommend', id: 1, k: 2 }];
    for (const [path, asked] of [
      ['recommend', { k: 2 }],
      ['batch', { calls }],
      ['search', { q: 'item' }],
    ] as const) {
      const { body } = await post(`/v1/${path}`, { user: 'ada', consent, ...asked });
      expect(body, path).toMatchObject({ hint: saying('personalise') });
    }
  });
});
