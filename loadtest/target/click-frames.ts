import type { EventName } from '../../gateway/protocol/messages.js';
import { OPCODE } from './frame-reader.js';

const bytesOf = (text: string): number[] => [...Buffer.from(text, 'latin1')];
/** `{t: 'event', seq:` of MessagePack; a uint32 follows. */
const HEAD = [0x84, 0xa1, ...bytesOf('t'), 0xa5, ...bytesOf('event'), 0xa3, ...bytesOf('seq'), 0xce];
/** Where the four bytes of `seq` stand behind the head. */
const SEQ_BYTES = 4;
/** Texts of up to 31 bytes have one byte before them; longer ones two. */
const SHORT_TEXT = 31;
const HEADER_MAX = 8;

/** The tail of the message of a click: the event's name and the item. The last ones are kept, for popular items come often. */
const tails = new Map<string, Uint8Array>();
const TAILS_MAX = 50_000;

/** A masked frame with the message of a click in MessagePack, as the codec would write it; the caller's. */
export function clickFrame(seq: number, e: EventName, item: string): Uint8Array {
  const tail = tailOf(e, item);
  const length = HEAD.length + SEQ_BYTES + tail.length;
  const frame = Buffer.allocUnsafe(HEADER_MAX + length);
  let at = 0;
  frame[at++] = 0x80 | OPCODE.binary;
  if (length < 126) frame[at++] = 0x80 | length;
  else {
    frame[at++] = 0x80 | 126;
    frame[at++] = length >>> 8;
    frame[at++] = length & 0xff;
  }
  for (let i = 0; i < 4; i++) frame[at++] = 0;
  for (const byte of HEAD) frame[at++] = byte;
  at = frame.writeUInt32BE(seq, at);
  frame.set(tail, at);
  return frame.subarray(0, at + tail.length);
}

function tailOf(e: EventName, item: string): Uint8Array {
  const key = `${e}\n${item}`;
  const kept = tails.get(key);
  if (kept !== undefined) return kept;
  if (tails.size >= TAILS_MAX) tails.clear();
  const tail = Uint8Array.from([0xa1, ...bytesOf('e'), ...text(e), 0xa4, ...bytesOf('item'), ...text(item)]);
  tails.set(key, tail);
  return tail;
}

function text(value: string): number[] {
  const bytes = [...Buffer.from(value, 'utf8')];
  if (bytes.length <= SHORT_TEXT) return [0xa0 | bytes.length, ...bytes];
  return bytes.length < 256
    ? [0xd9, bytes.length, ...bytes]
    : [0xda, bytes.length >>> 8, bytes.length & 0xff, ...bytes];
}
