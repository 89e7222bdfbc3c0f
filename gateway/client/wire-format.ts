import type { ClientMessage } from '../protocol/messages.js';
import type { Subprotocol } from '../protocol/version.js';

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
