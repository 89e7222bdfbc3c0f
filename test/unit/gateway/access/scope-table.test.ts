import { expect, test } from 'vitest';
import {
  checkRoutes,
  MESSAGE_SCOPES,
  neededFor,
  ROUTE_SCOPES,
} from '../../../../gateway/access/scope-table.js';
import { Grant } from '../../../../gateway/access/grant.js';
import { ALL_SCOPES, SCOPE } from '../../../../gateway/access/scope.js';
import { VisitorSessions } from '../../../../gateway/access/visitor-sessions.js';
import { named, visitor } from '../../../../shards/api.js';
import { textOf } from '../../../support/markdown.js';

test('a route without an entry does not start, nor an entry without a route', () => {
  expect(() => checkRoutes(ROUTE_SCOPES)).not.toThrow();
  expect(() => checkRoutes({ ...ROUTE_SCOPES, '/v1/new': { POST: {} } })).toThrow(
    'no scope in ROUTE_SCOPES: POST /v1/new',
  );
  const { '/v1/rank': _rank, ...others } = ROUTE_SCOPES;
  expect(() => checkRoutes(others)).toThrow('no route for ROUTE_SCOPES: POST /v1/rank');
});

test('nobody has what no entry names, names of objects included', () => {
  const everything = new Grant({ scopes: ALL_SCOPES });
  for (const [path, method] of [
    ['/v1/new', 'GET'],
    ['/metrics', 'POST'],
    ['__proto__', 'GET'],
    ['/metrics', 'constructor'],
  ])
    expect(everything.allows(neededFor(path, method))).toBe(false);
});

test('every message of the contract has an entry', () => {
  const messages = textOf('gateway/protocol/messages/client-messages.ts');
  const union = /^export type ClientMessage =([^;]*);/m.exec(messages)?.[1] ?? '';
  expect(Object.keys(MESSAGE_SCOPES)).toHaveLength(
    union.split('|').filter((name) => name.trim() !== '').length,
  );
});

test('docs/SECURITY.md has the table', () => {
  const text = textOf('docs/SECURITY.md');
  for (const [path, methods] of Object.entries(ROUTE_SCOPES))
    for (const method of Object.keys(methods)) expect(text).toContain(`| \`${method} ${path}\` |`);
});

test('a shopper speaks for themselves, a visitor for who knows the secret, a server for all', () => {
  const sessions = new VisitorSessions('open', new Uint8Array(32));
  const isSecret = (session: string) => sessions.isSecret(session);
  const may = (scopes: number, user: string | undefined, whom: Parameters<Grant['speaksFor']>[0]) =>
    new Grant({ scopes, user }).speaksFor(whom, SCOPE.rank, isSecret);
  expect(may(SCOPE.shop, 'ada', named('ada'))).toBe(true);
  expect(may(SCOPE.shop, 'ada', named('bob'))).toBe(false);
  expect(may(SCOPE.shop, undefined, named('bob'))).toBe(false);
  expect(may(SCOPE.shop, undefined, visitor('guess'))).toBe(false);
  expect(may(SCOPE.shop, undefined, visitor(sessions.issue()))).toBe(true);
  expect(may(SCOPE.events, undefined, named('ada'))).toBe(false);
  expect(may(SCOPE.rank, undefined, named('ada'))).toBe(true);
});

test('a signed session is one that a gateway with the key made', () => {
  const ours = new VisitorSessions('signed', new Uint8Array(32));
  const session = ours.issue();
  expect([session.length <= 128, ours.isSecret(session)]).toEqual([true, true]);
  const others = new VisitorSessions('signed', new Uint8Array(32).fill(1));
  const forged = [
    others.issue(),
    session.slice(0, -1),
    `x${session}`,
    session.split('.')[0],
    `${session}.x`,
    '',
  ];
  expect(forged.map((name) => ours.isSecret(name))).toEqual(forged.map(() => false));
  expect(new Set(Array.from({ length: 100 }, () => ours.issue())).size).toBe(100);
});
