import { z } from 'zod';
import { itemPatchSchema, itemSchema } from '../../../model/catalogue/item.js';
import { consentFields, userId } from '../../protocol/validate.js';
import { searchBody } from '../../search/http-search.js';
import { segmentBody } from '../../segments/http-segments.js';
import { swapBody } from '../http-model.js';
import { importBody } from '../../calls/graph-imports.js';
import { mergeBody } from '../http-users.js';
import { bidRequestBody, bidResponse, noBidResponse } from '../ranks/bid-request.js';
import { batchBody } from '../ranks/http-batch.js';
import { rankBody, recommendBody, whom } from '../ranks/http-rank.js';
import { eventFields, resultAnswer } from './answers.js';

/** What a document says of one route and method. The route itself, and who may use it, come from `ROUTE_SCOPES`. */
export interface RouteDoc {
  readonly summary: string;
  /** The schema that checks the body, where one does. */
  readonly body?: z.ZodType;
  /** A body that is taken as it stands. */
  readonly example?: unknown;
  /** Type of the body when it is not JSON alone. */
  readonly bodyType?: string;
  /** Fields of the query, by name, and what they mean. */
  readonly query?: Readonly<Record<string, string>>;
  /** Status of the answer, 200 when absent; 204 has no body. */
  readonly status?: number;
  readonly answer?: z.ZodType;
  readonly answerType?: string;
  /** Answers of statuses with a form of their own, where another one would be a problem. */
  readonly others?: Readonly<Record<string, RouteAnswer>>;
}

export interface RouteAnswer {
  readonly description: string;
  /** Absent: there is no body. */
  readonly body?: z.ZodType;
}

const event = z.object({ id: userId, ...whom, ...eventFields });
const consentAnswer = z.object({ personalise: z.boolean(), learn: z.boolean(), hint: z.string().optional() });
const segmentAnswer = z.looseObject({
  id: z.string(),
  users: z.number(),
  visitors: z.number(),
  complete: z.boolean(),
  hint: z.string().optional(),
});
const NDJSON = 'application/x-ndjson';
const PAGE = {
  category: 'items of this category alone',
  limit: 'items of a page, 50 when absent, at most 200',
  offset: 'items to leave out before the page',
  after: 'id of the last item of the page before',
  ids: 'these items, in this order: ids with commas between them',
  id: 'one of these items; may come again',
};

