import { INTERESTS_MAX, TUNED_MAX } from '../../interest-rows.js';
import { CAMPAIGNS_SEEN_MAX, SEGMENTS_MAX, VISITS_MAX } from '../../user-facts.js';
import type { InterestSlabs } from '../interest-slabs.js';
import type { PackedVectors } from '../packed-vectors.js';
import {
  CAMPAIGNS_SINCE,
  campaignsIn,
  FACTS_SINCE,
  INTERESTS_SINCE,
  interestsIn,
  PACKED_SINCE,
  segmentsIn,
  tunedIn,
  visitsIn,
} from './state-header.js';

/** What a column says of its rows; `sinceVersion` is 1 when absent. */
type Rows = Pick<Column, 'rows' | 'rowsPerUser' | 'start'> &
  Partial<Pick<Column, 'sinceVersion' | 'packed' | 'isOfModel'>>;
type Field = Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array | Uint16Array | Uint32Array;
/** One array with its elements per row, and which count says how many rows a user uses. */
export interface Column {
  readonly bytes: Uint8Array;
  readonly rowBytes: number;
  readonly rows:
    | 'node'
    | 'edge'
    | 'click'
    | 'seen'
    | 'interest'
    | 'tuned'
    | 'visit'
    | 'segment'
    | 'campaign'
    | 'user';
  readonly rowsPerUser: number;
  /** Int32 [users]: the user's first row; absent where each user has `rowsPerUser` rows. */
  readonly start?: Int32Array;
  /** True for rows of D numbers. */
  readonly isVector: boolean;
  /** True for what says nothing in the space of another model. */
  readonly isOfModel: boolean;
  /** The vectors whose numbers these are, where they are packed; versions before that have float32 in their place. */
  readonly packed?: PackedVectors;
  /** The first version whose bytes have it. */
  readonly sinceVersion: number;
}

/** The arrays of a graph in the order in which a state has their rows. */
export function columnsOf(slabs: InterestSlabs): Column[] {
  const { bounds } = slabs;
  /** `width`: numbers of a vector; 0 for a field of one number. */
  const column = (field: Field, of: Rows, width = 0): Column => ({
    sinceVersion: 1,
    isOfModel: width > 0,
    ...of,
    bytes: new Uint8Array(field.buffer, field.byteOffset, field.byteLength),
    rowBytes: field.BYTES_PER_ELEMENT * Math.max(1, width),
    isVector: width > 0,
  });
  const node = { rows: 'node', rowsPerUser: bounds.nodes, start: slabs.nodeStart } as const;
  const edge = { rows: 'edge', rowsPerUser: bounds.edges, start: slabs.edgeStart } as const;
  const seen = { rows: 'seen', rowsPerUser: bounds.seen, start: slabs.seenStart } as const;
  const slow = { rows: 'user', rowsPerUser: 1, start: slabs.slowStart } as const;
  const click = { rows: 'click', rowsPerUser: bounds.clicks } as const;
  const user = { rows: 'user', rowsPerUser: 1 } as const;
  const since = { sinceVersion: INTERESTS_SINCE } as const;
  const { rows } = slabs;
  const interest = {
    rows: 'interest',
    rowsPerUser: INTERESTS_MAX,
    start: rows.interestStart,
    ...since,
  } as const;
  const tuned = { rows: 'tuned', rowsPerUser: TUNED_MAX, start: rows.tunedStart, ...since } as const;
  const fact = { ...user, sinceVersion: FACTS_SINCE } as const;
  const visit = { rows: 'visit', rowsPerUser: VISITS_MAX, sinceVersion: FACTS_SINCE } as const;
  const segment = { rows: 'segment', rowsPerUser: SEGMENTS_MAX, sinceVersion: FACTS_SINCE } as const;
  const campaign = {
    rows: 'campaign',
    rowsPerUser: CAMPAIGNS_SEEN_MAX,
    sinceVersion: CAMPAIGNS_SINCE,
  } as const;
  const { facts } = slabs;
  return [
    column(slabs.nodeKind, node),
    column(slabs.nodeKey, node),
    column(slabs.nodeWeight, node),
    column(slabs.nodeAt, node),
    column(slabs.nodeSince, { ...node, sinceVersion: 3 }),
    column(slabs.nodeEvent, node),
    column(slabs.nodeOrder, node),
    column(slabs.nodeClicks, node),
    column(slabs.nodeState.numbers, { ...node, packed: slabs.nodeState }, bounds.width),
    column(slabs.nodeState.scales, { ...node, isOfModel: true, sinceVersion: PACKED_SINCE }),
    column(slabs.edgeFrom, edge),
    column(slabs.edgeTo, edge),
    column(slabs.edgeWeight, edge),
    column(slabs.edgeAt, edge),
    column(slabs.edgeTogether, edge),
    column(slabs.clickItem, click),
    column(slabs.clickKind, click),
    column(slabs.seenItem, seen),
    column(slabs.seenMarks, seen),
    column(slabs.interest, user, bounds.width),
    column(slabs.slow, slow, bounds.width),
    column(slabs.sessionSum, user, bounds.width),
    column(slabs.lastMove, user, bounds.width),
    column(slabs.order, user),
    column(slabs.sessionOrder, user),
    column(slabs.lastClickMs, user),
    column(slabs.sessionId, user),
    column(slabs.nodeInterest, { ...node, ...since }),
    column(rows.interestId, interest),
    column(rows.interestShare, interest),
    column(rows.interestAt, interest),
    column(rows.interestBorn, interest),
    column(rows.interestBack, interest),
    column(rows.lastInterest, { ...user, ...since }),
    column(rows.tunedKind, tuned),
    column(rows.tunedKey, tuned),
    column(rows.tunedValue, tuned),
    column(rows.tunedInterest, tuned),
    column(facts.spend, fact),
    column(facts.purchases, fact),
    column(facts.visits, fact),
    column(facts.firstMs, fact),
    column(facts.visitAt, visit),
    column(facts.visitClicks, visit),
    column(facts.visitSpend, visit),
    column(facts.memberOf, segment),
    column(facts.campaigns, campaign),
  ];
}

