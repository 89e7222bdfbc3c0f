import type { HttpReply } from './http-call.js';
import { problemReply } from './problem.js';
import type { RawRequest } from './transport/transport.js';

/** Headers that stand in a request once: which one counts, proxies and gateways do not agree on. */
const ONCE = [
  'Transfer-Encoding',
  'Content-Length',
  'Host',
  'Origin',
  'Authorization',
  'Content-Type',
  'Content-Encoding',
  'Sec-Fetch-Site',
] as const;

const AT: ReadonlyMap<string, number> = new Map(ONCE.map((name, at) => [name.toLowerCase(), at]));
const TRANSFER_ENCODING = ONCE.indexOf('Transfer-Encoding');
const CONTENT_LENGTH = ONCE.indexOf('Content-Length');

/** How often each of `ONCE` stands there, and what the two that say where the body ends say; filled by `note`, for one request after the other. */
const times = new Uint32Array(ONCE.length);
const said = { length: '', encoding: '' };

/**
 * Why a request cannot be taken of which something before the gateway may see another end, host, page, caller or body; undefined for
 * every ordinary one. uWebSockets.js goes by the first of two headers, takes any `Transfer-Encoding` for chunks, and an empty one for none.
 * Where a proxy reads it differently, it has let in what it did not look at, or the two do not agree on where the request ends, and
 * its rest would be the next one. So a request that is refused here ends its connection.
 */
export function framingRefusal(request: RawRequest): HttpReply | undefined {
  times.fill(0);
  request.forEach(note);
  for (let at = 0; at < ONCE.length; at++) if (times[at] > 1) return twice(ONCE[at]);
  if (times[CONTENT_LENGTH] === 1 && said.length === '')
    return problemReply('malformed', 'content-length is empty');
  if (times[TRANSFER_ENCODING] === 0 || said.encoding.toLowerCase() === 'chunked') return undefined;
  const encoding = JSON.stringify(said.encoding.slice(0, 40));
  return problemReply('malformed', `transfer-encoding is ${encoding}; send chunked alone, or content-length`);
}

/** @param name in lower case. */
function note(name: string, value: string): void {
  const at = AT.get(name);
  if (at === undefined) return;
  times[at]++;
  if (at === CONTENT_LENGTH) said.length = value;
  else if (at === TRANSFER_ENCODING) said.encoding = value;
}

function twice(name: string): HttpReply {
  return problemReply('malformed', `the request has two ${name} headers; send one`);
}
