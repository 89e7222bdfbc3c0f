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
}

type Shape = 'items' | 'neighbours' | 'itemSessions' | 'sessions' | 'sessionItems';

/** Each array: its element type and which rows it has. */
const FIELDS = {
  /** Float64 [items] epoch ms as of which the row's weights are decayed. */
  rowAt: { type: Float64Array, shape: 'items' },
  rowCount: { type: Int32Array, shape: 'items' },
  /** Float32 [items] Σ next over the row: outgoing transitions. */
  outgoing: { type: Float32Array, shape: 'items' },
  /** Float32 [items] decayed clicks, with the long and the short half-life, as of `popularAt`. */
  popular: { type: Float32Array, shape: 'items' },
  recent: { type: Float32Array, shape: 'items' },
  popularAt: { type: Float64Array, shape: 'items' },
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

/** Makes the buffers. They are virtual memory until touched: rows of items that do not exist cost nothing. */
export function createSharedInteractions(bounds: InteractionBounds): SharedInteractions {
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
  return { bounds: rounded, buffers };
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

/** Byte ranges of all fields of a page of items or of sessions, in the fixed order of the stored page. */
export function pageRanges(
  shared: SharedInteractions,
  kind: PageKind,
  page: number,
): { readonly bytes: Uint8Array; readonly start: number; readonly end: number }[] {
  const { bounds, buffers } = shared;
  const rows = kind === 'items' ? PAGE_ITEMS : PAGE_SESSIONS;
  const rowCount = kind === 'items' ? bounds.items : bounds.sessions;
  const ranges = [];
  for (const name of Object.keys(FIELDS) as InteractionField[]) {
    const isSession = FIELDS[name].shape === 'sessions' || FIELDS[name].shape === 'sessionItems';
    if (isSession !== (kind === 'sessions')) continue;
    const bytes = new Uint8Array(buffers[name]);
    const rowBytes = bytes.length / rowCount;
    ranges.push({ bytes, start: page * rows * rowBytes, end: (page + 1) * rows * rowBytes });
  }
  return ranges;
}