/** How many rows of a column a state has, by its header. */
export function rowsOf(column: Column, header: Uint8Array): number {
  if (header[0] < column.sinceVersion) return 0;
  switch (column.rows) {
    case 'node':
      return header[1];
    case 'edge':
      return header[2];
    case 'click':
      return header[3];
    case 'seen':
      return header[4];
    case 'interest':
      return interestsIn(header);
    case 'tuned':
      return tunedIn(header);
    case 'visit':
      return visitsIn(header);
    case 'segment':
      return segmentsIn(header);
    case 'campaign':
      return campaignsIn(header);
    case 'user':
      return 1;
  }
}

/** Where the rows of a user begin in the array of a column. */
export function firstByteOf({ start, rowsPerUser, rowBytes }: Column, row: number): number {
  return (start === undefined ? row * rowsPerUser : start[row]) * rowBytes;
}

/** How many bytes of a state are a column's, by its header, where vectors have `width` numbers. */
export function bytesOf(column: Column, header: Uint8Array, width: number): number {
  const { isVector, rowBytes, packed } = column;
  if (!isVector) return rowsOf(column, header) * rowBytes;
  const isByte = packed !== undefined && header[0] >= PACKED_SINCE;
  return rowsOf(column, header) * width * (isByte ? 1 : Float32Array.BYTES_PER_ELEMENT);
}

/** Takes the rows of a user from a state, where a column has `bytes` from `at` on. */
export function takeColumn(column: Column, row: number, state: Uint8Array, { at, bytes }: Stretch): void {
  const { packed } = column;
  if (packed === undefined || state[0] >= PACKED_SINCE) {
    column.bytes.set(state.subarray(at, at + bytes), firstByteOf(column, row));
    return;
  }
  const copy = new Uint8Array(bytes);
  copy.set(state.subarray(at, at + bytes));
  const numbers = new Float32Array(copy.buffer);
  const first = firstByteOf(column, row) / packed.width;
  for (let i = 0; i * packed.width < numbers.length; i++) packed.write(first + i, numbers, i * packed.width);
}

/** Bytes of a state. */
interface Stretch {
  readonly at: number;
  readonly bytes: number;
}
