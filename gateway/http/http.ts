import { COUNTER, HISTOGRAM, indexOrOther } from '../../metrics/table.js';
import type { Clock } from '../../metrics/process/clock.js';
import { isDiskFull } from '../../metrics/process/disk-space.js';
import type { Log } from '../../metrics/process/log.js';
import { systemProblem } from '../../metrics/process/system-problem.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { PeerRates } from '../admission/peer-rates.js';
import type { Access } from '../access/access.js';
import { noteCall, type AuditTrail } from '../audit/audit-trail.js';
import { Grant } from '../access/grant.js';
import { checkRoutes, neededFor } from '../access/scope-table.js';
import { SCOPE } from '../access/scope.js';
import { admit } from './http-access.js';
import type { HttpCall, HttpHandler, HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import { DiskRefusal } from '../snapshots/disk-watch.js';
import { named, OverloadedError } from '../../shards/api.js';
import type { CallWatch } from '../tracing/call-watch.js';
import { serverTiming } from '../tracing/server-timing.js';
import { typeRefusal } from './http-body-json.js';
import { findRoute, REPLACEMENT, routeOf, type RouteHandler, type Routes } from './route-table.js';
import type { StaticReplies } from './static-replies.js';

/** A call that was let in. */
export interface RoutedCall extends HttpCall {
  /** What its caller may do. */
  readonly grant: Grant;
}

/** Where it is recorded how requests went. */
export interface HttpRecords {
  readonly clock: Clock;
  readonly stats: ThreadStats;
  readonly log: Log;
  readonly watch: CallWatch;
}

/** Answers of routes that begin so say how long they took. */
const TIMED = '/v1/';
/** Calls of shoppers: they may be traced. */
const TRACED: ReadonlySet<string> = new Set([
  '/v1/recommend',
  '/v1/rank',
  '/v1/search',
  '/v1/batch',
  '/v1/openrtb/rank',
  '/v1/events',
]);
/** What requests are for, and who may send them. */
export interface HttpRoutes {
  readonly routes: Routes;
  readonly files: StaticReplies;
  readonly access: Access;
  readonly audit: AuditTrail;
  /** How much the owner of a token may ask. */
  readonly rates: Pick<PeerRates, 'userWaitMs'>;
  /** Port of the operators' door when calls that need `operate` are answered there alone; 0: here. */
  readonly operatorPort: number;
}

const ITEMS_BODY_BYTES = 8 * 1024 * 1024;
const BODY_BYTES = 1024 * 1024;
/** Questions of assistants are short, and the library that reads them takes long over what is not. */
const MCP_BODY_BYTES = 64 * 1024;

/** Body bytes that a request to a path may have. */
export function bodyBytesMax(path: string): number {
  if (path === '/v1/mcp') return MCP_BODY_BYTES;
  return path === '/v1/items' ? ITEMS_BODY_BYTES : BODY_BYTES;
}

/** Answers every request: finds its route, turns what goes wrong into problem details, counts and times. Never rejects. */
export function httpHandler(served: HttpRoutes, { clock, stats, log, watch }: HttpRecords): HttpHandler {
  checkRoutes(served.routes);
  return async (call) => {
    const isTraced = call.method === 'POST' && TRACED.has(call.path);
    const trace = isTraced ? watch.tracer.begin(call.traceparent) : undefined;
    const route = routeOf(served.routes, call.path);
    const reply = await answer(call, route, served, { clock, log });
    if (reply.status === 401) stats.count(COUNTER.peersRefused.token);
    else if (reply.status === 429) stats.count(COUNTER.peersRefused.rate);
    else if (reply.status === 403) stats.count(COUNTER.peersRefused.scope);
    stats.count(COUNTER.httpRequests[statusClass(reply.status)]);
    if (reply.status >= 500) stats.count(indexOrOther(COUNTER.httpErrors, route));
    stats.observe(indexOrOther(HISTOGRAM.httpRequest, route), clock.nowUs() - call.startUs);
    const { stages = [] } = reply;
    if (isTraced) {
      const ids = { 'http.response.status_code': reply.status };
      watch.ended({ what: `POST ${call.path}`, fromUs: call.startUs, stages, trace, ids });
    }
    if (!route.startsWith(TIMED)) return reply;
    return timedReply(reply, serverTiming(stages, clock.nowUs() - call.startUs));
  };
}

/** Field by field: see `withBody`. */
function routed(call: HttpCall, grant: Grant): RoutedCall {
  const { method, path, query, contentType, origin, authorization, certificate, body, traceparent } = call;
  const { startUs, spend } = call;
  return {
    method,
    path,
    query,
    contentType,
    origin,
    authorization,
    certificate,
    body,
    traceparent,
    startUs,
    spend,
    grant,
  };
}

/** Field by field: see `withBody`. */
function timedReply(reply: HttpReply, timing: string): HttpReply {
  const { status, contentType, body, pieces, gzip } = reply;
  const headers =
    reply.headers === undefined ? { 'server-timing': timing } : { ...reply.headers, 'server-timing': timing };
  return { status, contentType, body, pieces, gzip, headers };
}

async function answer(
  call: HttpCall,
  pattern: string,
  served: HttpRoutes,
  records: Pick<HttpRecords, 'clock' | 'log'>,
): Promise<HttpReply> {
  try {
    const file = call.method === 'GET' ? served.files.get(call.path) : undefined;
    if (file !== undefined) return file;
    const asked = askedOf(call, pattern, served.routes);
    return 'status' in asked ? asked : await admitted(asked, served, records);
  } catch (error) {
    return failureReply(error, call, records.log);
  }
}

/** A call that has a handler. */
interface AskedCall {
  readonly call: HttpCall;
  readonly pattern: string;
  readonly id: string;
  readonly handler: RouteHandler;
}

/** What a call asks for, or why it asks for nothing. */
function askedOf(call: HttpCall, pattern: string, routes: Routes): AskedCall | HttpReply {
  const { methods, id } = findRoute(routes, call.path, pattern);
  if (call.path === '/v1/ws') return upgradeRequired();
  if (methods === undefined) return problemReply('not_found', `nothing is at ${call.path}`);
  const broken = brokenField(call.query);
  if (id === undefined || broken !== undefined) return notUtf8(broken ?? 'the id in the path');
  const handler = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
  if (handler === undefined) return notAllowed(call, Object.keys(methods));
  const sent = isBeacon(call) ? { ...call, contentType: 'application/json' } : call;
  const refusal = call.method === 'GET' ? undefined : typeRefusal(sent);
  return refusal ?? { call: sent, pattern, id, handler };
}

/** The answer to a call whose caller is looked at first; in the audit before it leaves, whatever became of it. */
async function admitted(
  asked: AskedCall,
  { access, audit, rates, operatorPort }: HttpRoutes,
  records: Pick<HttpRecords, 'clock' | 'log'>,
): Promise<HttpReply> {
  const { call, id, pattern } = asked;
  const needed = neededFor(pattern, call.method);
  const isElsewhere = needed === SCOPE.operate && operatorPort !== 0;
  const grant = isElsewhere ? atTheDoor(operatorPort) : await admit(access, call.authorization, needed);
  const { certificate, method } = call;
  const told = { method, route: pattern, needed, id, certificate };
  if (!(grant instanceof Grant)) {
    await noteCall(audit, { ...told, status: grant.status }, undefined);
    return grant;
  }
  const nowUs = records.clock.nowUs();
  const waitMs = grant.isShopper ? rates.userWaitMs(named(grant.user ?? ''), nowUs) : 0;
  if (waitMs > 0) return tooFast(waitMs);
  const reply = await handled(asked, grant, records);
  await noteCall(audit, { ...told, status: reply.status }, grant);
  return reply;
}

/** Never rejects: a call that failed may have changed something, and its answer is told of as any other. */
async function handled(
  { call, handler, id }: AskedCall,
  grant: Grant,
  { clock, log }: Pick<HttpRecords, 'clock' | 'log'>,
): Promise<HttpReply> {
  const startUs = clock.nowUs();
  try {
    const handling = handler(routed(call, grant), id);
    // The server counts what came before the first wait, which was for the grant.
    call.spend?.(clock.nowUs() - startUs);
    return await handling;
  } catch (error) {
    return failureReply(error, call, log);
  }
}

/** What went wrong, as an answer. */
function failureReply(error: unknown, { method, path }: HttpCall, log: Log): HttpReply {
  if (error instanceof DiskRefusal) return problemReply(error.problem.code, error.problem.detail);
  if (error instanceof OverloadedError)
    return problemReply('overloaded', error.message, {}, { 'retry-after': '1' });
  if (isDiskFull(error)) return problemReply('disk_full', (error as Error).message);
  const refused = systemProblem(error);
  if (refused !== undefined) {
    log.error({ err: error, method, path }, 'the system refused what a request needs');
    return problemReply('disk_failing', refused);
  }
  log.error({ err: error, method, path }, 'a request failed');
  return problemReply('internal', 'the request could not be carried out; the log says why');
}

/**
 * Events that a page of a listed origin leaves behind (`navigator.sendBeacon`): a browser sends their text without asking first, so it
 * is taken from pages that may ask anyway, and for nothing else.
 */
function isBeacon({ contentType, origin, path }: HttpCall): boolean {
  return path === '/v1/events' && origin !== '' && contentType === 'text/plain';
}

/** Name of the first field of a query that holds bytes that were not UTF-8, or what stands for them. */
function brokenField(query: URLSearchParams): string | undefined {
  for (const [name, value] of query) if (`${name}${value}`.includes(REPLACEMENT)) return name;
  return undefined;
}

function notUtf8(what: string): HttpReply {
  return problemReply('invalid_field', `${what} is not valid Unicode: percent-encode it as UTF-8`);
}

function atTheDoor(port: number): HttpReply {
  const detail = `this is answered at port ${port} (AFTERCLICK_OPERATOR_PORT), to who shows a certificate`;
  return problemReply('not_allowed', detail);
}

function tooFast(waitMs: number): HttpReply {
  const detail =
    'more is sent for this user than AFTERCLICK_USER_MESSAGES_PER_SEC allows; send it again later';
  return problemReply('rate_limited', detail, {}, { 'retry-after': `${Math.ceil(waitMs / 1_000)}` });
}

function notAllowed(call: HttpCall, allowed: readonly string[]): HttpReply {
  const allow = allowed.join(', ');
  return problemReply('method_not_allowed', `${call.path} takes ${allow}`, { allow: allowed }, { allow });
}

function upgradeRequired(): HttpReply {
  return problemReply(
    'upgrade_required',
    'this is a WebSocket: connect with an Upgrade',
    {},
    { upgrade: 'websocket' },
  );
}

function statusClass(status: number): '2xx' | '3xx' | '4xx' | '5xx' {
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}
