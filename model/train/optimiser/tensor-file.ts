import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import type { TrainingTensors } from './training-hooks.js';

/**
 * Named float32 arrays in one file, in the layout of safetensors (https://github.com/huggingface/safetensors): eight bytes
 * with the length of a JSON header, the header, the values. Arrays are written from where they are and read into where they
 * belong, so a file of any size needs no memory of its own.
 */
interface TensorEntry {
  readonly dtype: 'F32';
  readonly shape: readonly number[];
  /** First and last byte (exclusive), counted from the end of the header. */
  readonly data_offsets: readonly [number, number];
}

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
const HEADER_BYTES_MAX = 1 << 26;
const PIECE_BYTES = 1 << 26;

/** Writes a file that is there whole or not at all, also after power loss; `note` is any text to keep with it. */
export async function writeTensors(path: string, note: string, tensors: TrainingTensors): Promise<void> {
  const beside = `${path}.partial`;
  const file = await open(beside, 'w');
  try {
    const header = Buffer.from(JSON.stringify(headerOf(note, tensors)), 'utf8');
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(header.length);
    await writeAll(file, length);
    await writeAll(file, header);
    for (const values of Object.values(tensors)) await writeAll(file, bytesOf(values));
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(beside, { force: true });
    throw error;
  }
  await file.close();
  await rename(beside, path);
}

function headerOf(note: string, tensors: TrainingTensors): object {
  const header: Record<string, TensorEntry | { note: string }> = { [METADATA]: { note } };
  let at = 0;
  for (const [name, values] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape: [values.length], data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  return header;
}

/** A file that `writeTensors` wrote, opened for reading; close it. */
export class TensorFile {
  readonly note: string;
  readonly #file: FileHandle;
  readonly #entries: Readonly<Record<string, TensorEntry>>;
  readonly #from: number;

  private constructor(file: FileHandle, note: string, entries: Record<string, TensorEntry>, from: number) {
    this.#file = file;
    this.note = note;
    this.#entries = entries;
    this.#from = from;
  }

  /** Rejects when there is no such file, or when it is none of tensors. */
  static async open(path: string): Promise<TensorFile> {
    const file = await open(path, 'r');
    try {
      const length = Buffer.alloc(LENGTH_BYTES);
      await readAll(file, length, 0);
      const headerBytes = length.readUInt32LE();
      if (headerBytes > HEADER_BYTES_MAX) throw new Error('it does not begin with a header');
      const header = Buffer.alloc(headerBytes);
      await readAll(file, header, LENGTH_BYTES);
      const { [METADATA]: metadata, ...entries } = JSON.parse(header.toString('utf8')) as Record<
        string,
        TensorEntry
      > & {
        [METADATA]: { note: string };
      };
      return new TensorFile(file, metadata.note, entries, LENGTH_BYTES + headerBytes);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Fills the arrays. Rejects, before any has changed, when names or lengths are not those of the file. */
  async readInto(tensors: TrainingTensors): Promise<void> {
    const names = Object.keys(tensors);
    const isSame =
      names.length === Object.keys(this.#entries).length &&
      names.every((name) => this.#entries[name]?.shape[0] === tensors[name].length);
    if (!isSame) throw new Error('it holds other arrays than this training has');
    for (const name of names) {
      await readAll(this.#file, bytesOf(tensors[name]), this.#from + this.#entries[name].data_offsets[0]);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
    at += bytesWritten;
  }
}

async function readAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE_BYTES, bytes.length - at), position + at);
    if (bytesRead === 0) throw new Error('it is cut short');
    at += bytesRead;
  }
}
