const GROWTH_BYTES = 65_536;
const ZEROS = Buffer.alloc(65_536);

/** The content of a file. Only what is before its last byte that is not zero takes memory. */
export class FileImage {
  size: number;
  #bytes: Buffer;
  /** All behind this is zero. */
  #used: number;

  constructor(bytes: Buffer = Buffer.alloc(0), used = 0, size = 0) {
    this.#bytes = bytes;
    this.#used = used;
    this.size = size;
  }

  copy(): FileImage {
    return new FileImage(Buffer.from(this.#bytes.subarray(0, this.#used)), this.#used, this.size);
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    this.size = Math.max(this.size, end);
    if (at >= this.#used && isZero(bytes)) return;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(bytes, at);
    this.#used = Math.max(this.#used, end);
  }

  truncate(size: number): void {
    this.size = size;
    if (size >= this.#used) return;
    this.#bytes.fill(0, size, this.#used);
    this.#used = size;
  }

  /** A view: what is not zero at the end; `size` says how long the file is. */
  get content(): Buffer {
    return this.#bytes.subarray(0, this.#used);
  }

  #grow(least: number): void {
    const bytes = Buffer.alloc(Math.max(least, this.#bytes.length * 2, GROWTH_BYTES));
    this.#bytes.copy(bytes, 0, 0, this.#used);
    this.#bytes = bytes;
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}
