import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CallBodies, sampleItems, type LoadedCall } from '../../../../loadtest/load/call-bodies.js';
import { runClosedLoop } from '../../../../loadtest/load/closed-loop.js';
import { realClock } from '../../../../metrics/process/clock.js';

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function bodiesOf(call: LoadedCall, shoppers = 2) {
  return new CallBodies({ call, shoppers, seed: 7, k: 5 }, ['a', 'b', 'c'], 'run1');
}

/** Loads a server that answers with `answer` for 0.4 s; what it heard, and how many calls it had under way at most. */
async function load(call: LoadedCall, answer: RequestListener, connections = 3, warmup = 0) {
  const heard: string[] = [];
  let [underWay, underWayMax] = [0, 0];
  const url = await serve((request, response) => {
    underWayMax = Math.max(underWayMax, ++underWay);
    response.once('close', () => underWay--);
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      heard.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
      answer(request, response);
    });
  });
  const plan = { url: new URL(`/v1/${call}`, url), connections, warmup, seconds: 0.4 };
  const result = await runClosedLoop(plan, bodiesOf(call, connections), realClock);
  return { result, heard, underWayMax };
}

describe('CallBodies', () => {
  test('a shopper asks the same each time, a rank with the items', () => {
    expect(bodiesOf('recommend').of(3)).toBe('{"user":"load-http-7-1","slot":"home","k":5}');
    expect(bodiesOf('rank').of(0)).toBe(
      '{"user":"load-http-7-0","slot":"home","k":5,"candidates":["a","b","c"]}',
    );
  });

  test('every event is new, and goes round the items', () => {
    const bodies = bodiesOf('events');
    const events = Array.from({ length: 4 }, (_, i) => JSON.parse(bodies.of(i)) as Record<string, string>);
    expect(events.map(({ id }) => id)).toEqual(['run1-0', 'run1-1', 'run1-2', 'run1-3']);
    expect(events.map(({ item }) => item)).toEqual(['a', 'b', 'c', 'a']);
    expect(events[2]).toMatchObject({ user: 'load-http-7-0', e: 'view_item' });
  });
});

test('sampleItems says what to do when there is nothing to rank', async () => {
  const url = await serve((_request, response) => response.end('{"items":[]}'));
  await expect(sampleItems(url, 9)).rejects.toThrow('give the gateway items with PUT /v1/items first');
});

describe('runClosedLoop', () => {
  test('each connection has one call under way and sends the next after the answer', async () => {
    const { result, heard, underWayMax } = await load('recommend', (_request, response) => {
      setTimeout(() => response.end('{}'), 20);
    });
    expect(underWayMax).toBe(3);
    // 3 connections, an answer every 20 ms at best.
    expect(result.latency.count).toBeGreaterThan(3);
    expect(result.ratePerSec).toBeLessThanOrEqual(150);
    expect(result.latency.p50).toBeGreaterThan(15);
    expect(result).toMatchObject({ connections: 3, not2xx: 0, errors: 0 });
    expect(new Set(heard)).toEqual(
      new Set([0, 1, 2].map((i) => `POST /v1/recommend application/json ${bodiesOf('recommend', 3).of(i)}`)),
    );
  });

  test('no event is sent twice', async () => {
    const { heard } = await load('events', (_request, response) => response.end('{}'));
    expect(heard.length).toBeGreaterThan(10);
    expect(new Set(heard).size).toBe(heard.length);
  });

  test('the warm-up is not measured', async () => {
    let calls = 0;
    const { result } = await load(
      'recommend',
      (_request, response) => void (calls++, response.end()),
      1,
      0.4,
    );
    expect(calls).toBeGreaterThan(result.latency.count);
  });

  test('refusals are counted', async () => {
    const { result } = await load('rank', (_request, response) => response.writeHead(503).end());
    expect(result.not2xx).toBe(result.latency.count);
    expect(result.not2xx).toBeGreaterThan(0);
  });

  test('connections that the server ends before it answers are errors', async () => {
    let calls = 0;
    const { result } = await load('recommend', (request, response) => {
      if (++calls % 5 === 0) request.socket.end();
      else response.end('{}');
    });
    expect(result.errors).toBeGreaterThan(0);
    const refused = await load('recommend', (request) => request.socket.resetAndDestroy());
    expect(refused.result.errors).toBeGreaterThan(0);
  });
});
