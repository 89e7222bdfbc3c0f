import { z } from 'zod';
import { isPlainMap } from './codec.js';
import { isPlain, NAME_PROBLEM } from './text.js';
import { eventProblem, shown, type Problem } from './validate-event.js';
import { mendedEvent } from './mended-event.js';
import { ATTRIBUTES_BYTES_MAX, ATTRIBUTES_MAX, STRING_LIMITS, WIRE_LIMITS } from './limits.js';
import { TUNE_VALUES, type Candidate, type ClientMessage, type Filter } from './messages.js';

/**
 * Decides whether a decoded message fits the contract. Known fields are checked, unknown ones dropped; null counts as
 * absent for an optional field. Server side only: a client needs none of it.
 */
export type Checked =
  | { readonly ok: true; readonly message: ClientMessage }
  | ({ readonly ok: false } & Problem);

/** An optional field; null is absent. */
function optional<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A text of at most `max` UTF-16 units; the schemas' own `max` counts characters. */
function text(max: number): z.ZodString {
  const problem = `Too long: at most ${max} UTF-16 units`;
  return z
    .string()
    .refine((value) => value.length <= max, problem)
    .meta({ maxLength: max });
}

/** Ids of many shops are numbers. */
function textOfNumber(value: unknown): unknown {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
}

/** The id of an item, of which the catalogue knows whether it is one. */
const itemId = text(STRING_LIMITS.id).min(1);

/** Up to `max` ids of items. Looked through by hand, ten times as fast; a list that does not fit is described by the schema. */
function itemIds(max: number): z.ZodType<string[]> {
  const slow = z.array(itemId).max(max);
  const looked = z.preprocess(
    textsOfNumbers,
    z.custom<string[]>().superRefine((value, context) => {
      if (isListOfIds(value, max)) return;
      for (const issue of slow.safeParse(value).error?.issues ?? []) context.addIssue({ ...issue });
    }),
  );
  return looked.meta({ type: 'array', items: { type: ['string', 'number'] }, maxItems: max });
}

function textsOfNumbers(value: unknown): unknown {
  if (!Array.isArray(value) || !value.some((id) => typeof id === 'number')) return value;
  return value.map(textOfNumber);
}

function isListOfIds(value: unknown, max: number): boolean {
  if (!Array.isArray(value) || value.length > max) return false;
  for (const id of value as unknown[])
    if (typeof id !== 'string' || id.length === 0 || id.length > STRING_LIMITS.id) return false;
  return true;
}
/** A candidate as documents describe it. */
const CANDIDATE = {
  anyOf: [
    { type: ['string', 'number'] },
    {
      type: 'object',
      properties: { id: { type: ['string', 'number'] }, value: { type: ['number', 'null'], minimum: 0 } },
      required: ['id'],
    },
  ],
};

/**
 * Candidates as they are used; undefined for a list in which something does not fit, or stands for an id and is none. By hand, ten times as
 * fast as the schema, which describes what does not fit.
 */
function fittingCandidates(value: unknown, max: number): (string | Candidate)[] | undefined {
  if (!Array.isArray(value) || value.length > max) return undefined;
  const candidates: (string | Candidate)[] = [];
  for (const one of value as unknown[]) {
    const candidate = isPlainMap(one) ? valuedCandidate(one) : idText(one);
    if (candidate === undefined) return undefined;
    candidates.push(candidate);
  }
  return candidates;
}

function valuedCandidate({ id, value }: Readonly<Record<string, unknown>>): Candidate | undefined {
  const text = idText(id);
  if (text === undefined) return undefined;
  if (value === undefined || value === null) return { id: text };
  return typeof value === 'number' && value >= 0 && value < Infinity ? { id: text, value } : undefined;
}

function idText(value: unknown): string | undefined {
  const id = textOfNumber(value);
  return typeof id === 'string' && id.length > 0 && id.length <= STRING_LIMITS.id ? id : undefined;
}

