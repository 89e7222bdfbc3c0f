import type { ClientMessage } from '../protocol/messages.js';
import { SCOPE, type Scopes } from './scope.js';

/** Any caller, also one without a token. */
export const ANYONE = 'anyone';

/** One of these scopes is enough; 0 is nobody. */
export type Needed = Scopes | typeof ANYONE;

const OWN_OR_RANK = SCOPE.shop | SCOPE.rank;
const OWN_OR_EVENTS = SCOPE.shop | SCOPE.events;
/** What is kept of users: their own, or anybody's. */
const OWN_OR_USERS = SCOPE.shop | SCOPE.users;

/**
 * What each route takes, by path and method. A route without an entry does not start (`checkRoutes`). Probes of orchestrators
 * carry no token and hear nothing of users, so `/healthz` and `/readyz` are anyone's; `/metrics` tells what the shop turns over.
 */
export const ROUTE_SCOPES: Readonly<Record<string, Readonly<Record<string, Needed>>>> = {
  '/healthz': { GET: ANYONE },
  '/readyz': { GET: ANYONE },
  '/metrics': { GET: SCOPE.operate },
  '/v1/stats': { GET: SCOPE.operate },
  '/v1/market': { GET: SCOPE.operate },
  '/v1/model': { GET: SCOPE.operate, POST: SCOPE.operate },
  '/v1/model/rollback': { POST: SCOPE.operate },
  '/v1/snapshots': { GET: SCOPE.operate, POST: SCOPE.operate },
  '/v1/recommend': { POST: OWN_OR_RANK },
  '/v1/rank': { POST: OWN_OR_RANK },
  '/v1/search': { POST: OWN_OR_RANK },
  '/v1/mcp': { POST: OWN_OR_RANK | OWN_OR_USERS },
  '/v1/batch': { POST: OWN_OR_RANK },
  '/v1/openrtb/rank': { POST: SCOPE.rank },
  '/v1/events': { POST: OWN_OR_EVENTS },
  '/v1/users': { GET: SCOPE.users },
  '/v1/users/{id}': { DELETE: SCOPE.users },
  '/v1/sessions/{id}': { DELETE: SCOPE.users },
  '/v1/items': {
    GET: OWN_OR_RANK | SCOPE.catalogue,
    PUT: SCOPE.catalogue,
    DELETE: SCOPE.catalogue,
  },
  '/v1/users/{id}/graph': { GET: OWN_OR_USERS, POST: OWN_OR_USERS },
  '/v1/sessions/{id}/graph': { GET: OWN_OR_USERS },
  '/v1/users/{id}/export': { GET: OWN_OR_USERS },
  '/v1/sessions/{id}/export': { GET: OWN_OR_USERS },
  '/v1/users/{id}/merge': { POST: OWN_OR_USERS },
  '/v1/users/{id}/consent': { POST: OWN_OR_USERS },
  '/v1/sessions/{id}/consent': { POST: OWN_OR_USERS },
  '/v1/users/{id}/profile': { GET: OWN_OR_USERS },
  '/v1/sessions/{id}/profile': { GET: OWN_OR_USERS },
  '/v1/segments': { GET: SCOPE.users },
  '/v1/segments/{id}': { GET: SCOPE.users, PUT: SCOPE.users, DELETE: SCOPE.users },
  '/v1/segments/{id}/members': { GET: SCOPE.users },
  '/v1/items/{id}': {
    GET: OWN_OR_RANK | SCOPE.catalogue,
    PATCH: SCOPE.catalogue,
    DELETE: SCOPE.catalogue,
  },
};

/** What each message takes. `hello`, `identify` and `token` bring the token that is looked at. */
export const MESSAGE_SCOPES: Readonly<Record<ClientMessage['t'], Needed>> = {
  hello: ANYONE,
  identify: ANYONE,
  token: ANYONE,
  ping: ANYONE,
  event: OWN_OR_EVENTS,
  recommend: OWN_OR_RANK,
  rank: OWN_OR_RANK,
  subscribe: OWN_OR_RANK,
  unsubscribe: ANYONE,
  graph: OWN_OR_USERS,
  profile: OWN_OR_USERS,
  tune: OWN_OR_USERS,
  consent: OWN_OR_EVENTS | OWN_OR_USERS,
};

/** What a route takes; nobody has what no entry names. */
export function neededFor(path: string, method: string): Needed {
  const methods = Object.hasOwn(ROUTE_SCOPES, path) ? ROUTE_SCOPES[path] : {};
  return Object.hasOwn(methods, method) ? methods[method] : 0;
}

/** Throws when a route has no entry in the table, or an entry no route. */
export function checkRoutes(routes: Readonly<Record<string, object>>): void {
  const [has, knows] = [methodsOf(routes), methodsOf(ROUTE_SCOPES)];
  const open = [...has].filter((route) => !knows.has(route));
  const idle = [...knows].filter((route) => !has.has(route));
  if (open.length > 0) throw new Error(`no scope in ROUTE_SCOPES: ${open.join(', ')}`);
  if (idle.length > 0) throw new Error(`no route for ROUTE_SCOPES: ${idle.join(', ')}`);
}

function methodsOf(routes: Readonly<Record<string, object>>): Set<string> {
  return new Set(
    Object.entries(routes).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    ),
  );
}
