/** What tells one event from another; when it happened does not, for a repeat may carry a time that the first had not. */
export interface DigestedEvent {
  /** `EVENT_KIND`. */
  readonly kind: number;
  /** Item indices. */
  readonly items: readonly number[];
  readonly value: number;
  readonly quantity: number;
  readonly query: string;
}

/** Events of a session that are remembered: as many as a client may have without an answer, with the default bounds of the pool. */
export const DIGESTS_MAX = 256;
const DIGESTS_FIRST = 8;
const NO_EVENTS = new Uint32Array(0);

/**
 * The latest events of one session as 32-bit digests, so that a `seq` that comes again is taken for a repeat only when the event
 * is the same. Bounds: `DIGESTS_MAX` events, 4 bytes each; a session of a few clicks has room for a few,
 * and one without for none.
 */
export class EventDigests {
  #ring = NO_EVENTS;
  #lastSeq = 0;
  #count = 0;

  /** Events that are remembered. */
  get count(): number {
    return this.#count;
  }

  /** Remembers an event; one that does not follow the last makes it forget those before. */
  add(seq: number, digest: number): void {
    if (this.#ring === NO_EVENTS) this.#ring = new Uint32Array(DIGESTS_FIRST);
    if (seq !== this.#lastSeq + 1) this.#count = 0;
    if (this.#count === this.#ring.length && this.#count < DIGESTS_MAX) this.#grow();
    this.#ring[seq % this.#ring.length] = digest;
    this.#lastSeq = seq;
    this.#count = Math.min(this.#count + 1, this.#ring.length);
  }

  clear(): void {
    this.#ring = NO_EVENTS;
    this.#lastSeq = this.#count = 0;
  }

  /** True when the event of this `seq` is remembered, and was another one. */
  isOther(seq: number, digest: number): boolean {
    const isKnown = seq <= this.#lastSeq && seq > this.#lastSeq - this.#count;
    return isKnown && this.#ring[seq % this.#ring.length] !== digest;
  }

  #grow(): void {
    const grown = new Uint32Array(2 * this.#ring.length);
    for (let seq = this.#lastSeq; seq > this.#lastSeq - this.#count; seq--)
      grown[seq % grown.length] = this.#ring[seq % this.#ring.length];
    this.#ring = grown;
  }
}

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/** Digest of an event, 0 ≤ digest < 2³². */
export function digestOf(event: DigestedEvent): number {
  const { items, query } = event;
  let hash = mix(event.kind, items.length);
  for (let i = 0; i < items.length; i++) hash = mix(hash, items[i]);
  hash = mixDouble(mixDouble(hash, event.value), event.quantity);
  for (let i = 0; i < query.length; i++) hash = mix(hash, query.charCodeAt(i));
  return hash >>> 0;
}

function mixDouble(hash: number, value: number): number {
  double[0] = value;
  return mix(mix(hash, halves[0]), halves[1]);
}

/** One round of the finaliser of MurmurHash3 over both. */
function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
