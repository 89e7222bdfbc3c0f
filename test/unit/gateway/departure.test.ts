import { expect, test } from 'vitest';
import { depart, type DepartureContext } from '../../../gateway/departure.js';
import { UNDIVIDED } from '../../../metrics/process/bites.js';
import { realClock } from '../../../metrics/process/clock.js';

/** What is owed, and what was done about it in which order. */
function departing(owed: { events?: number; calls?: number; isOpening?: boolean; waitsForDisk?: boolean }) {
  const done: string[] = [];
  const exchanges = {
    size: owed.calls ?? 0,
    giveUpAll: () => done.push('give up'),
  };
  const connections = {
    areSettled: owed.isOpening !== true,
    leaveAll: () => void done.push('leave'),
    finishAll: ({ code }: { readonly code: number }) => {
      done.push(`bye ${code}`);
      return Promise.resolve();
    },
  };
  const pool = { unanswered: owed.events ?? 0, waitsForDisk: owed.waitsForDisk === true };
  const servers = [{ exchanges }] as unknown as DepartureContext['servers'];
  const context = { servers, connections, pool, bites: UNDIVIDED, clock: realClock };
  return { context, done, exchanges, connections, pool };
}

const NEVER = new AbortController().signal;

test('bye comes when all that was taken is answered', async () => {
  const { context, done, connections, pool } = departing({ events: 3, isOpening: true });
  const gone = depart(context, 60_000, NEVER);
  await expect.poll(() => done).toEqual(['leave']);
  pool.unanswered = 0;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(done).toEqual(['leave']);
  connections.areSettled = true;
  await gone;
  expect(done).toEqual(['leave', 'bye 1001', 'give up']);
});

test('a call that takes long does not keep sockets from their bye, and is given up when the time is over', async () => {
  const { context, done } = departing({ calls: 1 });
  const startMs = performance.now();
  const gone = depart(context, 100, NEVER);
  await expect.poll(() => done).toEqual(['leave', 'bye 1001']);
  await gone;
  expect(done).toEqual(['leave', 'bye 1001', 'give up']);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(99);
});

test('nobody waits for a shard that does not answer longer than the time, nor for a full disk at all', async () => {
  const dead = departing({ events: 1 });
  await depart(dead.context, 50, NEVER);
  expect(dead.done).toContain('bye 1001');
  const full = departing({ events: 1, waitsForDisk: true });
  await depart(full.context, 600_000, NEVER);
  expect(full.done).toContain('bye 1001');
});

test('a halt ends the wait', async () => {
  const { context, done } = departing({ events: 1, calls: 1 });
  const halted = new AbortController();
  const gone = depart(context, 600_000, halted.signal);
  halted.abort();
  await gone;
  expect(done).toEqual(['leave', 'bye 1001', 'give up']);
});
