import { createHash } from 'node:crypto';
import type { HttpReply } from '../../server/http-call.js';
import { asyncApi } from './asyncapi.js';
import { openApi } from './openapi.js';
import { referencePage, REFERENCE_STYLE } from './reference-page.js';

/** Of the contract, which only grows; not of the program. */
const CONTRACT_VERSION = '1.0';

const POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The contract for machines, `/v1/openapi.json` and `/v1/asyncapi.json`, and a page of it for people, `/v1/reference`. Made once. */
export function contractReplies(): Map<string, HttpReply> {
  const [http, socket] = [openApi(CONTRACT_VERSION), asyncApi(CONTRACT_VERSION)];
  return new Map([
    ['/v1/openapi.json', fileReply('application/json', JSON.stringify(http))],
    ['/v1/asyncapi.json', fileReply('application/json', JSON.stringify(socket))],
    ['/v1/reference', fileReply('text/html; charset=utf-8', referencePage(http, socket))],
    ['/v1/reference.css', fileReply('text/css; charset=utf-8', REFERENCE_STYLE)],
  ]);
}

function fileReply(contentType: string, body: string): HttpReply {
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 12)}"`;
  return {
    status: 200,
    contentType,
    body,
    headers: {
      etag,
      'cache-control': 'no-cache',
      'content-security-policy': POLICY,
      'x-frame-options': 'DENY',
    },
  };
}
