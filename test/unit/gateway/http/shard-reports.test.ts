import { expect, test } from 'vitest';
import { HttpOperations, type OperationsContext } from '../../../../gateway/http/http-operations.js';
import { visitor, type ShardReport } from '../../../../shards/api.js';

const SERVING: ShardReport = { shard: 0, state: 'serving', downMs: 0, restarts: 0 };

function operationsOf(reports: readonly ShardReport[], lackOfFiles?: string): HttpOperations {
  const context = {
    disk: { problem: undefined },
    files: { problem: lackOfFiles },
    pool: { reports: () => reports },
  };
  return new HttpOperations(context as unknown as OperationsContext, () => false);
}

test('a shard that is down for a moment changes nothing; one that stays down makes the gateway not ready, by its number', () => {
  const down = (downMs: number): ShardReport => ({
    shard: 1,
    state: 'down',
    downMs,
    restarts: 3,
    lastError: 'x',
  });
  expect(operationsOf([SERVING, down(4_000)]).readiness().status).toBe(200);
  const reply = operationsOf([SERVING, down(5_000)]).readiness();
  expect(reply.status).toBe(503);
  expect(JSON.parse(reply.body as string)).toMatchObject({ code: 'shard_restarting', shards: [1] });
});

test('a gateway without files is not ready, and says what to do', () => {
  const reply = operationsOf([SERVING], 'raise ulimit -n').readiness();
  expect(reply.status).toBe(503);
  expect(JSON.parse(reply.body as string)).toMatchObject({
    code: 'process_limited',
    detail: 'raise ulimit -n',
  });
});

test('what was set aside is named as the outside knows it', () => {
  const note = { reason: 'damaged', atMs: 0, isOwed: true };
  const latest = [
    { ...note, kind: 'session', names: [visitor('s-1'), 's-1'] },
    { ...note, kind: 'journal', names: ['42'] },
  ] as const;
  const setAside = { counts: { session: 1, journal: 1 }, latest, owedUsers: 1, isFull: false };
  const verified = { rows: 5, bytes: 500, isDone: true };
  const reply = operationsOf([{ ...SERVING, report: { setAside, verified } }]).stats();
  expect(JSON.parse(reply.body as string)).toEqual({
    shards: [
      {
        ...SERVING,
        setAside: {
          counts: { session: 1, journal: 1 },
          owedUsers: 1,
          isFull: false,
          latest: [
            {
              kind: 'session',
              key: ['s-1', 's-1'],
              isVisitor: true,
              reason: 'damaged',
              at: '1970-01-01T00:00:00.000Z',
              isOwed: true,
            },
            { kind: 'journal', key: ['42'], reason: 'damaged', at: '1970-01-01T00:00:00.000Z', isOwed: true },
          ],
        },
        verified,
      },
    ],
  });
});
