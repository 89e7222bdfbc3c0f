import { expect, test } from 'vitest';
import { Access } from '../../../../gateway/access/access.js';
import { ROUTE_SCOPES } from '../../../../gateway/access/scope-table.js';
import type { AuditedAct } from '../../../../gateway/audit/audit-line.js';
import { httpHandler } from '../../../../gateway/http/http.js';
import type { RouteHandler } from '../../../../gateway/http/route-table.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { createLog } from '../../../../metrics/process/log.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { silentWatch } from '../../../support/gateway/silent-watch.js';

const log = createLog({ level: 'silent' });
const CALL = {
  method: 'DELETE',
  path: '/v1/users/ada',
  query: new URLSearchParams(),
  contentType: 'application/json',
  origin: '',
  authorization: '',
  body: new Uint8Array(),
  traceparent: '',
  certificate: '',
  startUs: 0,
};

/** A handler of all routes, each of which does the same. */
function answering(handler: RouteHandler) {
  const acts: AuditedAct[] = [];
  const audit = {
    note: (act: AuditedAct) => Promise.resolve(void acts.push(act)),
    noteSome: (act: AuditedAct) => void acts.push(act),
    pseudonymOf: (name: string) => `pseudonym of ${name}`,
  };
  const routes = Object.fromEntries(
    Object.entries(ROUTE_SCOPES).map(([path, methods]) => [
      path,
      Object.fromEntries(Object.keys(methods).map((method) => [method, handler])),
    ]),
  );
  const [clock, stats] = [new FakeClock(1_000), ThreadStats.create()];
  const served = {
    routes,
    files: new Map(),
    access: Access.open(),
    audit,
    rates: { userWaitMs: () => 0 },
    operatorPort: 0,
  };
  return { acts, answer: httpHandler(served, { clock, stats, log, watch: silentWatch(clock, stats) }) };
}

test.each([
  [
    'at once',
    () => {
      throw new Error('broken');
    },
  ],
  ['later', () => Promise.reject(new Error('broken'))],
])(
  'a call that fails %s is in the audit, for it may have changed something',
  async (_when, handler: RouteHandler) => {
    const { acts, answer } = answering(handler);
    expect((await answer(CALL)).status).toBe(500);
    expect(acts).toMatchObject([{ what: 'DELETE /v1/users/{id}', target: 'pseudonym of ada', result: 500 }]);
  },
);
