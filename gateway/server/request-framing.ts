import type { HttpReply } from './http-call.js';
import { problemReply } from './problem.js';
import type { RawRequest } from './transport/transport.js';

/** Headers that say for whom a request is and where it ends; filled by `note`, for one request after the other. */
const seen = { host: 0, contentLength: 0, transferEncoding: 0, length: '', encoding: '' };

/**
 * Why a request cannot be taken whose end, or whose host, something before the gateway may see elsewhere; undefined for every
 * ordinary one. uWebSockets.js goes by the first of two headers, takes any `Transfer-Encoding` for chunks, and an empty one for none. Where
 * a proxy reads it differently, the two do not agree on where the request ends, and its rest would be the next one. So a
 * request that is refused here ends its connection.
 */
export function framingRefusal(request: RawRequest): HttpReply | undefined {
  seen.host = seen.contentLength = seen.transferEncoding = 0;
  request.forEach(note);
  const { host, contentLength, transferEncoding } = seen;
  if (transferEncoding > 1) return twice('Transfer-Encoding');
  if (contentLength > 1) return twice('Content-Length');
  if (host > 1) return twice('Host');
  if (contentLength === 1 && seen.length === '') return problemReply('malformed', 'content-length is empty');
  if (transferEncoding === 0 || seen.encoding.toLowerCase() === 'chunked') return undefined;
  const encoding = JSON.stringify(seen.encoding.slice(0, 40));
  return problemReply('malformed', `transfer-encoding is ${encoding}; send chunked alone, or content-length`);
}

/** @param name in lower case. */
function note(name: string, value: string): void {
  if (name === 'host') seen.host++;
  else if (name === 'content-length') {
    seen.contentLength++;
    seen.length = value;
  } else if (name === 'transfer-encoding') {
    seen.transferEncoding++;
    seen.encoding = value;
  }
}

function twice(name: string): HttpReply {
  return problemReply('malformed', `the request has two ${name} headers; send one`);
}
