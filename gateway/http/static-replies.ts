import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { HttpReply } from '../server/http-call.js';

/** Replies to GET that never change, by path. */
export type StaticReplies = ReadonlyMap<string, HttpReply>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
};

/** What a page of the console may do: itself, and nothing from elsewhere. */
const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * Replies for the files of one folder, by request path, read once: a request never names a file that was not there at
 * start. `/` is `index.html`. Empty when the folder does not exist.
 */
export function staticReplies(folder: string): StaticReplies {
  const replies = new Map<string, HttpReply>();
  if (!existsSync(folder)) return replies;
  for (const name of readdirSync(folder)) {
    const contentType = TYPES[extname(name)];
    if (contentType === undefined) continue;
    replies.set(`/${name}`, {
      status: 200,
      contentType,
      body: readFileSync(join(folder, name)),
      headers: HEADERS,
    });
  }
  const index = replies.get('/index.html');
  if (index !== undefined) replies.set('/', index);
  return replies;
}
