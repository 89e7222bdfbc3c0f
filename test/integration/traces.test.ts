import { expect, onTestFinished, test, vi } from 'vitest';
import { BusyShopper } from '../support/gateway/busy-shopper.js';
import { startGateway, type BuiltGateway } from '../support/gateway/built-gateway.js';
import { OtlpCollector, type ArrivedSpan } from '../support/gateway/otlp-collector.js';
import { WsClient } from '../support/gateway/ws-client.js';

const SPAN = 'b7ad6b7169203331';
const STAGES = ['queue', 'graph', 'model', 'candidates', 'ranking', 'to_gateway', 'encode_send'];
const SERVER = 2;

let traces = 0;
/** A trace id that no other call of the tests has. */
const newTrace = (): string => (++traces).toString(16).padStart(32, 'a');
const parentOf = (trace: string, flags: string): string => `00-${trace}-${SPAN}-${flags}`;

async function start(env: Readonly<Record<string, string>>) {
  const collector = await OtlpCollector.start();
  onTestFinished(() => collector.stop());
  const gateway = await startGateway({
    env: {
      AFTERCLICK_BUNDLE: 'none',
      AFTERCLICK_SHARDS: '1',
      AFTERCLICK_ITEMS_MAX: '4096',
      AFTERCLICK_OTLP_ENDPOINT: collector.url,
      AFTERCLICK_OTLP_HEADERS: 'authorization=Bearer%20secret',
      AFTERCLICK_TRACE_RATIO: '0',
      ...env,
    },
  });
  onTestFinished(() => gateway.kill());
  return { collector, gateway };
}

