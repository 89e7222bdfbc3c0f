import { invariant } from '../../../../metrics/invariant.js';
import { SEARCH_TEXT_BYTES } from '../../../../model/catalogue/search/search-text.js';
import { INTERESTS_MAX, TUNED_MAX } from '../../interest-rows.js';
import { ATTRIBUTES_BYTES_MAX, CAMPAIGNS_SEEN_MAX, SEGMENTS_MAX, VISITS_MAX } from '../../user-facts.js';
import type { InterestGraph } from '../interest-graph.js';
import { NODE, type InterestSlabs } from '../interest-slabs.js';
import { lengthOf } from '../vector-table.js';
import { stateProblem } from './state-check.js';
import { bytesOf, columnsOf, firstByteOf, rowsOf, takeColumn, type Column } from './state-columns.js';
import {
  ATTRIBUTES_AT,
  CAMPAIGNS_AT,
  campaignsIn,
  FACTS_SINCE,
  GRAFTED_AT,
  GRAFTED_BIT,
  HEADER_BYTES,
  INTERESTS_AT,
  INTERESTS_SINCE,
  interestsIn,
  isPartialState,
  LATE_AT,
  MODEL_AT,
  PARTIAL_AT,
  SEGMENTS_AT,
  segmentsIn,
  STATE_VERSION,
  TUNED_AT,
  tunedIn,
  VISITS_AT,
  visitsIn,
  WITHHELD_MS_AT,
  withheldIn,
} from './state-header.js';

/** Bytes before a term's text: its node and the length of the text. */
const TERM_HEAD_BYTES = 3;
/** Bytes of the largest term. */
const TERM_BYTES_MAX = TERM_HEAD_BYTES + SEARCH_TEXT_BYTES;

/**
 * Bytes of one user's graph: header (u8 version, u8 nodes, u8 edges, u8 clicks, u8 seen, u8 terms, u16 width, f64 journal
 * position, u32 tag of the model, u8 1 when partial, u8 interests, u8 nodes
 * of which something was said, u8 1 when the interests are grafted, plus twice the bits of `WITHHELD`, f64 epoch ms when these were said, u8 visits, u8 segments, u16 bytes of the
 * attributes, u8 1 when the facts began late, u8 campaigns, two bytes of 0), then each array's used rows in a fixed order, then the
 * terms (u8 node, u16 length, UTF-8), then the attributes (UTF-8). Little-endian. Version 1 ended its header after the position: its model is not known
 * and taken to be the one that serves when the width is the same, and it counts as partial. Version 2 has no first touches of nodes;
 * they are not known then. Version 3 has no interests: its last three bytes of the header are 0. Version 4 knows of nothing withheld,
 * version 5 of no facts: of whoever clicked before they count what came after, and are late. Version 6 knows of no campaigns, version 7 has
 * states in float32.
 */
export class InterestCodec {
  readonly #graph: InterestGraph;
  readonly #slabs: InterestSlabs;
  readonly #columns: readonly Column[];
  readonly #scratch: Buffer;
  /** The scratch as plain bytes: `slice` of these is a copy, `slice` of a Buffer is a view. */
  readonly #encoded: Uint8Array;
  /** Tag of the model that makes the states; vectors of any other are of another space. */
  readonly #model: number;
  readonly #itemMax: number;

  /** `itemMax`: the number of items that there is room for; a state that names another is refused. */
  constructor(graph: InterestGraph, model = 0, itemMax = Number.MAX_SAFE_INTEGER) {
    this.#graph = graph;
    this.#model = model;
    this.#itemMax = itemMax;
    this.#slabs = graph.slabs;
    this.#columns = columnsOf(graph.slabs);
    this.#scratch = Buffer.alloc(stateBytesMax(graph.slabs));
    this.#encoded = new Uint8Array(this.#scratch.buffer, this.#scratch.byteOffset, this.#scratch.length);
  }