/** Up to `max` candidates of a `rank`: ids, or ids with values. */
export function candidateList(max: number): z.ZodType<(string | Candidate)[]> {
  const candidate = z.preprocess(
    textOfNumber,
    z.union(
      [itemId, z.object({ id: z.preprocess(textOfNumber, itemId), value: optional(z.number().min(0)) })],
      {
        error: 'expected the id of an item, or {id, value} with a value of 0 or more',
      },
    ),
  );
  const ids = itemIds(max);
  const valued = z.array(candidate).max(max) as z.ZodType<(string | Candidate)[]>;
  const looked = z.custom<(string | Candidate)[]>().transform((value, context) => {
    const fitting = fittingCandidates(value, max);
    if (fitting !== undefined) return fitting;
    const hasValues = Array.isArray(value) && value.length <= max && value.some(isPlainMap);
    const parsed = (hasValues ? valued : ids).safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) context.addIssue({ ...issue });
    return z.NEVER;
  });
  return looked.meta({ type: 'array', items: CANDIDATE, maxItems: max });
}

/** What is wrong with a call id that `comesBack` is false for. */
const ID_TOO_GREAT = 'a number beyond 2^53 does not come back as it was sent; use a text';

/** True for a number that is the same after it was read and written again. */
export function comesBack(id: number): boolean {
  return !Number.isInteger(id) || Number.isSafeInteger(id);
}

/** A user, or a session. */
export const userId = z.preprocess(textOfNumber, text(STRING_LIMITS.id).min(1).refine(isPlain, NAME_PROBLEM));
const slotName = text(STRING_LIMITS.slot).min(1).refine(isPlain, NAME_PROBLEM);
export const callId = z.union([text(STRING_LIMITS.id), z.number().refine(comesBack, ID_TOO_GREAT)], {
  error: ({ input }) =>
    input === undefined || input === null
      ? 'missing; the answer repeats it'
      : `expected a number, or text of at most ${STRING_LIMITS.id} characters`,
});
const token = text(STRING_LIMITS.token);
/** Its own rules are looked at where a trace begins. */
const traceparent = optional(text(STRING_LIMITS.traceparent));
/** A map; what may stand in it is checked where it is compiled against the catalogue. */
const filter = z
  .custom<Filter>(isPlainMap, 'expected a map')
  .meta({ id: 'Filter', type: 'object', description: 'See Filters in PROTOCOL.md.' });

/** What a shopper allows; null counts as absent. */
export const consentFields = { personalise: optional(z.boolean()), learn: optional(z.boolean()) };
export const saidConsent = optional(z.object(consentFields));

/** What a page knows of its shopper. */
const attributes = optional(
  z
    .record(
      text(STRING_LIMITS.attribute).min(1).refine(isPlain, NAME_PROBLEM),
      z.union([z.string(), z.number(), z.boolean()]),
    )
    .refine((said) => Object.keys(said).length <= ATTRIBUTES_MAX, `more than ${ATTRIBUTES_MAX} attributes`)
    .refine(
      (said) => new TextEncoder().encode(JSON.stringify(said)).length <= ATTRIBUTES_BYTES_MAX,
      `more than ${ATTRIBUTES_BYTES_MAX} bytes of attributes`,
    ),
);

/** Names of what a tile shows. */
const tileFields = optional(z.array(text(STRING_LIMITS.field).min(1)).max(WIRE_LIMITS.fields));

const slotFields = {
  k: optional(z.number().int().min(1).max(WIRE_LIMITS.k)),
  filter: optional(filter),
  exclude: optional(itemIds(WIRE_LIMITS.excludes)),
  excludeSeen: optional(z.enum(['none', 'purchased', 'viewed'])),
  diversity: optional(z.number().min(0).max(1)),
  explain: optional(z.boolean()),
  fields: tileFields,
  maxMoves: optional(z.number().int().min(0).max(WIRE_LIMITS.k)),
  minIntervalMs: optional(z.number().min(0).max(3_600_000)),
};
const slotSchema = z.object({ slot: slotName, ...slotFields });
const slots = z.array(slotSchema).max(WIRE_LIMITS.slots);

