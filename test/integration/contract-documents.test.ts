import { createConfig, lintFromString } from '@redocly/openapi-core';
import asyncApiSpecs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVER_MESSAGES } from '../../gateway/http/contract/answers.js';
import { asyncApi } from '../../gateway/http/contract/asyncapi.js';
import { openApi } from '../../gateway/http/contract/openapi.js';
import { eventProblem } from '../../gateway/protocol/validate-event.js';
import { validate } from '../../gateway/protocol/validate.js';
import { startGatewayHarness, type GatewayHarness } from '../support/gateway/gateway-harness.js';
import { fenced, section, textOf } from '../support/markdown.js';

const PROTOCOL = textOf('docs/PROTOCOL.md');
const HTTP = openApi('1.0.0') as { components: object; paths: Record<string, Record<string, Operation>> };
interface Operation {
  readonly requestBody?: { content: Record<string, { schema: object; example?: unknown }> };
}

let harness: GatewayHarness;
beforeAll(async () => {
  harness = await startGatewayHarness();
  await harness.catalogue.upsert([
    { id: '22423', price: 12.75 },
    { id: '22699', price: 2.95 },
  ]);
});
afterAll(() => harness.stop());

test('every message of the gateway is described, and its examples in PROTOCOL.md fit', () => {
  const part = section(PROTOCOL, '## Server to client');
  const names = [...part.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name);
  expect(names.sort()).toEqual(Object.keys(SERVER_MESSAGES).sort());
  const examples = fenced(part, 'json').map((text) => JSON.parse(text) as { t: string });
  expect(examples.length).toBeGreaterThanOrEqual(9);
  for (const example of examples)
    expect(SERVER_MESSAGES[example.t].safeParse(example)).toMatchObject({ success: true });
});

test('the OpenAPI document passes the linter without an error or a warning', async () => {
  const config = await createConfig({
    extends: ['recommended'],
    rules: { 'operation-4xx-response': 'error' },
  });
  const problems = await lintFromString({ source: JSON.stringify(HTTP), config });
  expect(problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)).toEqual([]);
});

test('the AsyncAPI document fits the schema of AsyncAPI 3', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
  const fits = ajv.compile(asyncApiSpecs.schemas['3.1.0'] as object);
  expect([fits(asyncApi('1.0.0')), fits.errors]).toEqual([true, null]);
  expect(fits({ asyncapi: '3.1.0' })).toBe(false);
});

describe('what the documents say is what the gateway takes', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const socket = asyncApi('1.0.0') as {
    components: { schemas: object; messages: Record<string, { payload: object }> };
  };
  const fitsMessage = (t: string) =>
    ajv.compile({ ...socket.components.messages[`client.${t}`].payload, components: socket.components });

  test('every example of PROTOCOL.md fits, and messages that the gateway refuses do not', () => {
    const examples = fenced(section(PROTOCOL, '## Client to server'), 'json').map(
      (text) => JSON.parse(text) as { t: string },
    );
    for (const example of examples.filter(
      ({ t }) => t in { hello: 1, event: 1, recommend: 1, rank: 1, subscribe: 1 },
    ))
      expect([example, fitsMessage(example.t)(example)]).toEqual([example, true]);
    const broken = [
      { t: 'hello', slots: 'home' },
      { t: 'recommend', id: 1, k: 101 },
      { t: 'recommend', id: 1, how: 'magic' },
      { t: 'rank', id: 1, candidates: 'x' },
      { t: 'rank', id: 1 },
      { t: 'subscribe', slots: [{ slot: 'a', diversity: 2 }] },
      { t: 'identify', id: 1 },
    ];
    for (const message of broken)
      expect([message, validate(message).ok, fitsMessage(message.t)(message)]).toEqual([
        message,
        false,
        false,
      ]);
  });

  test.each([
    { e: 'view_item', item: 'a' },
    { e: 'purchase', items: ['a', 'b'], value: 5, quantity: 2, ts: 5 },
    { e: 'search', query: 'red', slot: 's', list: 5, traceparent: 't' },
    { e: 'nonsense', item: 'a' },
    { e: 'view_item', item: 5 },
    { e: 'view_item', item: 'a', quantity: -1 },
    { e: 'view_item', item: 'a', slot: '' },
    { e: 'view_item', item: 'a', value: 'x' },
    { e: 'search', query: 'x'.repeat(257) },
    { e: 'purchase', items: Array.from({ length: 201 }, () => 'a') },
  ])('an event %j is judged alike', (fields) => {
    const event = { t: 'event', seq: 1, ...fields };
    expect(fitsMessage('event')(event)).toBe(eventProblem(event) === undefined);
  });

  test('every example of a body fits its schema, and is taken', async () => {
    let count = 0;
    for (const [path, methods] of Object.entries(HTTP.paths))
      for (const [method, { requestBody }] of Object.entries(methods)) {
        const { schema, example } = requestBody?.content['application/json'] ?? {};
        if (schema === undefined || example === undefined) continue;
        count++;
        expect([path, ajv.compile({ ...schema, components: HTTP.components })(example)]).toEqual([
          path,
          true,
        ]);
        const response = await fetch(harness.url + path.replace('{id}', '22423'), {
          method: method.toUpperCase(),
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(example),
        });
        expect([path, method, response.status]).toEqual([path, method, 200]);
      }
    expect(count).toBeGreaterThanOrEqual(7);
  });
});

test('the documents are served, and a page of them without a script', async () => {
  for (const [path, word] of [
    ['openapi.json', '3.1.0'],
    ['asyncapi.json', '3.1.0'],
    ['reference', 'POST /v1/rank'],
    ['reference.css', 'body'],
  ]) {
    const response = await fetch(`${harness.url}/v1/${path}`);
    const text = await response.text();
    expect([path, response.status, text.includes(word), text.includes('<script')]).toEqual([
      path,
      200,
      true,
      false,
    ]);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const again = await fetch(`${harness.url}/v1/${path}`, {
      headers: { 'if-none-match': response.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  }
});
