/** A map that a client sends, as far as slips of the pen in the names of its fields are looked for. */
export interface FieldShape {
  readonly fields: ReadonlySet<string>;
  /** Nobody puts fields of their own there: any other name is a slip. */
  readonly isClosed?: true;
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

/** Messages by their `t`, bodies over HTTP, and the maps within both. Filters and rules of segments refuse what they do not know. */
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
    },
    consent: { fields: new Set(['t', 'id', 'personalise', 'learn']), isClosed: true },
    subscribe: { fields: new Set(['t', 'id', 'slots']), inner: { slots: 'slot' } },
    recommend: {
      fields: new Set(['t', 'id', 'how', 'item', 'traceparent', ...WHOM, ...SLOT]),
      inner: { consent: 'consent' },
    },
    rank: {
      fields: new Set(['t', 'id', 'candidates', 'tmaxMs', 'traceparent', ...WHOM, ...SLOT]),
      inner: { consent: 'consent', candidates: 'candidate' },
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
