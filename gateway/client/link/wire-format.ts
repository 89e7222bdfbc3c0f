import { DEPTH_MAX } from '../../protocol/limits.js';
import type { ClientMessage } from '../../protocol/messages.js';
import type { Subprotocol } from '../../protocol/version.js';

/** How messages become frames. The gateway speaks the codec's subprotocol on the whole connection. */
export interface Codec {
  readonly subprotocol: Subprotocol;
  encode(message: ClientMessage): string | Uint8Array;
  /** Decodes one frame: text arrives as a string, binary as an `ArrayBuffer`. Throws on a frame that is not of this codec. */
  decode(frame: unknown): unknown;
}

/** Text frames; needs nothing beyond the language. */
export const jsonCodec: Codec = {
  subprotocol: 'afterclick.v1.json',
  encode: (message) => JSON.stringify(message),
  decode: (frame) => JSON.parse(frame as string) as unknown,
};

/**
 * Binary frames with the MessagePack implementation given, for example `new Packr({ useRecords: false })` of msgpackr.
 * It must write plain MessagePack: no extension types, `undefined` members left out.
 */
export function messagePackCodec(library: {
  pack(value: unknown): Uint8Array;
  unpack(bytes: Uint8Array): unknown;
}): Codec {
  return {
    subprotocol: 'afterclick.v1.msgpack',
    encode: (message) => library.pack(message),
    decode: (frame) => library.unpack(new Uint8Array(frame as ArrayBuffer)),
  };
}

/** Bytes that `frame` takes on the wire, headers not counted. Exact only above a third of `exactAboveBytes`; cheap below. */
export function frameBytes(frame: string | Uint8Array, exactAboveBytes: number): number {
  if (typeof frame !== 'string') return frame.byteLength;
  // A UTF-16 unit never takes more than three bytes of UTF-8.
  return frame.length * 3 <= exactAboveBytes ? frame.length : new TextEncoder().encode(frame).byteLength;
}

/** A value as it goes on the wire, or why it cannot. */
export type PlainCopy<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/**
 * A copy of a map that is the client's own, so that nobody changes what waits to be sent: what JSON makes of it, frozen. What
 * has no JSON, or what no gateway would decode, is a problem: it is found here, and not when the frame is made.
 */
export function plainCopy<T extends object>(value: T): PlainCopy<T> {
  try {
    const copy = JSON.parse(JSON.stringify(value), frozen) as unknown;
    if (typeof copy !== 'object' || copy === null || Array.isArray(copy))
      return { ok: false, problem: 'it is not a map' };
    if (depthOf(copy) > DEPTH_MAX) return { ok: false, problem: `it is nested deeper than ${DEPTH_MAX}` };
    return { ok: true, value: copy as T };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message.split('\n', 1)[0] : String(error) };
  }
}

function frozen(key: string, member: unknown): unknown {
  if (key === '__proto__') throw new Error('it has a key named __proto__');
  return Object.freeze(member);
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
