import type { WireLimits } from './messages.js';

/** The bounds of one message, announced in `welcome.limits`. A test reaches each of them. */
export const WIRE_LIMITS: WireLimits = {
  frameBytes: 256 * 1024,
  slots: 16,
  k: 100,
  candidates: 1_000,
  itemsPerEvent: 200,
  excludes: 1_000,
  fields: 32,
};

/** Longest id of a user or a session, in UTF-16 units. */
export const ID_LENGTH_MAX = 128;

/** Lengths in UTF-16 units of the strings that a client names things with. */
export const STRING_LIMITS = {
  id: ID_LENGTH_MAX,
  query: 256,
  review: 4_096,
  slot: 64,
  campaign: 64,
  field: 64,
  attribute: 32,
  token: 4_096,
  traceparent: 256,
} as const;

/** Attributes in `hello`, and bytes of all of them as JSON. */
export const ATTRIBUTES_MAX = 16;
export const ATTRIBUTES_BYTES_MAX = 1_024;

/** Containers within containers that a message or a body may hold. */
export const DEPTH_MAX = 32;

/**
 * Maps, lists and keys that a message may hold together: of those that the contract has, a `rank` of 1,000 candidates with values has most,
 * 3,000. Reading one key that no other message has takes 3 microseconds, and a frame has room for 40,000.
 */
export const ENTRIES_MAX = 8_192;

/**
 * Keys among them that are neither `id` nor `value`, as those of candidates are: sixteen slots with filters of 64 conditions have 2,200. Names that
 * no other message has take a reader up to 5 microseconds each, and most where a map has ten of them.
 */
export const NAMES_MAX = 2_304;

/**
 * Values that JSON may hold in its maps and lists: sixteen slots with a thousand excluded items each have 16,000, and so do as many calls of a
 * batch with three times that. A list that is too long for its field is told so by that name up to here.
 */
export const VALUES_MAX = 131_072;

/** Characters that one value of a body may have: an item with all that an item may hold has fewer. */
export const VALUE_CHARS_MAX = 1024 * 1024;

/** How far an event's `ts` may be from the server's clock: 5 minutes ahead, 30 days behind. */
export const TS_AHEAD_MS = 300_000;
export const TS_BEHIND_MS = 2_592_000_000;

/** So many refused messages that do not decode or do not fit the contract are answered by `error`; the next one closes 4000. */
export const MALFORMED_TOLERATED = 16;
