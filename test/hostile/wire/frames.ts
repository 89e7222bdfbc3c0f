/** Opcodes of RFC 6455. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameShape {
  readonly opcode?: number;
  /** False: more fragments follow. */
  readonly isFinal?: boolean;
  /** Length that the header claims, when it is not the payload's. */
  readonly claimedBytes?: number;
  readonly isMasked?: boolean;
  /** Reserved bits, 0 … 7. */
  readonly reserved?: number;
}

/** A frame as a client sends it; whatever may be wrong with it is the caller's wish. The mask is 0: the payload reads as it is. */
export function clientFrame(payload: Uint8Array | string, shape: FrameShape = {}): Buffer {
  const { opcode = typeof payload === 'string' ? OPCODE.text : OPCODE.binary, isFinal = true } = shape;
  const { isMasked = true, reserved = 0 } = shape;
  const body = Buffer.from(payload as Uint8Array);
  const bytes = shape.claimedBytes ?? body.length;
  const head = Buffer.alloc(14);
  head[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  let at = 2;
  if (bytes < 126) head[1] = bytes;
  else if (bytes < 65_536) {
    head[1] = 126;
    at = head.writeUInt16BE(bytes, 2);
  } else {
    head[1] = 127;
    at = head.writeBigUInt64BE(BigInt(bytes), 2);
  }
  if (isMasked) {
    head[1] |= 0x80;
    at += 4;
  }
  return Buffer.concat([head.subarray(0, at), body]);
}

export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Takes the frames of a server out of its bytes, whatever pieces they come in. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Frames that are complete now; payloads are views of `bytes`. */
  take(bytes: Buffer): ServerFrame[] {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: ServerFrame[] = [];
    for (let at = 0; ;) {
      const frame = frameAt(this.#rest, at);
      if (frame === undefined) {
        this.#rest = this.#rest.subarray(at);
        return frames;
      }
      frames.push(frame);
      at = frame.end;
    }
  }
}

function frameAt(bytes: Buffer, at: number): (ServerFrame & { readonly end: number }) | undefined {
  if (bytes.length < at + 2) return undefined;
  const short = bytes[at + 1] & 0x7f;
  const from = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
  if (bytes.length < from) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  const end = from + length;
  if (bytes.length < end) return undefined;
  return { opcode: bytes[at] & 0x0f, payload: bytes.subarray(from, end), end };
}
