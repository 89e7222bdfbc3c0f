import { Packr, Unpackr } from 'msgpackr';
import { readJson } from './json-text.js';
import { ENTRIES_MAX } from './limits.js';
import { scanMsgpack } from './msgpack-scan.js';
import type { Subprotocol } from './version.js';

/**
 * Bytes of one frame to one message and back, for both subprotocols. Nothing here throws: what does not decode is a
 * value that says why. A decoded message is a plain object with string keys, none of them `__proto__`, all of whose texts are
 * valid Unicode; its fields are not checked (`validate.ts` does that), and it shares no memory with the frame.
 */
export type Decoded =
  | { readonly ok: true; readonly message: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false;
      /** `invalid_field`: the frame decodes, and `problem` names the text in it that is not valid Unicode. */
      readonly code: 'malformed' | 'invalid_field';
      readonly problem: string;
      /** What was decoded of such a frame: its `seq` or `id` says which message is refused. */
      readonly message?: Readonly<Record<string, unknown>>;
    };

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

function malformed(problem: string): Decoded {
  return { ok: false, code: 'malformed', problem };
}

/** MessagePack without extensions, records or shared structures: any client decodes it. */
export const msgpackCodec: Codec = {
  subprotocol: 'afterclick.v1.msgpack',
  binary: true,
  decode(frame) {
    const found = scanMsgpack(frame);
    if (found !== undefined && !found.isOfText) return malformed(found.problem);
    try {
      const message: Readonly<Record<string, unknown>> = unpackr.unpack(frame);
      return found === undefined
        ? { ok: true, message }
        : { ok: false, code: 'invalid_field', problem: found.problem, message };
    } catch (error) {
      return malformed((error as Error).message);
    }
  },
  encode: (message) => packr.pack(message),
};

const toUtf8 = new TextEncoder();

export function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const jsonCodec: Codec = {
  subprotocol: 'afterclick.v1.json',
  binary: false,
  decode(frame) {
    const json = readJson(frame, ENTRIES_MAX);
    if (!json.ok) {
      const { code, problem, value } = json;
      return { ok: false, code, problem, ...(isPlainMap(value) && { message: value }) };
    }
    return isPlainMap(json.value) ? { ok: true, message: json.value } : malformed('not a JSON object');
  },
  encode: (message) => toUtf8.encode(JSON.stringify(message)),
};

/** The codec of a subprotocol that was agreed on. */
export function codecOf(subprotocol: Subprotocol): Codec {
  return subprotocol === 'afterclick.v1.msgpack' ? msgpackCodec : jsonCodec;
}
