import { afterAll, beforeAll, expect, test } from 'vitest';
import { RULE_TESTS_MAX } from '../../gateway/segments/rule-form.js';
import { NODE } from '../../shards/graph/interest/interest-slabs.js';
import { SEGMENTS_MAX } from '../../shards/graph/user-facts.js';
import { named } from '../../shards/store/user-key.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { callJson } from '../support/gateway/http-json.js';
import { WsClient } from '../support/gateway/ws-client.js';

let harness: GatewayHarness;
const put = (id: string, rule: object) => callJson(harness.url, 'PUT', `/v1/segments/${id}`, { rule });
beforeAll(async () => {
  harness = await startGatewayHarness();
});
afterAll(() => harness.stop());

test('a segment is put, listed, changed and removed; shards are told numbers in the place of names', async () => {
  const rule = {
    interest: { category: 'category-1', share: { gte: 0.3 } },
    attributes: { country: ['DE', 'AT'] },
  };
  const made = await put('red lamps', rule);
  expect(made).toMatchObject({
    status: 200,
    body: { id: 'red lamps', rule, users: 0, visitors: 0, complete: true },
  });
  const key = harness.catalogue.categories.codeOf('category-1');
  const [{ number, rule: posted }] = harness.pool.segments;
  expect(posted).toEqual({
    is: 'all',
    of: [
      { is: 'attribute', name: 'country', test: ['DE', 'AT'] },
      { is: 'interest', kind: NODE.category, key, share: { gte: 0.3 }, trends: undefined },
    ],
  });
  await put('red lamps', { not: { any: [{ spend: { lt: 5 } }, { visits: { lt: 2 } }] } });
  expect(harness.pool.segments).toMatchObject([{ number, rule: { is: 'not', of: { is: 'any' } } }]);
  expect((await callJson(harness.url, 'GET', '/v1/segments')).body.segments).toHaveLength(1);
  expect((await callJson(harness.url, 'DELETE', '/v1/segments/red%20lamps', {})).status).toBe(204);
  expect(harness.pool.segments).toEqual([]);
  expect((await callJson(harness.url, 'GET', '/v1/segments/red%20lamps')).status).toBe(404);
  expect((await callJson(harness.url, 'DELETE', '/v1/segments/red%20lamps', {})).status).toBe(404);
});

test('a field that a segment does not have is told of with the answer, once', async () => {
  const rule = { spend: { gte: 10 } };
  const asked = (more: object) => callJson(harness.url, 'PUT', '/v1/segments/spenders', { rule, ...more });
  expect((await asked({ nmae: 'Spenders' })).body).toMatchObject({
    id: 'spenders',
    hint: 'segment has no field "nmae", which is ignored; did you mean name?',
  });
  expect((await asked({ callback: 'https://shop.test' })).body).toMatchObject({
    hint: 'segment has no field "callback", which is ignored',
  });
  expect((await asked({ name: 'Spenders' })).body).not.toHaveProperty('hint');
  expect((await callJson(harness.url, 'GET', '/v1/segments/spenders')).body).not.toHaveProperty('hint');
  await callJson(harness.url, 'DELETE', '/v1/segments/spenders', {});
});

test('a rule that names what the catalogue learns later is told to the shards again', async () => {
  await put('later', { interest: { category: 'category-of-tomorrow' } });
  const keyNow = () =>
    harness.pool.segments.map(({ rule }) => (rule.is === 'interest' ? rule.key : undefined));
  expect(keyNow()).toEqual([-2]);
  await harness.catalogue.upsert([{ id: 'new', category: 'category-of-tomorrow' }]);
  await expect
    .poll(keyNow, { timeout: 20_000 })
    .toEqual([harness.catalogue.categories.codeOf('category-of-tomorrow')]);
  await callJson(harness.url, 'DELETE', '/v1/segments/later', {});
});