  /** State of a user; borrowed until the next call. */
  encode(row: number): Uint8Array {
    const slabs = this.#slabs;
    const out = this.#scratch;
    const { facts } = slabs;
    out[0] = STATE_VERSION;
    out[1] = slabs.nodeCount[row];
    out[2] = slabs.edgeCount[row];
    out[3] = slabs.clickCount[row];
    out[4] = slabs.seenCount[row];
    out.writeUInt16LE(slabs.bounds.width, 6);
    out.writeDoubleLE(slabs.position[row], 8);
    out.writeUInt32LE(this.#model, MODEL_AT);
    out[PARTIAL_AT] = slabs.isPartial[row];
    out[INTERESTS_AT] = slabs.rows.interestCount[row];
    out[TUNED_AT] = slabs.rows.tunedCount[row];
    out[GRAFTED_AT] = slabs.rows.isGrafted[row] | (slabs.withheld[row] << GRAFTED_BIT);
    out.writeDoubleLE(slabs.withheldMs[row], WITHHELD_MS_AT);
    out[VISITS_AT] = facts.visitCount[row];
    out[SEGMENTS_AT] = facts.memberCount[row];
    out.writeUInt16LE(Buffer.byteLength(facts.attributes[row]), ATTRIBUTES_AT);
    out.fill(0, LATE_AT, HEADER_BYTES[STATE_VERSION]);
    out[LATE_AT] = facts.isLate[row];
    out[CAMPAIGNS_AT] = facts.campaignCount[row];
    let at: number = HEADER_BYTES[STATE_VERSION];
    for (const column of this.#columns) {
      const start = firstByteOf(column, row);
      const bytes = rowsOf(column, out) * column.rowBytes;
      out.set(column.bytes.subarray(start, start + bytes), at);
      at += bytes;
    }
    out[5] = 0;
    for (let node = 0; node < slabs.nodeCount[row]; node++) {
      if (slabs.nodeKind[slabs.nodeStart[row] + node] !== NODE.term) continue;
      // Without room `write` would leave the end of the text out.
      invariant(at + TERM_BYTES_MAX <= out.length, 'a user state outgrows its bound');
      const length = out.write(this.#graph.term(row, node), at + TERM_HEAD_BYTES, 'utf8');
      out[at] = node;
      out.writeUInt16LE(length, at + 1);
      at += TERM_HEAD_BYTES + length;
      out[5]++;
    }
    at += out.write(facts.attributes[row], at, 'utf8');
    return this.#encoded.subarray(0, at);
  }

  /**
   * Fills `row` from bytes. States of another model begin again as the vectors of their items (`InterestGraph.resetStates`);
   * weights, edges, clicks and marks stay. Throws when the bytes are of an unknown version, are cut off or too long, hold more
   * than the slabs, or what would make something else throw later; `row` is empty then.
   */
  decode(row: number, state: Uint8Array): void {
    try {
      this.#decode(row, state);
    } catch (error) {
      this.#graph.clear(row);
      throw error;
    }
  }

  #decode(row: number, state: Uint8Array): void {
    const slabs = this.#slabs;
    const from = Buffer.from(state.buffer, state.byteOffset, state.byteLength);
    if (from[0] < 1 || from[0] > STATE_VERSION) {
      throw new Error(`user state of version ${from[0]}; this build reads versions up to ${STATE_VERSION}`);
    }
    const { bounds } = slabs;
    if (
      from[1] > bounds.nodes ||
      from[2] > bounds.edges ||
      from[3] > bounds.clicks ||
      from[4] > bounds.seen ||
      interestsIn(from) > INTERESTS_MAX ||
      tunedIn(from) > TUNED_MAX ||
      visitsIn(from) > VISITS_MAX ||
      segmentsIn(from) > SEGMENTS_MAX ||
      campaignsIn(from) > CAMPAIGNS_SEEN_MAX
    ) {
      throw new Error(
        `user state of ${from[1]} nodes, ${from[2]} edges, ${from[3]} clicks, ${from[4]} seen items, ${interestsIn(from)} interests does not fit the configured bounds`,
      );
    }
    const width = from.readUInt16LE(6);
    this.#graph.clear(row);
    takeBlocks(slabs, row, from);
    slabs.position[row] = from.readDoubleLE(8);
    slabs.isPartial[row] = isPartialState(state) ? 1 : 0;
    slabs.withheld[row] = withheldIn(from);
    slabs.withheldMs[row] = slabs.withheld[row] === 0 ? 0 : from.readDoubleLE(WITHHELD_MS_AT);
    takeFacts(slabs, row, from);
    const isOwn = width === bounds.width && (from[0] === 1 || from.readUInt32LE(MODEL_AT) === this.#model);
    let at: number = HEADER_BYTES[from[0]];
    for (const column of this.#columns) {
      const bytes = bytesOf(column, from, width);
      if (at + bytes > state.length) throw new Error(`user state of ${from.length} bytes is cut off`);
      if (isOwn || !column.isOfModel) takeColumn(column, row, state, { at, bytes });
      at += bytes;
    }
    const problem = stateProblem(slabs, row, this.#itemMax);
    if (problem !== undefined) throw new Error(`user state with ${problem}`);
    if (!isOwn) this.#graph.resetStates(row);
    else if (!hasSlow(slabs, row)) slabs.slows.release(row);
    this.#decodeTexts(row, from, at);
  }

  /** Terms and attributes are the last in the bytes. */
  #decodeTexts(row: number, from: Buffer, start: number): void {
    let at = start;
    for (let left = from[5]; left > 0; left--) {
      if (from[at] >= this.#slabs.nodeCount[row]) throw new Error('user state with a term of no node');
      const text = at + TERM_HEAD_BYTES;
      const end = text + from.readUInt16LE(at + 1);
      this.#graph.setTerm(row, from[at], from.toString('utf8', text, end));
      at = end;
    }
    if (from[0] >= FACTS_SINCE) {
      const end = at + from.readUInt16LE(ATTRIBUTES_AT);
      this.#slabs.facts.attributes[row] = checkedAttributes(from.toString('utf8', at, end));
      at = end;
    }
    if (at !== from.length) throw new Error(`user state of ${from.length} bytes ends at byte ${at}`);
  }
}

/** Bytes that the state of one user takes at most: every row in use, every node a term of the longest text. */
export function stateBytesMax(slabs: InterestSlabs): number {
  let bytes: number =
    HEADER_BYTES[STATE_VERSION] + slabs.bounds.nodes * TERM_BYTES_MAX + ATTRIBUTES_BYTES_MAX;
  for (const { rowBytes, rowsPerUser } of columnsOf(slabs)) bytes += rowBytes * rowsPerUser;
  return bytes;
}

/** Throws for what is no JSON: whoever asks for an attribute would. */
function checkedAttributes(text: string): string {
  if (text !== '') JSON.parse(text);
  return text;
}

/** How many facts there are. Of whoever did something before there were any, they begin late. */
function takeFacts({ facts }: InterestSlabs, row: number, header: Uint8Array): void {
  facts.visitCount[row] = visitsIn(header);
  facts.memberCount[row] = segmentsIn(header);
  facts.campaignCount[row] = campaignsIn(header);
  facts.isLate[row] = header[0] < FACTS_SINCE ? Math.min(1, header[1]) : header[LATE_AT];
}

/** Counts of a state, from its header, and blocks for what they count. Vectors are zeros: those of another model are not read. */
function takeBlocks(slabs: InterestSlabs, row: number, header: Uint8Array): void {
  slabs.nodes.reserve(row, header[1], 0);
  slabs.edges.reserve(row, header[2], 0);
  slabs.seen.reserve(row, header[4], 0);
  slabs.ownSlow(row);
  const { rows } = slabs;
  rows.interests.reserve(row, interestsIn(header), 0);
  rows.tuned.reserve(row, tunedIn(header), 0);
  rows.interestCount[row] = interestsIn(header);
  rows.tunedCount[row] = tunedIn(header);
  const isOlder = header[0] < INTERESTS_SINCE;
  rows.isGrafted[row] = isOlder ? Math.min(1, header[1]) : header[GRAFTED_AT] & GRAFTED_BIT;
  slabs.nodeInterest.fill(0, slabs.nodeStart[row], slabs.nodeStart[row] + header[1]);
  slabs.nodeState.clear(slabs.nodeStart[row], header[1]);
  slabs.nodeSince.fill(0, slabs.nodeStart[row], slabs.nodeStart[row] + header[1]);
  slabs.nodeCount[row] = header[1];
  slabs.edgeCount[row] = header[2];
  slabs.clickCount[row] = header[3];
  slabs.seenCount[row] = header[4];
}

function hasSlow({ slow, slowStart, bounds: { width } }: InterestSlabs, row: number): boolean {
  return lengthOf(slow, slowStart[row] * width, width) > 0;
}
