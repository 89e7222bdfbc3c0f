import { WITHHELD_MAX } from '../../user-consent.js';

/** Version of the bytes of a stored user state. Readers of older versions stay, with fixtures. */
export const STATE_VERSION = 8;
/** Bytes of the header, by version. */
export const HEADER_BYTES = [0, 16, 24, 24, 24, 32, 40, 40, 40] as const;
export const MODEL_AT = 16;
export const PARTIAL_AT = 20;
export const INTERESTS_AT = 21;
export const TUNED_AT = 22;
export const GRAFTED_AT = 23;
/** In that byte: what is withheld stands above the bit that says whether the interests are grafted. */
export const GRAFTED_BIT = 1;
/** The first version whose states say what their users withhold. */
export const WITHHELD_SINCE = 5;
export const WITHHELD_MS_AT = 24;
/** The first version whose states have facts: visits, segments, bytes of the attributes, and whether they began late. */
export const FACTS_SINCE = 6;
export const VISITS_AT = 32;
export const SEGMENTS_AT = 33;
export const ATTRIBUTES_AT = 34;
export const LATE_AT = 36;
/** The first version whose states say which campaigns their users saw. */
export const CAMPAIGNS_SINCE = 7;
export const CAMPAIGNS_AT = 37;
/** The first version whose states have the states of nodes in bytes. */
export const PACKED_SINCE = 8;
/** The first version whose states have interests. */
export const INTERESTS_SINCE = 4;

/** Journal position that stored bytes contain, without decoding them; 0 for bytes that are no state. */
export function statePosition(state: Uint8Array): number {
  if (state.length < HEADER_BYTES[1]) return 0;
  return new DataView(state.buffer, state.byteOffset, HEADER_BYTES[1]).getFloat64(8, true);
}

/** True when stored bytes hold what the journal beside them does not: their user was moved, or took over the graph of a visitor. */
export function isPartialState(state: Uint8Array): boolean {
  return state[0] === 1 || state[PARTIAL_AT] === 1;
}

/** A copy of stored bytes for another store, whose journal has all of it in an entry before `position`. */
export function asMovedState(state: Uint8Array, position: number): Uint8Array {
  const copy = new Uint8Array(state);
  new DataView(copy.buffer).setFloat64(8, position, true);
  if (copy[0] > 1) copy[PARTIAL_AT] = 0;
  if (copy[0] >= INTERESTS_SINCE) copy[GRAFTED_AT] &= ~GRAFTED_BIT;
  if (copy[0] >= FACTS_SINCE) copy[LATE_AT] = 0;
  return copy;
}

/** Bits of `WITHHELD` of a state. Throws for what this build does not know. */
export function withheldIn(header: Uint8Array): number {
  const withheld = header[0] < WITHHELD_SINCE ? 0 : header[GRAFTED_AT] >> GRAFTED_BIT;
  if (withheld > WITHHELD_MAX) throw new Error(`user state that withholds ${withheld}`);
  return withheld;
}

export function interestsIn(header: Uint8Array): number {
  return header[0] < INTERESTS_SINCE ? 0 : header[INTERESTS_AT];
}

export function tunedIn(header: Uint8Array): number {
  return header[0] < INTERESTS_SINCE ? 0 : header[TUNED_AT];
}

export function visitsIn(header: Uint8Array): number {
  return header[0] < FACTS_SINCE ? 0 : header[VISITS_AT];
}

export function segmentsIn(header: Uint8Array): number {
  return header[0] < FACTS_SINCE ? 0 : header[SEGMENTS_AT];
}

export function campaignsIn(header: Uint8Array): number {
  return header[0] < CAMPAIGNS_SINCE ? 0 : header[CAMPAIGNS_AT];
}
