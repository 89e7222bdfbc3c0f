import { STATUS_CODES } from 'node:http';
import type { HttpReply } from './http-call.js';
import type { Problem } from '../protocol/validate-event.js';

/** Codes of problems that only HTTP has, with their status. Those of the wire keep their names. */
export const HTTP_STATUS = {
  malformed: 400,
  invalid_field: 400,
  too_many: 400,
  unknown_item: 404,
  ts_out_of_range: 400,
  subprotocol_unknown: 400,
  items_refused: 400,
  events_refused: 400,
  not_authenticated: 401,
  not_allowed: 403,
  bundle_not_allowed: 403,
  origin_not_allowed: 403,
  bundle_unreadable: 422,
  bundle_invalid: 422,
  no_previous_bundle: 409,
  swap_in_progress: 409,
  swap_failed: 422,
  bundle_worse: 409,
  not_found: 404,
  session_merged: 409,
  method_not_allowed: 405,
  too_large: 413,
  unsupported_media_type: 415,
  host_not_allowed: 421,
  upgrade_required: 426,
  rate_limited: 429,
  internal: 500,
  overloaded: 503,
  disk_full: 503,
  disk_failing: 503,
  too_many_sockets: 503,
  process_limited: 503,
  shard_restarting: 503,
  draining: 503,
} as const;
export type HttpProblemCode = keyof typeof HTTP_STATUS;

/** Seconds after which it is worth the while to ask again, where that does not depend on the call. */
const RETRY_AFTER_S: Partial<Record<HttpProblemCode, number>> = { disk_full: 5, disk_failing: 5 };

/** Members of a problem beyond those that RFC 9457 names, such as `allow` or `errors`. */
export type ProblemExtra = Readonly<Record<string, unknown>>;

/** Problem details (RFC 9457). `code` is stable, `detail` is for people: what is wrong and what to do. */
export function problemReply(
  code: HttpProblemCode,
  detail: string,
  extra: ProblemExtra = {},
  headers?: Readonly<Record<string, string>>,
): HttpReply {
  const status = HTTP_STATUS[code];
  const again = RETRY_AFTER_S[code];
  const body = JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code,
    detail,
    ...extra,
  });
  return {
    status,
    contentType: 'application/problem+json',
    body,
    headers: again === undefined ? headers : { 'retry-after': `${again}`, ...headers },
  };
}

/** The same for a refusal that the wire has as well. */
export function wireProblemReply({ code, message }: Problem): HttpReply {
  return problemReply(Object.hasOwn(HTTP_STATUS, code) ? (code as HttpProblemCode) : 'internal', message);
}
