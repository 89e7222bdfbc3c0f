import type { RequestHead } from './front-door.js';
import type { UwsRequest } from './uws.js';

/** What the front door looks at. */
export function readHead(request: UwsRequest): RequestHead {
  return {
    method: request.getMethod().toUpperCase(),
    host: request.getHeader('host'),
    origin: request.getHeader('origin'),
    fetchSite: request.getHeader('sec-fetch-site'),
  };
}
