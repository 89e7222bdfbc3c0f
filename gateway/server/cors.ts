import type { RequestHead } from './front-door.js';
import type { HttpReply } from './http-call.js';

/** Routes that a page of a listed origin may use: what a shopper's browser asks for. Those for who runs the shop are not among them. */
const SHOPPER_ROUTES: Readonly<Record<string, string>> = {
  '/v1/events': 'POST',
  '/v1/recommend': 'POST',
  '/v1/rank': 'POST',
  '/v1/batch': 'POST',
  '/v1/items': 'GET, HEAD',
  '/v1/items/{id}': 'GET, HEAD',
  '/v1/sdk': 'GET, HEAD',
};
/** Seconds that a browser may go by a preflight. */
const PREFLIGHT_MAX_AGE_S = 600;

/** What a preflight asks about, as the browser sends it; '' when it asks nothing. */
export interface PreflightHead {
  /** `Access-Control-Request-Method`: a request without it is no preflight. */
  readonly method: string;
  /** `Access-Control-Request-Private-Network`. */
  readonly privateNetwork: string;
}

/**
 * Headers that let a page of another origin read the answer (CORS). The front door has let the request in, so its origin is the
 * gateway's own or a listed one. Without cookies: who asks says so in the body, or by a token.
 */
export function corsHeaders({ method, origin }: RequestHead, path: string): Readonly<Record<string, string>> {
  const methods = methodsOf(path);
  if (methods === undefined) return {};
  const isShoppers = method === 'OPTIONS' || methods.split(', ').includes(method);
  if (origin === '' || !isShoppers) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'retry-after, server-timing',
    'timing-allow-origin': origin,
  };
}

/** The answer to a preflight; undefined for what is none, or asks about a route that no page of another origin may use. */
export function preflightReply(
  head: RequestHead,
  path: string,
  { method, privateNetwork }: PreflightHead,
): HttpReply | undefined {
  const methods = methodsOf(path);
  if (head.method !== 'OPTIONS' || head.origin === '' || method === '' || methods === undefined)
    return undefined;
  return {
    status: 204,
    contentType: 'application/json',
    body: '',
    headers: {
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'authorization, content-type, traceparent',
      'access-control-max-age': `${PREFLIGHT_MAX_AGE_S}`,
      ...(privateNetwork === 'true' && { 'access-control-allow-private-network': 'true' }),
    },
  };
}

/** The SDK's scripts, whatever is in them. */
const SCRIPT = /^\/sdk[\w-]*\.js$/;

function methodsOf(path: string): string | undefined {
  if (SCRIPT.test(path)) return 'GET, HEAD';
  if (Object.hasOwn(SHOPPER_ROUTES, path)) return SHOPPER_ROUTES[path];
  const pattern = path.replace(/\/[^/]+$/, '/{id}');
  return Object.hasOwn(SHOPPER_ROUTES, pattern) ? SHOPPER_ROUTES[pattern] : undefined;
}
