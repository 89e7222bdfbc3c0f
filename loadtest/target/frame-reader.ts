/** Opcodes of RFC 6455 that a client meets. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame longer than this is not one of the gateway's. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** Hears each frame. `payload` is borrowed: it is only valid during the call. */
export type FrameListener = (opcode: number, payload: Uint8Array) => void;

/**
 * Takes a server's bytes apart into frames. What arrives whole is not copied; the rest of a frame that comes in pieces is kept
 * until it is whole. Frames are whole messages: the gateway sends no fragments.
 */
export class FrameReader {
  readonly #listener: FrameListener;
  #kept: Uint8Array | undefined;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** @returns what is wrong with the bytes; undefined when nothing is. After a problem nothing more may be read. */
  read(arrived: Uint8Array): string | undefined {
    const bytes = this.#kept === undefined ? arrived : Buffer.concat([this.#kept, arrived]);
    this.#kept = undefined;
    let at = 0;
    while (at < bytes.length) {
      const header = headerAt(bytes, at);
      if (header === undefined) break;
      const { start, length } = header;
      if ((bytes[at] & 0x70) !== 0 || (bytes[at] & 0x80) === 0 || length > FRAME_BYTES_MAX)
        return `a frame that begins with ${bytes[at]} and has ${length} bytes`;
      if (start + length > bytes.length) break;
      this.#listener(bytes[at] & 0x0f, bytes.subarray(start, start + length));
      at = start + length;
    }
    // A copy: what arrived is borrowed, and a Buffer's own `slice` would share it.
    if (at < bytes.length) this.#kept = Uint8Array.from(bytes.subarray(at));
    return undefined;
  }
}

/** Where the payload begins and how long it is; reused, so valid until the next call. */
const found = { start: 0, length: 0 };

function headerAt(bytes: Uint8Array, at: number): Readonly<typeof found> | undefined {
  const left = bytes.length - at;
  if (left < 2) return undefined;
  const short = bytes[at + 1] & 0x7f;
  if (short < 126) {
    found.start = at + 2;
    found.length = short;
    return found;
  }
  const size = short === 126 ? 2 : 8;
  if (left < 2 + size) return undefined;
  let length = 0;
  for (let i = 0; i < size; i++) length = length * 256 + bytes[at + 2 + i];
  found.start = at + 2 + size;
  found.length = length;
  return found;
}

/**
 * A client's frame of one whole message. Its mask is four zeros, which leaves the payload as it is: the mask guards proxies
 * against pages, and there is no page here.
 */
export function clientFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const size = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + size + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127);
  if (size === 2) frame.writeUInt16BE(length, 2);
  else if (size === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(payload, 2 + size + 4);
  return frame;
}
