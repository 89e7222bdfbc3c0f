import { z } from 'zod';
import { STRING_LIMITS, WIRE_LIMITS } from '../../protocol/limits.js';
import { ERROR_CODES, EVENT_NAMES } from '../../protocol/messages.js';

/** What the gateway says, as schemas. They describe, and check nothing: what leaves is typed (`messages.ts`), and tests hold both together. */
const id = z.string();
const callId = z.union([z.string(), z.number()]);
const tile = z.looseObject({ id }).meta({ id: 'Tile', description: 'What `fields` asked for of one item.' });
const reason = z
  .object({
    because: z.array(id),
    weight: z.array(z.number()),
    source: z.string(),
    parts: z.array(z.object({ of: z.string(), id: id.optional(), score: z.number() })).optional(),
  })
  .meta({ id: 'Reason', description: 'Why an item is in a list.' });

const order = {
  ids: z.array(id),
  scores: z.array(z.number()),
  reasons: z.array(reason).optional(),
  items: z.array(tile).optional(),
  segment: z.string().optional(),
};

const resultFields = {
  slot: z.string(),
  ...order,
  unknown: z.array(id).optional(),
  degraded: z.boolean(),
  tookUs: z.number(),
  rev: z.number(),
  model: z.string(),
};

/** Answer of `recommend` and `rank` over HTTP. */
export const resultAnswer = z
  .object({ ...resultFields, hint: z.string().optional() })
  .meta({ id: 'Result', description: 'A list, best first.' });

const code = z.enum(ERROR_CODES);

/** Messages of the gateway by their `t`. */
export const SERVER_MESSAGES: Readonly<Record<string, z.ZodType>> = {
  welcome: z.object({
    t: z.literal('welcome'),
    session: id,
    user: id,
    seq: z.number(),
    replaced: z.object({ session: id, seq: z.number() }).optional(),
    rev: z.number(),
    model: z.string(),
    owner: z.string().optional(),
    idleTimeoutMs: z.number(),
    heartbeatMs: z.number(),
    limits: z.record(z.string(), z.number()),
  }),
  recs: z.object({
    t: z.literal('recs'),
    slot: z.string(),
    rev: z.number(),
    cause: z.number(),
    ...order,
    model: z.string(),
  }),
  ack: z.object({ t: z.literal('ack'), seq: z.number() }),
  result: z.object({ t: z.literal('result'), id: callId, ...resultFields }),
  identified: z.object({ t: z.literal('identified'), id: callId, user: id, merged: z.boolean() }),
  error: z.object({
    t: z.literal('error'),
    code,
    message: z.string(),
    seq: z.number().optional(),
    expected: z.number().optional(),
    id: callId.optional(),
    retryAfterMs: z.number().optional(),
  }),
  notice: z.object({
    t: z.literal('notice'),
    code: z.string(),
    message: z.string(),
    endsMs: z.number().optional(),
    seq: z.number().optional(),
    id: callId.optional(),
    unknown: z.array(id).optional(),
  }),
  pong: z.object({ t: z.literal('pong'), id: callId.optional() }),
  bye: z.object({
    t: z.literal('bye'),
    code: z.number(),
    reason: z.string(),
    reconnect: z.enum(['never', 'backoff', 'now']),
  }),
  graph: z.looseObject({ t: z.literal('graph'), id: callId }),
  profile: z.looseObject({ t: z.literal('profile'), id: callId }),
  consented: z.object({
    t: z.literal('consented'),
    id: callId.optional(),
    personalise: z.boolean(),
    learn: z.boolean(),
  }),
};

/** An event as it may be sent. The gateway checks it by hand, for each click (`validate-event.ts`); a test holds the two together. */
export const eventFields = {
  e: z.enum(EVENT_NAMES),
  item: z.string().min(1).max(STRING_LIMITS.id).nullish(),
  items: z.array(z.string().min(1).max(STRING_LIMITS.id)).max(WIRE_LIMITS.itemsPerEvent).nullish(),
  ts: z.number().nullish(),
  value: z.number().nullish(),
  quantity: z.number().min(0).nullish(),
  query: z.string().max(STRING_LIMITS.query).nullish(),
  text: z.string().max(STRING_LIMITS.review).nullish(),
  slot: z.string().min(1).max(STRING_LIMITS.slot).nullish(),
  list: z.number().nullish(),
  campaign: z.string().min(1).max(STRING_LIMITS.campaign).nullish(),
  traceparent: z.string().max(STRING_LIMITS.traceparent).nullish(),
};
export const eventMessage = z.object({
  t: z.literal('event'),
  seq: z.number().int().min(1),
  ...eventFields,
});

/** Problem details (RFC 9457). */
export const problemAnswer = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string(),
    detail: z.string(),
  })
  .meta({ id: 'Problem', description: 'What is wrong and what to do; `code` is stable.' });
