import { Packr, Unpackr } from 'msgpackr';
import { DEPTH_MAX, scanMsgpack } from './msgpack-scan.js';
import type { Subprotocol } from './version.js';

/**
 * Bytes of one frame to one message and back, for both subprotocols. Nothing here throws: what does not decode is a
 * value that says why. A decoded message is a plain object with string keys, none of them `__proto__`; its fields are not
 * checked (`validate.ts` does that), and it shares no memory with the frame.
 */
export type Decoded =
  | { readonly ok: true; readonly message: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly problem: string };

export interface Codec {
  readonly subprotocol: Subprotocol;
  /** True when messages travel in binary frames; a frame of the other kind is an error. */
  readonly binary: boolean;
  /** @param frame the payload; only read during the call. */
  decode(frame: Uint8Array): Decoded;
  /** @returns the payload, the caller's to keep. Integers beyond 2^32 − 1 become float64 in MessagePack. */
  encode(message: object): Uint8Array;
}

const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

function refused(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

/** MessagePack without extensions, records or shared structures: any client decodes it. */
export const msgpackCodec: Codec = {
  subprotocol: 'afterclick.v1.msgpack',
  binary: true,
  decode(frame) {
    const problem = scanMsgpack(frame);
    if (problem !== undefined) return refused(problem);
    try {
      return { ok: true, message: unpackr.unpack(frame) };
    } catch (error) {
      return refused((error as Error).message);
    }
  },
  encode: (message) => packr.pack(message),
};

const fromUtf8 = new TextDecoder('utf-8', { fatal: true });
const toUtf8 = new TextEncoder();

/** Deepest nesting of brackets outside strings. */
function depthOfJson(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (quoted) {
      if (unit === 92) i++;
      else if (unit === 34) quoted = false;
    } else if (unit === 34) quoted = true;
    else if (unit === 123 || unit === 91) deepest = Math.max(deepest, ++depth);
    else if (unit === 125 || unit === 93) depth--;
  }
  return deepest;
}

function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  return Object.values(value).some(hasProtoKey);
}

/** Only these texts can hold the key: as it is, or with an escaped letter. */
function mayHoldProtoKey(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u');
}

/** A JSON value, or why the bytes are none. */
export type JsonText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/** Reads UTF-8 JSON of any type, with the bounds of a message. */
export function readJson(bytes: Uint8Array): JsonText {
  try {
    const text = fromUtf8.decode(bytes);
    if (depthOfJson(text) > DEPTH_MAX) return { ok: false, problem: `nested deeper than ${DEPTH_MAX}` };
    const value: unknown = JSON.parse(text);
    return mayHoldProtoKey(text) && hasProtoKey(value)
      ? { ok: false, problem: 'a key named __proto__' }
      : { ok: true, value };
  } catch (error) {
    return { ok: false, problem: (error as Error).message };
  }
}

export function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const jsonCodec: Codec = {
  subprotocol: 'afterclick.v1.json',
  binary: false,
  decode(frame) {
    const json = readJson(frame);
    if (!json.ok) return json;
    return isPlainMap(json.value) ? { ok: true, message: json.value } : refused('not a JSON object');
  },
  encode: (message) => toUtf8.encode(JSON.stringify(message)),
};

/** The codec of a subprotocol that was agreed on. */
export function codecOf(subprotocol: Subprotocol): Codec {
  return subprotocol === 'afterclick.v1.msgpack' ? msgpackCodec : jsonCodec;
}
