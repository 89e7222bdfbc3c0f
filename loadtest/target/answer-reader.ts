/** What an answer's head says of its body. */
interface Head {
  readonly status: number;
  /** Of the body; undefined for a body in chunks. */
  readonly bytes: number | undefined;
}

/** No answer's head is longer. */
const HEAD_BYTES_MAX = 64 * 1024;

/**
 * Reads the answers of one HTTP/1.1 connection, one at a time, as far as load needs it: the status, and where the answer ends. The
 * body is not kept.
 */
export class AnswerReader {
  readonly #answered: (status: number) => void;
  #text = '';
  #head: Head | undefined;
  #bodyBytes = 0;

  constructor(answered: (status: number) => void) {
    this.#answered = answered;
  }

  /** @returns what is wrong with the bytes; undefined when nothing is. */
  read(bytes: Uint8Array): string | undefined {
    if (this.#head !== undefined && this.#head.bytes !== undefined) {
      this.#bodyBytes += bytes.length;
      return this.#finish(this.#head.bytes);
    }
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    if (this.#head === undefined) {
      const end = this.#text.indexOf('\r\n\r\n');
      if (end < 0) return this.#text.length > HEAD_BYTES_MAX ? 'a head without an end' : undefined;
      this.#head = headOf(this.#text.slice(0, end + 2));
      if (this.#head === undefined) return `no HTTP answer: ${this.#text.slice(0, 80)}`;
      this.#text = this.#text.slice(end + 4);
    }
    if (this.#head.bytes === undefined) return this.#finishChunks();
    this.#bodyBytes = this.#text.length;
    return this.#finish(this.#head.bytes);
  }

  #finish(expected: number): string | undefined {
    if (this.#bodyBytes < expected) return undefined;
    return this.#bodyBytes > expected ? 'more than one answer' : this.#done();
  }

  /** The last chunk has no bytes. */
  #finishChunks(): string | undefined {
    return this.#text.endsWith('0\r\n\r\n') ? this.#done() : undefined;
  }

  #done(): undefined {
    const status = this.#head?.status ?? 0;
    this.#head = undefined;
    this.#text = '';
    this.#bodyBytes = 0;
    this.#answered(status);
  }
}

function headOf(text: string): Head | undefined {
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text);
  if (status === null) return undefined;
  const bytes = /\r\ncontent-length: *(\d+)\r\n/i.exec(text);
  const isChunked = /\r\ntransfer-encoding: *chunked\r\n/i.test(text);
  const length = bytes === null ? 0 : Number(bytes[1]);
  return { status: Number(status[1]), bytes: isChunked ? undefined : length };
}
