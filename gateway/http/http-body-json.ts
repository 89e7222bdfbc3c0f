import type { z } from 'zod';
import type { HttpCall, HttpReply } from '../server/http-call.js';
import { problemReply, wireProblemReply } from '../server/problem.js';
import { isPlainMap } from '../protocol/codec.js';
import { hintOf } from '../protocol/field-hints.js';
import { BROKEN_MAX, readJson, readLongJson, type JsonText } from '../protocol/json-text.js';
import { ENTRIES_MAX } from '../protocol/limits.js';
import { problemOf } from '../protocol/validate.js';
import { restedUntilDone, type Rests } from './bodies/body-values.js';
import { isReadable } from './bodies/readable-bytes.js';

/** What takes longer than half a millisecond to read. */
export const LONG_BYTES = 64 * 1024;

/** What came in, or the problem to answer with. */
export type BodyRead<T> = { readonly value: T } | { readonly reply: HttpReply };

/**
 * Types a JSON body may come with. A page of another site may send none of them unless the gateway lets it; what it may send
 * (no type, text, forms) is refused.
 */
const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/merge-patch+json']);
const NDJSON_TYPES: ReadonlySet<string> = new Set([
  ...JSON_TYPES,
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
]);

/** The refusal of a call that changes something and has no type of JSON; also without a body it has to have one. */
export function typeRefusal({ contentType }: HttpCall): HttpReply | undefined {
  if (NDJSON_TYPES.has(contentType)) return undefined;
  const detail =
    'send the header content-type: application/json, also without a body, or application/x-ndjson with a line for each item or event; ' +
    "with curl: --json '…', or -H 'content-type: application/json'";
  return problemReply('unsupported_media_type', detail, {}, { accept: 'application/json' });
}

/** A body that is one JSON value. */
export function readJsonBody(call: HttpCall): BodyRead<unknown> {
  return JSON_TYPES.has(call.contentType)
    ? valueOf(readJson(call.body, ENTRIES_MAX))
    : { reply: wrongType('application/json') };
}

/**
 * The same of one that holds several calls; a long one is read with rests, of which the last one comes before it is returned.
 * @param entriesMax maps, lists and keys that it may hold
 */
export async function readLongBody(
  call: HttpCall,
  entriesMax: number,
  rests: Pick<Rests, 'rest'>,
): Promise<BodyRead<unknown>> {
  const json = await readLongText(call, entriesMax, rests);
  return 'reply' in json ? json : valueOf(json);
}

/** As `readLongBody`, for an answer of a form of its own to what is no JSON. */
export async function readLongText(
  call: HttpCall,
  entriesMax: number,
  rests: Pick<Rests, 'rest'>,
): Promise<JsonText | { readonly reply: HttpReply }> {
  if (!JSON_TYPES.has(call.contentType)) return { reply: wrongType('application/json') };
  if (call.body.byteLength < LONG_BYTES) return readJson(call.body, entriesMax);
  const always = { isOver: true, rest: () => rests.rest() };
  const json = await restedUntilDone(readLongJson(call.body, entriesMax), always);
  await rests.rest();
  return json;
}

function valueOf(json: JsonText): BodyRead<unknown> {
  return json.ok ? { value: json.value } : { reply: problemReply(json.code, refusalOf(json)) };
}

/** A body that is one JSON value of a form. */
export function readBody<T>(call: HttpCall, form: z.ZodType<T>): BodyRead<T> {
  const body = readJsonBody(call);
  return 'reply' in body ? body : fitting(body.value, form);
}

/** What a misspelt field of a body may mean; undefined when there is none. */
export interface Hinted {
  readonly hint?: string | undefined;
}

/**
 * A body that is one JSON value of a form, and its hint.
 * @param kind of which `FIELD_SHAPES` knows the fields
 */
export function readHintedBody<T>(call: HttpCall, kind: string, form: z.ZodType<T>): BodyRead<T> & Hinted {
  const json = readJsonBody(call);
  if ('reply' in json) return json;
  const body = fitting(json.value, form);
  return 'reply' in body ? body : { ...body, hint: bodyHint(kind, json.value) };
}

/** What a misspelt field of a body that came in may mean; undefined also for what is no map. */
export function bodyHint(kind: string, came: unknown): string | undefined {
  return isPlainMap(came) ? hintOf(kind, came) : undefined;
}

/** The hint as a member of an answer. */
export function hinted({ hint }: Hinted): { readonly hint?: string } {
  return hint === undefined ? {} : { hint };
}

/** A value of a body, when it has the form. */
export function fitting<T>(value: unknown, form: z.ZodType<T>): BodyRead<T> {
  const parsed = form.safeParse(value);
  return parsed.success ? { value: parsed.data } : { reply: wireProblemReply(problemOf(parsed.error)) };
}

/**
 * The body for a reader that decodes it value by value (`bodyTexts`); looked through with rests. A value of which some bytes are not UTF-8 is
 * refused by itself.
 */
export async function readValues(call: HttpCall, rests: Rests): Promise<BodyRead<Uint8Array>> {
  if (!NDJSON_TYPES.has(call.contentType)) return { reply: wrongType('application/x-ndjson') };
  return (await restedUntilDone(isReadable(call.body), rests))
    ? { value: call.body }
    : { reply: problemReply('malformed', `more than ${BROKEN_MAX} bytes of the body are not UTF-8`) };
}

type RefusedJson = Extract<JsonText, { ok: false }>;

/** Why a body is refused, for people. */
export function refusalOf(json: RefusedJson): string {
  return isJson(json) ? json.problem : `the body is not JSON: ${json.problem}`;
}

/** True for JSON that is refused for what is in it. */
function isJson({ value }: RefusedJson): boolean {
  return value !== undefined;
}

function wrongType(accepted: string): HttpReply {
  return problemReply('unsupported_media_type', `send the body as ${accepted}`, {}, { accept: accepted });
}