/** `recommend` and `rank` without the fields that only a socket needs; HTTP bodies use the same. */
export const recommendFields = {
  slot: optional(slotName),
  how: optional(z.enum(['similar', 'together', 'trending', 'new'])),
  item: optional(z.preprocess(textOfNumber, itemId)),
  ...slotFields,
};
export const rankFields = {
  slot: optional(slotName),
  candidates: candidateList(WIRE_LIMITS.candidates),
  k: optional(z.number().int().min(1).max(WIRE_LIMITS.candidates)),
  tmaxMs: optional(z.number().positive().max(10_000)),
  filter: optional(filter),
  exclude: optional(itemIds(WIRE_LIMITS.excludes)),
  explain: optional(z.boolean()),
  fields: tileFields,
};

const schemas = {
  hello: z.object({
    t: z.literal('hello'),
    user: optional(userId),
    token: optional(token),
    session: optional(userId),
    device: optional(text(STRING_LIMITS.id).refine(isPlain, NAME_PROBLEM)),
    slots: optional(slots),
    resume: optional(
      z.object({
        session: userId,
        seq: z.number().int().min(0),
        sent: optional(z.number().int().min(0)),
      }),
    ),
    consent: saidConsent,
    attributes,
  }),
  recommend: z.object({ t: z.literal('recommend'), id: callId, traceparent, ...recommendFields }),
  rank: z.object({ t: z.literal('rank'), id: callId, traceparent, ...rankFields }),
  subscribe: z.object({ t: z.literal('subscribe'), id: optional(callId), slots }),
  unsubscribe: z.object({ t: z.literal('unsubscribe'), slots: z.array(slotName).max(WIRE_LIMITS.slots) }),
  identify: z.object({ t: z.literal('identify'), id: callId, user: userId, token: optional(token) }),
  token: z.object({ t: z.literal('token'), token }),
  graph: z.object({ t: z.literal('graph'), id: callId }),
  profile: z.object({ t: z.literal('profile'), id: callId }),
  tune: z.object({
    t: z.literal('tune'),
    id: callId,
    interest: z.number().int().min(1).max(65_535),
    value: z.enum(TUNE_VALUES),
  }),
  consent: z.object({ t: z.literal('consent'), id: optional(callId), ...consentFields }),
  ping: z.object({ t: z.literal('ping'), id: optional(callId) }),
} as const;

/** Schemas of all messages but `event`, by their `t`. */
export const MESSAGE_SCHEMAS: Readonly<Record<string, z.ZodType>> = schemas;

/** Names of the messages that clients send. */
export const MESSAGE_TYPES: readonly string[] = ['event', ...Object.keys(schemas)];

/** The first issue of a failed parse as a wire problem: lists over their limit are `too_many`. */
export function problemOf(error: z.ZodError): Problem {
  const issue = error.issues[0];
  const isOverLimit = issue.code === 'too_big' && issue.origin === 'array';
  const path = issue.path.join('.');
  return {
    code: isOverLimit ? 'too_many' : 'invalid_field',
    message: path === '' ? issue.message : `${path}${wordsOf(issue)}`,
  };
}

/** zod tells a missing field by the type of what it found there. */
function wordsOf(issue: z.core.$ZodIssue): string {
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return isMissing ? ' is missing' : `: ${issue.message}`;
}

/** @param raw a decoded message; the answer may be the same object. */
export function validate(raw: Readonly<Record<string, unknown>>): Checked {
  if (raw.t === 'event') {
    if (eventProblem(raw) === undefined) return { ok: true, message: raw as unknown as ClientMessage };
    const mended = mendedEvent(raw);
    const problem = eventProblem(mended);
    return problem === undefined
      ? { ok: true, message: mended as unknown as ClientMessage }
      : { ok: false, ...problem };
  }
  if (typeof raw.t !== 'string' || !Object.hasOwn(schemas, raw.t)) {
    const names = MESSAGE_TYPES.join(', ');
    const what = raw.t == null ? 't is missing' : `t ${shown(raw.t)} is not a message of the contract`;
    const message = `${what}; the messages are ${names}`;
    return { ok: false, code: 'unknown_message', message };
  }
  const parsed = schemas[raw.t as keyof typeof schemas].safeParse(raw);
  return parsed.success
    ? { ok: true, message: parsed.data as ClientMessage }
    : { ok: false, ...problemOf(parsed.error) };
}
