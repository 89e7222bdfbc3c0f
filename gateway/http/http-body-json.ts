import type { HttpCall, HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import { readJson } from '../protocol/codec.js';

/** What came in, or the problem to answer with. */
export type BodyRead<T> = { readonly value: T } | { readonly reply: HttpReply };

/** Types a JSON body may come with; clients that set none send text/plain, a form's type (curl -d) or nothing. */
const JSON_TYPES: ReadonlySet<string> = new Set([
  '',
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/merge-patch+json',
]);
const NDJSON_TYPES: ReadonlySet<string> = new Set([
  ...JSON_TYPES,
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
]);

/** A body that is one JSON value. */
export function readJsonBody(call: HttpCall): BodyRead<unknown> {
  if (!JSON_TYPES.has(call.contentType)) return { reply: wrongType('application/json') };
  const json = readJson(call.body);
  return json.ok
    ? { value: json.value }
    : { reply: problemReply('malformed', `the body is not JSON: ${json.problem}`) };
}

/** A body that is one JSON value, a list of values, or NDJSON; always read as a list, in which an `Error` stands for a line that is not JSON. */
export function readJsonLines(call: HttpCall): BodyRead<readonly unknown[]> {
  if (!NDJSON_TYPES.has(call.contentType))
    return { reply: wrongType('application/json or application/x-ndjson') };
  const whole = readJson(call.body);
  if (whole.ok) return { value: Array.isArray(whole.value) ? whole.value : [whole.value] };
  const lines = nonEmptyLines(call.body);
  if (lines.length < 2)
    return { reply: problemReply('malformed', `the body is neither JSON nor NDJSON: ${whole.problem}`) };
  return { value: lines.map(readLine) };
}

/** The body as text for a reader of lines of its own. A JSON list becomes one line for each member. */
export function readLines(call: HttpCall): BodyRead<string> {
  if (!NDJSON_TYPES.has(call.contentType)) return { reply: wrongType('application/x-ndjson') };
  const text = Buffer.from(call.body.buffer, call.body.byteOffset, call.body.byteLength).toString('utf8');
  if (!text.trimStart().startsWith('[')) return { value: text };
  const list = readJson(call.body);
  if (!list.ok) return { reply: problemReply('malformed', `the body is not a JSON list: ${list.problem}`) };
  return { value: (list.value as unknown[]).map((member) => JSON.stringify(member)).join('\n') };
}

function wrongType(accepted: string): HttpReply {
  return problemReply('unsupported_media_type', `send the body as ${accepted}`, {}, { accept: accepted });
}

function nonEmptyLines(body: Uint8Array): string[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  return text.split('\n').filter((line) => line.trim() !== '');
}

function readLine(line: string): unknown {
  const json = readJson(Buffer.from(line));
  return json.ok ? json.value : new Error(json.problem);
}
