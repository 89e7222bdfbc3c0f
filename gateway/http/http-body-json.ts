import type { z } from 'zod';
import type { HttpCall, HttpReply } from '../server/http-call.js';
import { problemReply, wireProblemReply } from '../server/problem.js';
import { BROKEN_MAX, markedText, readJson, readJsonText, type JsonText } from '../protocol/json-text.js';
import { ENTRIES_MAX } from '../protocol/limits.js';
import { textProblem } from '../protocol/text.js';
import { problemOf } from '../protocol/validate.js';
import type { Problem } from '../protocol/validate-event.js';

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

/** A member or line of a body that is refused by itself. */
export class RefusedLine {
  readonly problem: Problem;

  constructor(problem: Problem) {
    this.problem = problem;
  }
}

/** The refusal of a call that changes something and has no type of JSON; also without a body it has to have one. */
export function typeRefusal({ contentType }: HttpCall): HttpReply | undefined {
  if (NDJSON_TYPES.has(contentType)) return undefined;
  const detail =
    'send the header content-type: application/json, also without a body, or application/x-ndjson with a line for each item or event; ' +
    "with curl: --json '…', or -H 'content-type: application/json'";
  return problemReply('unsupported_media_type', detail, {}, { accept: 'application/json' });
}

/**
 * A body that is one JSON value.
 * @param entriesMax maps, lists and keys that it may hold; as many as a message unless it holds several calls.
 */
export function readJsonBody(call: HttpCall, entriesMax = ENTRIES_MAX): BodyRead<unknown> {
  if (!JSON_TYPES.has(call.contentType)) return { reply: wrongType('application/json') };
  const json = readJson(call.body, entriesMax);
  return json.ok ? { value: json.value } : { reply: refused(json, 'the body is not JSON') };
}

/** A body that is one JSON value of a form. */
export function readBody<T>(call: HttpCall, form: z.ZodType<T>, entriesMax?: number): BodyRead<T> {
  const body = readJsonBody(call, entriesMax);
  if ('reply' in body) return body;
  const parsed = form.safeParse(body.value);
  return parsed.success ? { value: parsed.data } : { reply: wireProblemReply(problemOf(parsed.error)) };
}

/** A body that is one JSON value, a list of values, or NDJSON, whose lines are read as they are gone through; always a list, in which a `RefusedLine` stands for what is none. */
export function readJsonLines(call: HttpCall): BodyRead<Iterable<unknown>> {
  if (!NDJSON_TYPES.has(call.contentType))
    return { reply: wrongType('application/json or application/x-ndjson') };
  const whole = readJson(call.body);
  if (whole.ok) return { value: asList(whole.value) };
  if (whole.code === 'invalid_field') return { value: asList(whole.value).map(checkedMember) };
  const lines = markedText(call.body)
    ?.split('\n')
    .filter((line) => line.trim() !== '');
  if (lines === undefined || lines.length < 2)
    return { reply: refused(whole, 'the body is neither JSON nor NDJSON') };
  return { value: readAll(lines) };
}

/**
 * The body as text, for a reader that parses it in pieces. What is not UTF-8 becomes text that is not valid Unicode
 * (`markedText`), for the reader to refuse that piece.
 */
export function readText(call: HttpCall): BodyRead<string> {
  if (!NDJSON_TYPES.has(call.contentType)) return { reply: wrongType('application/x-ndjson') };
  const value = markedText(call.body);
  return value === undefined
    ? { reply: problemReply('malformed', `more than ${BROKEN_MAX} bytes of the body are not UTF-8`) }
    : { value };
}

type RefusedJson = Extract<JsonText, { ok: false }>;

function refused(json: RefusedJson, what: string): HttpReply {
  return problemReply(json.code, isJson(json) ? json.problem : `${what}: ${json.problem}`);
}

/** True for JSON that is refused for what is in it. */
function isJson({ value }: RefusedJson): boolean {
  return value !== undefined;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function checkedMember(member: unknown): unknown {
  const problem = textProblem(member);
  return problem === undefined ? member : new RefusedLine({ code: 'invalid_field', message: problem });
}

function wrongType(accepted: string): HttpReply {
  return problemReply('unsupported_media_type', `send the body as ${accepted}`, {}, { accept: accepted });
}

function* readAll(lines: readonly string[]): Generator {
  for (const line of lines) yield readLine(line);
}

function readLine(line: string): unknown {
  const json = readJsonText(line);
  if (json.ok) return json.value;
  const { code, problem } = json;
  return new RefusedLine({ code, message: isJson(json) ? problem : `the line is not JSON: ${problem}` });
}
