import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { jsonReply, type HttpReply } from '../server/http-call.js';

/** One script of the SDK, as `GET /v1/sdk` tells of it. */
interface ScriptEntry {
  readonly path: string;
  /** The same script under a name that never means another one. */
  readonly immutable: string;
  /** For the attribute `integrity` of the page's `<script>`. */
  readonly integrity: string;
  readonly bytes: number;
  readonly gzipBytes: number;
}

const HASH_LETTERS = 12;
/** A file that is named by what is in it. */
const NAMED_BY_HASH = /-[\da-f]{12}\.js$/;
const FOREVER = 'public, max-age=31536000, immutable';
/** Asked for again each time, and answered 304. */
const LOOK_AGAIN = 'no-cache';

/**
 * Replies for the scripts of the SDK in one folder, by request path, read and packed once: each by its own name, which is looked at
 * again with its `ETag`, and by a name with its hash, which a browser keeps. `/v1/sdk` lists them. Empty without the folder.
 */
export function scriptReplies(folder: string): Map<string, HttpReply> {
  const replies = new Map<string, HttpReply>();
  if (!existsSync(folder)) return replies;
  const scripts: ScriptEntry[] = [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
    const body = readFileSync(join(folder, name));
    const gzip = gzipSync(body, { level: constants.Z_BEST_COMPRESSION });
    const hash = createHash('sha256').update(body).digest('hex').slice(0, HASH_LETTERS);
    const path = `/${name}`;
    const immutable = NAMED_BY_HASH.test(name) ? path : path.replace(/\.js$/, `-${hash}.js`);
    for (const address of new Set([path, immutable]))
      replies.set(address, scriptReply({ body, gzip, hash }, address === immutable));
    const integrity = `sha384-${createHash('sha384').update(body).digest('base64')}`;
    scripts.push({ path, immutable, integrity, bytes: body.length, gzipBytes: gzip.length });
  }
  replies.set('/v1/sdk', jsonReply({ scripts }));
  return replies;
}

/** A script as it is sent. */
interface PackedScript {
  readonly body: Uint8Array;
  readonly gzip: Uint8Array;
  readonly hash: string;
}

function scriptReply({ body, gzip, hash }: PackedScript, isImmutable: boolean): HttpReply {
  return {
    status: 200,
    contentType: 'text/javascript; charset=utf-8',
    body,
    gzip,
    headers: {
      etag: `"${hash}"`,
      'cache-control': isImmutable ? FOREVER : LOOK_AGAIN,
      'cross-origin-resource-policy': 'cross-origin',
    },
  };
}
