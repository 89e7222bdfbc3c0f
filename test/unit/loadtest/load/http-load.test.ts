import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Limit } from '../../../../loadtest/load/limit.js';
import { runHttpLoad } from '../../../../loadtest/load/http-load.js';
import { httpReport } from '../../../../loadtest/report/http-report.js';
import { evenRate } from '../../../../loadtest/stream/rate-shape.js';
import { realClock } from '../../../../metrics/process/clock.js';

const NO_PROGRESS = { update: () => {}, stop: () => {} };

async function load(
  plan: Partial<Record<'rate' | 'seconds' | 'warmup' | 'connections', number>>,
  answer?: RequestListener,
) {
  const users = new Set<string>();
  let calls = 0;
  const server = createServer((request, response) => {
    calls++;
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      users.add((JSON.parse(body) as { user: string }).user);
      if (answer === undefined) response.end('{"ids":["a","b"]}');
      else answer(request, response);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const { rate = 50, seconds = 1, warmup = 0, connections = 20 } = plan;
  const shape = evenRate(rate, warmup + seconds);
  const full = {
    shape,
    warmup,
    connections,
    arrivals: 'constant',
    call: 'recommend',
    seed: 1,
    k: 5,
    candidates: 9,
  } as const;
  const result = await runHttpLoad({ ...full, url: `http://127.0.0.1:${port}` }, realClock, NO_PROGRESS);
  return { result, calls, users: users.size };
}

test.each([
  [50, 20, 20],
  [100, 200, 99],
  [30, 100, 29],
])(
  '%i calls a second over %i connections are what is offered, no more and no fewer',
  async (rate, connections, users) => {
    const load1 = await load({ rate, connections });
    // The first is due one gap after the start, the last before the end.
    expect(load1.calls).toBe(rate - 1);
    expect(load1.users).toBe(users);
    expect(load1.result).toMatchObject({ offeredPerSec: rate - 1, answers: rate - 1, not2xx: 0, errors: 0 });
    expect(load1.result.achievedPerSec).toBeLessThanOrEqual(rate);
    const told = (limit?: Limit): string => httpReport({ ...load1.result, limit });
    expect(told()).toContain(`offered ${rate - 1}.0 calls/s`);
    expect(told({ kind: 'client', why: 'it was late' })).not.toContain('calls/s');
  },
);

test('the warm-up is offered and not measured', async () => {
  const { calls, result } = await load({ rate: 100, seconds: 0.5, warmup: 0.5 });
  expect(calls).toBe(99);
  expect(result.answers).toBe(50);
  expect(result.latency.count).toBe(50);
});

test('a server that stands still shows in the latency, not in a lower rate', async () => {
  let waiting: (() => void)[] | undefined = [];
  setTimeout(() => {
    waiting?.forEach((go) => go());
    waiting = undefined;
  }, 600);
  const { calls, result } = await load({ rate: 100, connections: 2 }, (_request, response) => {
    if (waiting === undefined) response.end('{}');
    else waiting.push(() => response.end('{}'));
  });
  expect(calls).toBe(99);
  expect(result.latency.max).toBeGreaterThan(500);
  expect(result.latency.p50).toBeGreaterThan(50);
});

test('refusals and connections that break are counted', async () => {
  let count = 0;
  const { result } = await load({ rate: 40 }, (request, response) => {
    if (++count % 2 === 0) request.socket.destroy();
    else response.writeHead(503).end();
  });
  expect(result).toMatchObject({ answers: 20, not2xx: 20, errors: 19, timeouts: 0 });
});