/** By path, then by method. */
export const ROUTE_DOCS: Readonly<Record<string, Readonly<Record<string, RouteDoc>>>> = {
  '/healthz': { GET: { summary: 'Does the process answer?' } },
  '/readyz': { GET: { summary: 'Does it take connections?' } },
  '/metrics': { GET: { summary: 'Metrics as Prometheus reads them', answerType: 'text/plain' } },
  '/v1/stats': { GET: { summary: 'How each shard is' } },
  '/v1/market': {
    GET: {
      summary: 'What shoppers click and buy, what rises and falls, and what goes with what',
      query: {
        periods: 'periods that are told of, and compared with as many before: 1 to 14, 7 when absent',
        top: 'entries of each list, 20 when absent, at most 100',
        item: 'id of an item whose own series and pairs are wanted',
        campaign: 'name of a campaign that events named: what it did',
      },
    },
  },
  '/v1/model': {
    GET: { summary: 'Which model serves' },
    POST: {
      summary: 'Another bundle in its place, with no dropped event',
      body: swapBody,
    },
  },
  '/v1/model/rollback': { POST: { summary: 'Back to the bundle before' } },
  '/v1/snapshots': {
    GET: { summary: 'Snapshots that are kept, newest first' },
    POST: { summary: 'Takes a snapshot of every shard, or partition of a cluster', status: 201 },
  },
  '/v1/recommend': {
    POST: {
      summary: 'One list now',
      body: recommendBody,
      example: { user: 'ada', k: 5, fields: ['title', 'price'] },
      answer: resultAnswer,
    },
  },
  '/v1/rank': {
    POST: {
      summary: 'Candidates in the order that suits the user',
      body: rankBody,
      example: { user: 'ada', candidates: ['22423', { id: '22699', value: 2.5 }], tmaxMs: 50 },
      answer: resultAnswer,
    },
  },
  '/v1/batch': {
    POST: {
      summary: 'Several lists and orders in one call',
      body: batchBody,
      example: {
        user: 'ada',
        distinct: true,
        calls: [
          { t: 'recommend', id: 'top', k: 4 },
          { t: 'recommend', id: 'new', k: 4, how: 'new' },
        ],
      },
      answer: z.object({
        results: z.array(z.looseObject({ t: z.enum(['result', 'error']) })),
        hint: z.string().optional(),
      }),
    },
  },
  '/v1/search': {
    POST: {
      summary: 'Items by words and by meaning',
      body: searchBody,
      example: { q: 'cake stand', user: 'ada', k: 5 },
    },
  },
  '/v1/mcp': {
    POST: {
      summary: 'Tools for assistants, by the Model Context Protocol',
      body: z.looseObject({ jsonrpc: z.literal('2.0'), method: z.string() }),
    },
  },
  '/v1/openrtb/rank': {
    POST: {
      summary: 'Candidates of a bid request of OpenRTB 2.6 as bids; 204 without one',
      body: bidRequestBody,
      example: {
        id: 'b-1',
        imp: [{ id: '1', bidfloor: 0.5, ext: { candidates: [{ id: '22423', value: 2 }] } }],
      },
      answer: bidResponse,
      others: {
        '204': { description: 'Nothing bids' },
        '400': { description: 'No bid request; nbr 2 says so', body: noBidResponse },
      },
    },
  },
  '/v1/events': {
    POST: {
      summary: 'What shoppers did; answered when it is durable',
      body: z.union([event, z.array(event)]),
      bodyType: NDJSON,
      example: [{ id: 'order-1', user: 'ada', e: 'purchase', items: ['22423'], value: 12.75 }],
      answer: z.object({ results: z.array(z.looseObject({ index: z.number() })) }),
    },
  },
  '/v1/items': {
    GET: { summary: 'Items of the catalogue, a page at a time or by id', query: PAGE },
    PUT: {
      summary: 'Puts items into the catalogue, or others in their place',
      body: z.union([itemSchema, z.array(itemSchema)]),
      bodyType: NDJSON,
      example: [{ id: 'lamp-1', title: 'Brass lamp', price: 39.9, category: 'lamps' }],
    },
    DELETE: {
      summary: 'Takes items out of the catalogue, by id or by a filter',
      body: z.union([z.array(z.string()), z.looseObject({})]),
      bodyType: NDJSON,
      example: ['lamp-1'],
    },
  },
  '/v1/items/{id}': {
    GET: { summary: 'One item, without its vectors' },
    PATCH: {
      summary: 'Changes fields of an item (JSON merge patch)',
      body: itemPatchSchema,
      example: { price: 34.9 },
    },
    DELETE: { summary: 'Takes an item out of the catalogue', status: 204 },
  },
  '/v1/users/{id}': { DELETE: { summary: 'Erases a user everywhere' } },
  '/v1/sessions/{id}': { DELETE: { summary: 'Erases a visitor everywhere' } },
  '/v1/users/{id}/graph': {
    GET: { summary: 'The interest graph of a user' },
    POST: { summary: 'Takes the interest graph that another gateway told of a user', body: importBody },
  },
  '/v1/sessions/{id}/graph': {
    GET: { summary: 'The interest graph of a visitor, by the secret of their session' },
  },
  '/v1/users/{id}/export': { GET: { summary: 'All that is kept of a user' } },
  '/v1/sessions/{id}/export': { GET: { summary: 'All that is kept of a visitor' } },
  '/v1/users/{id}/merge': {
    POST: {
      summary: 'A visitor becomes part of a user',
      body: mergeBody,
    },
  },
  '/v1/users/{id}/consent': {
    POST: {
      summary: 'Keeps what a user allows; an empty body only asks',
      body: z.object(consentFields),
      example: { personalise: false, learn: false },
      answer: consentAnswer,
    },
  },
  '/v1/sessions/{id}/consent': {
    POST: {
      summary: 'Keeps what a visitor allows; an empty body only asks',
      body: z.object(consentFields),
      answer: consentAnswer,
    },
  },
  '/v1/segments': {
    GET: {
      summary: 'Segments, and how many are in each',
      answer: z.object({ segments: z.array(segmentAnswer) }),
    },
  },
  '/v1/segments/{id}': {
    GET: { summary: 'A segment, and how many are in it', answer: segmentAnswer },
    PUT: {
      summary: 'Puts a segment, or another rule in its place',
      body: segmentBody,
      example: { rule: { interest: { category: 'lamps', share: { gte: 0.3 } }, spend: { gte: 100 } } },
      answer: segmentAnswer,
    },
    DELETE: { summary: 'Takes a segment away', status: 204 },
  },
  '/v1/users': {
    GET: {
      summary: 'Named users who are about to be lost, a line each',
      query: {
        atRisk: 'the least probability not to come back, 0 to 1',
        days: 'days in which they would have to come: 30 or 60, as far as the model knows; the fewest when absent',
      },
      answerType: NDJSON,
    },
  },
  '/v1/segments/{id}/members': {
    GET: { summary: 'The named users of a segment, a line each', answerType: NDJSON },
  },
  '/v1/users/{id}/profile': {
    GET: { summary: 'The interests of a user', query: { as: 'text: in plain sentences' } },
  },
  '/v1/sessions/{id}/profile': {
    GET: { summary: 'The interests of a visitor', query: { as: 'text: in plain sentences' } },
  },
};
