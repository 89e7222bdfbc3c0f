import { createItemRecords, RECORD, viewItemRecords } from '../../../model/catalogue/shared-catalogue.js';

/** Bounds of the interaction graph. */
export interface InteractionBounds {
  readonly items: number;
  /** Items K kept beside each item. */
  readonly neighbours: number;
  /** Recent sessions kept in all, and per item. */
  readonly sessions: number;
  readonly sessionsPerItem: number;
  /** Last items kept of a session. */
  readonly sessionLength: number;
}

export const INTERACTION_DEFAULTS = {
  neighbours: 64,
  sessions: 65_536,
  sessionsPerItem: 128,
  sessionLength: 32,
} as const;

/** Rows of one page: what one shard owns at a stretch, and what is written to disk at once. */
export const PAGE_ITEMS = 64;
export const PAGE_SESSIONS = 256;
export type PageKind = 'items' | 'sessions';

/** Shared buffers, posted to each shard at its start. */
export interface SharedInteractions {
  readonly bounds: InteractionBounds;
  readonly buffers: Readonly<Record<keyof typeof FIELDS, SharedArrayBuffer>>;
  /** How often each item was clicked: the interaction graph's half of `RECORD`. */
  readonly records: SharedArrayBuffer;
}

type Shape = 'items' | 'neighbours' | 'itemSessions' | 'sessions' | 'sessionItems';

/** Each array: its element type and which rows it has. */
const FIELDS = {
  /** Float64 [items] epoch ms as of which the row's weights are decayed. */
  rowAt: { type: Float64Array, shape: 'items' },
  rowCount: { type: Int32Array, shape: 'items' },
  /** Float32 [items] Σ next over the row: outgoing transitions. */
  outgoing: { type: Float32Array, shape: 'items' },
  /** Int32/Float32 [items, K]: the other item; how often it came next; how often before; Σ 1/distance either way, distance ≤ 3. */
  other: { type: Int32Array, shape: 'neighbours' },
  next: { type: Float32Array, shape: 'neighbours' },
  before: { type: Float32Array, shape: 'neighbours' },
  together: { type: Float32Array, shape: 'neighbours' },
  /** Int32 [items, sessionsPerItem] ring of session ids; Int32 [items] sessions ever. */
  itemSession: { type: Int32Array, shape: 'itemSessions' },
  itemSessionCount: { type: Int32Array, shape: 'items' },
  /** Int32 [sessions] id of the session in the row (0: none), its length, its items oldest first. */
  sessionId: { type: Int32Array, shape: 'sessions' },
  sessionCount: { type: Int32Array, shape: 'sessions' },
  sessionItem: { type: Int32Array, shape: 'sessionItems' },
  /** Int32 [sessions] mark of the shopper whose session it is (`distinct-shoppers.ts`); 0: nobody's. */
  sessionShopper: { type: Int32Array, shape: 'sessions' },
} as const satisfies Record<
  string,
  { type: Float32ArrayConstructor | Float64ArrayConstructor | Int32ArrayConstructor; shape: Shape }
>;

export type InteractionField = keyof typeof FIELDS;
/** The arrays over the shared buffers, as one thread sees them. */
export type InteractionArrays = {
  readonly [K in InteractionField]: InstanceType<(typeof FIELDS)[K]['type']>;
};

function elements(bounds: InteractionBounds, shape: Shape): number {
  switch (shape) {
    case 'items':
      return bounds.items;
    case 'neighbours':
      return bounds.items * bounds.neighbours;
    case 'itemSessions':
      return bounds.items * bounds.sessionsPerItem;
    case 'sessions':
      return bounds.sessions;
    case 'sessionItems':
      return bounds.sessions * bounds.sessionLength;
  }
}

/**
 * Makes the buffers. They are virtual memory until touched: rows of items that do not exist cost nothing.
 * @param records those of the catalogue, whose other half is what is clicked. The one interaction graph that serves has them; any other,
 * such as that of a judgement or an evaluation, has records of its own, or two would count in one place
 */
