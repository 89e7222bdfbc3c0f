import { afterEach, expect, test, vi } from 'vitest';
import { EventIntake } from '../../../../gateway/calls/event-intake.js';
import { HttpEvents } from '../../../../gateway/http/http-events.js';
import { UNDIVIDED } from '../../../../metrics/process/bites.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import type { ShardPool } from '../../../../shards/pool/shard-pool.js';

afterEach(() => {
  vi.useRealTimers();
});

function post(eventsFor: ShardPool['eventsFor'], events: readonly object[]) {
  const intake = new EventIntake(new FakeClock(), Number, {
    normaliseQuery: String,
    search: () => new Int32Array(0),
  });
  const pool = { eventsFor } as unknown as ShardPool;
  const http = new HttpEvents(pool, intake, {
    bites: UNDIVIDED,
    log: createLog({ level: 'silent' }),
    stats: ThreadStats.create(),
  });
  return http.post({
    method: 'POST',
    path: '/v1/events',
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: new TextEncoder().encode(JSON.stringify(events)),
    startUs: 0,
  });
}

const view = (id: string) => ({ user: 'ann', id, e: 'view_item', item: '1' });

test('[D2] a shard that does not answer is a 503 after 20 s, and the events may be sent again', async () => {
  vi.useFakeTimers();
  const asked = post(() => new Promise(() => undefined), [view('a')]);
  await vi.advanceTimersByTimeAsync(20_001);
  const reply = await asked;
  expect([reply.status, reply.headers?.['retry-after']]).toEqual([503, '1']);
  expect(JSON.parse(String(reply.body)).results).toEqual([
    { index: 0, id: 'a', status: 'error', error: { code: 'shard_restarting', message: expect.any(String) } },
  ]);
});

test('[B2] events for which there was no room any more are refused one by one', async () => {
  const reply = await post(() => Promise.resolve(['applied', 'overloaded']), [view('a'), view('b')]);
  const { results } = JSON.parse(String(reply.body)) as {
    results: { status: string; error?: { code: string } }[];
  };
  expect([reply.status, results[0].status, results[1].error?.code]).toEqual([200, 'applied', 'overloaded']);
});
