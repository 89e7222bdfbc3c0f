const toUtf8 = new TextEncoder();
/** UTF-8 bytes that one UTF-16 unit can take. */
const UTF8_UNIT_BYTES = 3;

/**
 * Writes MessagePack values one after another into one buffer that is used again and again. It exists because a list is
 * written for every click: four times as fast as packing an object (`test/bench/click.bench.mjs`), and without one.
 * `bytes(from)` is borrowed: valid until the next write at or before its end.
 */
export class MsgpackWriter {
  #buffer = new Uint8Array(16_384);
  #view = new DataView(this.#buffer.buffer);
  /** Where the next value goes; set it back to write over what follows. */
  at = 0;

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.at);
  }

  /** Bytes written before, such as a prefabricated key and value. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  map(size: number): void {
    this.#head(size, 0x80, 0xde);
  }

  array(length: number): void {
    this.#head(length, 0x90, 0xdc);
  }

  string(text: string): void {
    this.#reserve(5 + text.length * UTF8_UNIT_BYTES);
    const start = this.at;
    if (text.length < 32) {
      let at = start + 1;
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (unit >= 0x80) return this.#wideString(text);
        this.#buffer[at++] = unit;
      }
      this.#buffer[start] = 0xa0 | text.length;
      this.at = at;
    } else this.#wideString(text);
  }

  /** A whole number of 0 or more; beyond 2^32 − 1 as float64, as JavaScript encoders write it. */
  unsigned(value: number): void {
    this.#reserve(9);
    if (value < 0x80) this.#buffer[this.at++] = value;
    else if (value < 0x100) this.#typed8(0xcc, value);
    else if (value < 0x10000) {
      this.#buffer[this.at] = 0xcd;
      this.#view.setUint16(this.at + 1, value);
      this.at += 3;
    } else if (value <= 0xffffffff) {
      this.#buffer[this.at] = 0xce;
      this.#view.setUint32(this.at + 1, value);
      this.at += 5;
    } else this.#float64(value);
  }

  /** Writes the head of a map of less than 16 members over the byte at `at`. */
  headAt(at: number, size: number): void {
    this.#buffer[at] = 0x80 | size;
  }

  /** A number, a boolean, a text or a list of texts. */
  value(value: string | number | boolean | readonly string[]): void {
    if (typeof value === 'string') this.string(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'boolean') {
      this.#reserve(1);
      this.#buffer[this.at++] = value ? 0xc3 : 0xc2;
    } else {
      this.array(value.length);
      for (let i = 0; i < value.length; i++) this.string(value[i]);
    }
  }

  float32(value: number): void {
    this.#reserve(5);
    this.#buffer[this.at] = 0xca;
    this.#view.setFloat32(this.at + 1, value);
    this.at += 5;
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0) && value >= 0) return this.unsigned(value);
    this.#reserve(9);
    this.#float64(value);
  }

  #float64(value: number): void {
    this.#buffer[this.at] = 0xcb;
    this.#view.setFloat64(this.at + 1, value);
    this.at += 9;
  }

  #typed8(type: number, value: number): void {
    this.#buffer[this.at++] = type;
    this.#buffer[this.at++] = value;
  }

  #wideString(text: string): void {
    const start = this.at;
    const { written } = toUtf8.encodeInto(text, this.#buffer.subarray(start + 3));
    this.#buffer[start] = 0xda;
    this.#view.setUint16(start + 1, written);
    this.at = start + 3 + written;
  }

  #head(size: number, fixed: number, wide: number): void {
    this.#reserve(3);
    if (size < 16) this.#buffer[this.at++] = fixed | size;
    else {
      this.#buffer[this.at] = wide;
      this.#view.setUint16(this.at + 1, size);
      this.at += 3;
    }
  }

  #reserve(more: number): void {
    if (this.at + more <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.at + more));
    grown.set(this.#buffer.subarray(0, this.at));
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}
