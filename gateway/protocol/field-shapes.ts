/** A map that a client sends, as far as slips of the pen in the names of its fields are looked for. */
export interface FieldShape {
  readonly fields: ReadonlySet<string>;
  /** Nobody puts fields of their own there: any other name is a slip. */
  readonly isClosed?: true;
  /** Fields that the contract has elsewhere, and where that is. */
  readonly elsewhere?: ReadonlyMap<string, string>;
  /** Fields that hold a map of another shape, or a list of them. */
  readonly inner?: Readonly<Record<string, string>>;
}

const SLOT = [
  'slot',
  'k',
  'filter',
  'exclude',
  'excludeSeen',
  'diversity',
  'explain',
  'fields',
  'maxMoves',
  'minIntervalMs',
];
/** For whom a call over HTTP is. */
const WHOM = ['user', 'session', 'consent'];
/** Of a connection all calls are for the same. */
const OF_CONNECTION = {
  user: 'hello or identify says it',
  session: 'hello says it',
  consent: 'hello or the message consent says it',
};
/** A call of a batch is as one of a connection. */
const OF_ALL_CALLS = Object.fromEntries(
  Object.entries(OF_CONNECTION).map(([name, where]) => [name, `${where}, in a batch the body beside calls`]),
);
const OF_SLOTS = Object.fromEntries(
  SLOT.filter((name) => name !== 'slot').map((name) => [name, 'each of slots has its own']),
);
const RECOMMEND = ['t', 'id', 'how', 'item', 'traceparent', ...SLOT];
const RANK = [
  't',
  'id',
  'slot',
  'candidates',
  'k',
  'tmaxMs',
  'filter',
  'exclude',
  'explain',
  'fields',
  'traceparent',
];
const RECOMMEND_ALONE = elsewhere(RANK, RECOMMEND, 'recommend has it');
const RANK_ALONE = elsewhere(RECOMMEND, RANK, 'rank has it');
const EVENT = [
  'e',
  'item',
  'items',
  'ts',
  'value',
  'quantity',
  'query',
  'text',
  'slot',
  'list',
  'campaign',
  'traceparent',
];
/** What GA4 has of an item; only the first four are read. */
const GA4_ITEM = [
  'item_id',
  'id',
  'price',
  'quantity',
  'item_name',
  'item_brand',
  'item_variant',
  'item_list_id',
  'item_list_name',
  'item_category',
  'item_category2',
  'item_category3',
  'item_category4',
  'item_category5',
  'affiliation',
  'coupon',
  'currency',
  'discount',
  'index',
  'location_id',
];

/** The fields of `there` that a message with those of `here` lacks. */
function elsewhere(here: readonly string[], there: readonly string[], where: string): Record<string, string> {
  return Object.fromEntries(there.filter((name) => !here.includes(name)).map((name) => [name, where]));
}

/** Messages by their `t`, which calls of a batch have too, bodies over HTTP, and the maps within both. Filters and rules of segments refuse what they do not know. */
export const FIELD_SHAPES: ReadonlyMap<string, FieldShape> = new Map(
  Object.entries<FieldShape>({
    hello: {
      fields: new Set([
        't',
        'user',
        'token',
        'session',
        'device',
        'slots',
        'resume',
        'consent',
        'attributes',
      ]),
      inner: { slots: 'slot', consent: 'consent' },
      elsewhere: new Map(Object.entries(OF_SLOTS)),
    },
    consent: { fields: new Set(['t', 'id', 'personalise', 'learn']), isClosed: true },
    subscribe: {
      fields: new Set(['t', 'id', 'slots']),
      inner: { slots: 'slot' },
      elsewhere: new Map(Object.entries({ ...OF_CONNECTION, ...OF_SLOTS })),
    },
    recommend: {
      fields: new Set(RECOMMEND),
      elsewhere: new Map(Object.entries({ ...OF_ALL_CALLS, ...RANK_ALONE })),
    },
    rank: {
      fields: new Set(RANK),
      inner: { candidates: 'candidate' },
      elsewhere: new Map(Object.entries({ ...OF_ALL_CALLS, ...RECOMMEND_ALONE })),
    },
    'POST /v1/recommend': {
      fields: new Set([...RECOMMEND, ...WHOM]),
      inner: { consent: 'consent' },
      elsewhere: new Map(Object.entries(RANK_ALONE)),
    },
    'POST /v1/rank': {
      fields: new Set([...RANK, ...WHOM]),
      inner: { consent: 'consent', candidates: 'candidate' },
      elsewhere: new Map(Object.entries(RECOMMEND_ALONE)),
    },
    slot: { fields: new Set(SLOT) },
    candidate: { fields: new Set(['id', 'value']) },
    event: {
      fields: new Set(['id', ...WHOM, ...EVENT]),
      inner: { consent: 'consent', items: 'item', item: 'item' },
    },
    item: { fields: new Set(GA4_ITEM) },
    batch: { fields: new Set([...WHOM, 'distinct', 'calls']), inner: { consent: 'consent' } },
    search: { fields: new Set([...WHOM, 'q', 'k', 'filter']), inner: { consent: 'consent' } },
    segment: { fields: new Set(['name', 'rule', 'webhook']), isClosed: true },
    model: { fields: new Set(['bundle', 'force']), isClosed: true },
  }),
);