export function createSharedInteractions(
  bounds: InteractionBounds,
  records = createItemRecords(bounds.items),
): SharedInteractions {
  const rounded = {
    ...bounds,
    items: Math.ceil(bounds.items / PAGE_ITEMS) * PAGE_ITEMS,
    sessions: Math.ceil(bounds.sessions / PAGE_SESSIONS) * PAGE_SESSIONS,
  };
  const buffers = {} as Record<InteractionField, SharedArrayBuffer>;
  for (const name of Object.keys(FIELDS) as InteractionField[]) {
    const { type, shape } = FIELDS[name];
    buffers[name] = new SharedArrayBuffer(elements(rounded, shape) * type.BYTES_PER_ELEMENT);
  }
  forgetClicks(records);
  return { bounds: rounded, buffers, records };
}

/** Of an interaction graph that had the records before, nothing stays. Records that hold nothing are not written: they cost no memory. */
function forgetClicks(records: SharedArrayBuffer): void {
  const { float32, float64 } = viewItemRecords(records);
  for (let at = 0; at < float32.length; at += RECORD.words) {
    if (float64[(at + RECORD.popularAt) >> 1] === 0) continue;
    float64[(at + RECORD.popularAt) >> 1] = 0;
    float32[at + RECORD.popular] = float32[at + RECORD.recent] = 0;
  }
}

export function viewInteractions(shared: SharedInteractions): InteractionArrays {
  const arrays = {} as Record<InteractionField, Float32Array | Float64Array | Int32Array>;
  for (const name of Object.keys(FIELDS) as InteractionField[]) {
    const Type: new (buffer: SharedArrayBuffer) => Float32Array | Float64Array | Int32Array =
      FIELDS[name].type;
    arrays[name] = new Type(shared.buffers[name]);
  }
  return arrays as InteractionArrays;
}

/** A field of a page: the words of 4 bytes that it has in it, copied from where they are or to there. */
export interface PageField {
  readonly length: number;
  read(to: Uint32Array, at: number): void;
  write(from: Uint32Array, at: number): void;
}

/** All fields of a page of items or of sessions, in the fixed order of the stored page. */
export function pageFields(shared: SharedInteractions, kind: PageKind, page: number): PageField[] {
  const { bounds, buffers } = shared;
  const rows = kind === 'items' ? PAGE_ITEMS : PAGE_SESSIONS;
  const rowCount = kind === 'items' ? bounds.items : bounds.sessions;
  const fields: PageField[] = [];
  for (const name of Object.keys(FIELDS) as InteractionField[]) {
    const isSession = FIELDS[name].shape === 'sessions' || FIELDS[name].shape === 'sessionItems';
    if (isSession !== (kind === 'sessions')) continue;
    const rowBytes = buffers[name].byteLength / rowCount;
    fields.push(arrayField(new Uint32Array(buffers[name], page * rows * rowBytes, (rows * rowBytes) / 4)));
    if (name === 'outgoing') fields.push(...recordFields(shared.records, page));
  }
  return fields;
}

/** Words that lie together. Memory that was never written to stays so where there is nothing but zeros: it is not resident. */
function arrayField(words: Uint32Array): PageField {
  return {
    length: words.length,
    read: (to, at) => to.set(words, at),
    write: (from, at) => {
      for (let w = 0; w < words.length; w++) if (words[w] !== from[at + w]) words[w] = from[at + w];
    },
  };
}

/** What items' records have of their clicks: popular, recent and popularAt of all, one after the other. */
function recordFields(records: SharedArrayBuffer, page: number): PageField[] {
  const pageWords = PAGE_ITEMS * RECORD.words;
  const words = new Uint32Array(records, page * pageWords * 4, pageWords);
  return [
    strided(words, RECORD.popular, 1),
    strided(words, RECORD.recent, 1),
    strided(words, RECORD.popularAt, 2),
  ];
}

/** `size` words of each record, from word `place` of it on. */
function strided(words: Uint32Array, place: number, size: number): PageField {
  return {
    length: PAGE_ITEMS * size,
    read: (to, at) => {
      for (let from = place; from < words.length; from += RECORD.words, at += size)
        for (let w = 0; w < size; w++) to[at + w] = words[from + w];
    },
    write: (from, at) => {
      for (let to = place; to < words.length; to += RECORD.words, at += size)
        for (let w = 0; w < size; w++) words[to + w] = from[at + w];
    },
  };
}