test('what is no rule is refused, and so is one segment too many', async () => {
  const refused = async (rule: object): Promise<unknown> => (await put('bad', rule)).body.code;
  expect(await refused({})).toBe('invalid_field');
  expect(await refused({ spent: { gte: 1 } })).toBe('invalid_field');
  expect(await refused({ spend: {} })).toBe('invalid_field');
  expect(await refused({ interest: { category: 'a', brand: 'b' } })).toBe('invalid_field');
  const many = (count: number) => ({ any: Array.from({ length: count }, () => ({ spend: { gte: 1 } })) });
  expect(await refused(many(RULE_TESTS_MAX + 1))).toBe('invalid_field');
  for (let i = 0; i < SEGMENTS_MAX; i++) expect((await put(`s${i}`, many(RULE_TESTS_MAX))).status).toBe(200);
  expect(await refused(many(1))).toBe('too_many');
  for (let i = 0; i < SEGMENTS_MAX; i++) await callJson(harness.url, 'DELETE', `/v1/segments/s${i}`, {});
  expect((await put('bad', many(1))).status).toBe(200);
});

test('an address is kept where its origin is listed, and refused otherwise', async () => {
  const rule = { purchases: { gte: 1 } };
  const told = (webhook: string) => callJson(harness.url, 'PUT', '/v1/segments/told', { rule, webhook });
  expect((await told('https://hooks.example/segments')).body.webhook).toBe('https://hooks.example/segments');
  expect((await told('http://169.254.169.254/')).body).toMatchObject({ status: 400, code: 'invalid_field' });
});

test('members come line by line, and an unknown segment has none', async () => {
  await put('buyers', { purchases: { gte: 1 } });
  const { number } = harness.pool.segments.at(-1)!;
  harness.pool.members.set(number, [['ann', 'bob'], ['a "name"']]);
  const response = await fetch(`${harness.url}/v1/segments/buyers/members`);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  expect(await response.text()).toBe('{"user":"ann"}\n{"user":"bob"}\n{"user":"a \\"name\\""}\n');
  expect((await callJson(harness.url, 'GET', '/v1/segments/nobody/members')).status).toBe(404);
});

test('who is about to be lost comes line by line', async () => {
  const ann = { user: 'ann', days: 30, risk: 0.8, visits: 1, meanGapDays: 0, lastMs: 1, spend: 2 };
  harness.pool.atRisk.push([ann], [{ ...ann, user: 'bob' }]);
  const response = await fetch(`${harness.url}/v1/users?atRisk=0.7`);
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = (await response.text()).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).user)).toEqual(['ann', 'bob']);
  expect((await callJson(harness.url, 'GET', '/v1/users')).body).toMatchObject({ code: 'invalid_field' });
});

test('a filter names segments that there are; a late or empty answer shows nothing to whoever is in none', async () => {
  await put('spenders', { spend: { gte: 50 } });
  const filter = { segment: { in: ['spenders'] }, category: 'category-1' };
  const recommend = (body: object) => callJson(harness.url, 'POST', '/v1/recommend', { user: 'u', ...body });
  expect((await recommend({ filter })).status).toBe(200);
  expect((await recommend({ filter: { segment: 'nobody' } })).body.detail).toContain('no segment "nobody"');
  expect((await recommend({ filter: { segment: { gt: 3 } } })).body.code).toBe('invalid_field');
  const rank = { user: 'u', candidates: ['item-1', 'gone'], filter: { segment: 'spenders' } };
  expect((await callJson(harness.url, 'POST', '/v1/rank', rank)).body).toMatchObject({ ids: [], scores: [] });
});

test('what a page says of its shopper in hello is kept, in one order, and bounded', async () => {
  const client = await WsClient.hello(harness.url, {
    user: 'ann',
    attributes: { plan: 'gold', country: 'AT' },
  });
  await expect
    .poll(() => harness.pool.attributesOf.get(named('ann')), { timeout: 20_000 })
    .toBe('{"country":"AT","plan":"gold"}');
  client.drop();
  const large = await WsClient.open(harness.url);
  large.send({ t: 'hello', user: 'bob', attributes: { text: 'x'.repeat(1_100) } });
  expect(await large.next('error')).toMatchObject({ code: 'invalid_field' });
  large.drop();
});