function post({ url }: BuiltGateway, path: string, body: object, headers: Record<string, string> = {}) {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** The whole comes first in time, its stages are its children, one after the other, within it but for the commit. */
function expectStages(spans: readonly ArrivedSpan[], whole: string, stages: readonly string[]): ArrivedSpan {
  const root = spans.find(({ name }) => name === whole)!;
  const parts = spans.filter((span) => span !== root);
  expect(parts.map(({ name }) => name)).toEqual(stages);
  expect(root.kind).toBe(SERVER);
  for (const part of parts) {
    expect(part.parentSpanId).toBe(root.spanId);
    expect(part.startMs).toBeLessThanOrEqual(part.endMs);
    expect(part.startMs).toBeGreaterThanOrEqual(root.startMs);
    if (part.name !== 'commit') expect(part.endMs).toBeLessThanOrEqual(root.endMs + 0.001);
  }
  expect(Math.abs(root.startMs - Date.now())).toBeLessThan(60_000);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  return root;
}

test('clicks and calls are recorded as their callers ask for it, with the stages of gateway and shard', async () => {
  const { collector, gateway } = await start({});
  const client = await WsClient.hello(gateway.url);
  const [click, silent, ranked, posted, events] = [
    newTrace(),
    newTrace(),
    newTrace(),
    newTrace(),
    newTrace(),
  ];
  const search = { t: 'event', e: 'search', query: 'lamp' };
  client.send({ ...search, seq: 1, traceparent: parentOf(silent, '00') });
  client.send({ ...search, seq: 2, traceparent: 'nonsense' });
  client.send({ ...search, seq: 3, traceparent: parentOf(click, '01') });
  await client.next('ack', ({ seq }) => seq >= 3);
  client.send({ t: 'recommend', id: 1, traceparent: parentOf(ranked, '01') });
  const spans = await collector.trace(click, 'commit');
  const root = expectStages(spans, 'click', [...STAGES, 'commit']);
  expect(root).toMatchObject({ traceId: click, parentSpanId: SPAN, attributes: { 'afterclick.seq': 3 } });
  expectStages(await collector.trace(ranked, 'encode_send'), 'recommend', STAGES);
  await post(gateway, '/v1/recommend', { user: 'ann' }, { traceparent: parentOf(posted, '01') });
  const call = expectStages(await collector.trace(posted, 'encode_send'), 'POST /v1/recommend', STAGES);
  expect(call.attributes).toEqual({ 'http.response.status_code': 200 });
  const event = { user: 'ann', id: 'e1', e: 'search', query: 'lamp' };
  await post(gateway, '/v1/events', event, { traceparent: parentOf(events, '01') });
  expectStages(await collector.trace(events, 'durable'), 'POST /v1/events', ['read', 'durable']);
  expect(collector.spans.filter(({ traceId }) => traceId === silent)).toEqual([]);
  expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(4);
  expect(collector.headers['authorization']).toBe('Bearer secret');
  client.drop();
});

test('without a parent a share of the clicks are traces of their own, and their end comes with that of the process', async () => {
  const { collector, gateway } = await start({ AFTERCLICK_TRACE_RATIO: '1' });
  const client = await WsClient.hello(gateway.url);
  client.send({ t: 'event', seq: 1, e: 'search', query: 'lamp' });
  await client.next('ack', ({ seq }) => seq >= 1);
  client.drop();
  expect(await gateway.stop()).toBe(0);
  const roots = collector.spans.filter(({ name }) => name === 'click');
  expect(roots).toHaveLength(1);
  expect(roots[0].parentSpanId).toBeUndefined();
});

test.each(['hangs', 'refuses'] as const)(
  'a collector that %s disturbs no click',
  async (mood) => {
    const { collector, gateway } = await start({ AFTERCLICK_TRACE_RATIO: '1' });
    collector.mood = mood;
    const shopper = await BusyShopper.start(gateway.url);
    await vi.waitFor(() => expect(shopper.acked).toBeGreaterThan(500), { timeout: 20_000 });
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(/traces_dropped_total\{reason="rate"\} [1-9]/.test(metrics)).toBe(true);
    expect(collector.requests).toBeGreaterThan(0);
    shopper.client.drop();
    expect(await gateway.stop()).toBe(0);
  },
  60_000,
);

test('a slow answer is in the log with its trace and its stages', async () => {
  const { gateway } = await start({ AFTERCLICK_OTLP_ENDPOINT: '', AFTERCLICK_SLOW_CLICK_MS: '0.001' });
  let log = '';
  gateway.process.stderr!.on('data', (text: Buffer) => (log += text.toString()));
  const client = await WsClient.hello(gateway.url);
  const trace = newTrace();
  client.send({ t: 'event', seq: 1, e: 'search', query: 'lamp', traceparent: parentOf(trace, '00') });
  await client.next('ack', ({ seq }) => seq >= 1);
  await vi.waitFor(() => expect(log).toContain('"what":"ack"'));
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const slow = lines.find(({ what }) => what === 'list')!;
  expect(slow).toMatchObject({ level: 'warn', traceId: trace, seq: 1 });
  expect(Object.keys(slow['stages'] as object)).toEqual(STAGES);
  expect(lines.find(({ what }) => what === 'ack')).toMatchObject({ stages: { commit: expect.any(Number) } });
  client.drop();
});

test('answers over HTTP say how long their stages took, refused ones as well', async () => {
  const { gateway } = await start({ AFTERCLICK_OTLP_ENDPOINT: '' });
  const timing = async (path: string, body: object) => {
    const response = await post(gateway, path, body);
    const parts = response.headers.get('server-timing')!.split(', ');
    return parts.map((part) => /^(\w+);dur=(\d+(?:\.\d+)?)$/.exec(part)!.slice(1));
  };
  const ranked = await timing('/v1/recommend', { user: 'ann' });
  expect(ranked.map(([name]) => name)).toEqual([...STAGES, 'total']);
  const sum = ranked.slice(0, -1).reduce((all, [, ms]) => all + Number(ms), 0);
  expect(sum).toBeLessThanOrEqual(Number(ranked.at(-1)![1]) + 0.01);
  const event = { user: 'ann', id: 'e1', e: 'search', query: 'lamp' };
  expect((await timing('/v1/events', event)).map(([name]) => name)).toEqual(['read', 'durable', 'total']);
  expect((await timing('/v1/rank', { user: 'ann' })).map(([name]) => name)).toEqual(['total']);
  const found = await timing('/v1/search', { q: 'lamp', user: 'ann' });
  expect(found.map(([name]) => name)).toEqual(['search', 'order', 'total']);
  // Every other route tells the whole.
  const graph = await fetch(`${gateway.url}/v1/users/ann/graph`);
  expect(graph.headers.get('server-timing')).toMatch(/^total;dur=[\d.]+$/);
});
