const HEAD_END = '\r\n\r\n';
const TEXT = 1;

/** What a gateway sends on one connection, read as the messages of a WebSocket with text frames; anything else is passed over. */
export class WireFrames {
  #bytes = Buffer.alloc(0);
  /** Undefined: the answer to the upgrade has not come. */
  #isSocket: boolean | undefined;

  /** The messages that end with these bytes. */
  take(bytes: Buffer): Record<string, unknown>[] {
    if (this.#isSocket === false) return [];
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (this.#isSocket === undefined && !this.#takeHead()) return [];
    const messages: Record<string, unknown>[] = [];
    for (let text = this.#takeFrame(); text !== undefined; text = this.#takeFrame())
      if (text !== '') messages.push(JSON.parse(text) as Record<string, unknown>);
    return messages;
  }

  #takeHead(): boolean {
    const end = this.#bytes.indexOf(HEAD_END);
    if (end < 0) return false;
    this.#isSocket = this.#bytes.subarray(0, 12).toString() === 'HTTP/1.1 101';
    this.#bytes = this.#bytes.subarray(end + HEAD_END.length);
    return this.#isSocket;
  }

  /** The text of the next frame, '' for one of another kind; undefined when it is not whole. A server's frames have no mask. */
  #takeFrame(): string | undefined {
    const frame = this.#bytes;
    if (frame.length < 2) return undefined;
    let from = 2;
    let length = frame[1] & 0x7f;
    if (length === 126) {
      if (frame.length < 4) return undefined;
      length = frame.readUInt16BE(2);
      from = 4;
    } else if (length === 127) {
      if (frame.length < 10) return undefined;
      length = Number(frame.readBigUInt64BE(2));
      from = 10;
    }
    if (frame.length < from + length) return undefined;
    this.#bytes = frame.subarray(from + length);
    return (frame[0] & 0x0f) === TEXT ? frame.toString('utf8', from, from + length) : '';
  }
}
