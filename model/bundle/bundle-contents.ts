import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import type { BundleManifest } from './bundle-manifest.js';
import type { Item } from '../catalogue/shared-catalogue.js';
import type { ContentWeights } from '../content/content-projection.js';
import {
  purchaseHeadProblem,
  purchaseHeadSchema,
  type PurchaseHeadWeights,
} from '../intent/purchase-head.js';
import { returnHeadProblem, returnHeadSchema, type ReturnHeadWeights } from '../intent/return-head.js';
import { firstProblem } from '../catalogue/item.js';
import { parseItemsNdjson } from './items-ndjson.js';
import { EVENT_KIND_COUNT } from '../scorer/step-shape.js';

/** Bytes that `items.ndjson.gz` may unpack to. */
const ITEMS_BYTES_MAX = 256 * 1024 * 1024;
/** How far the squared length of a vector may be from 1. */
const UNIT_TOLERANCE = 1e-3;

/** Reads the contents of a bundle's files and collects what is wrong with them; a file with a problem reads as undefined. */
export class BundleContents {
  readonly problems: string[] = [];
  readonly #folder: string;
  readonly #shape: BundleManifest['shape'];
  readonly #advice: string;

  constructor(folder: string, { shape }: BundleManifest, advice: string) {
    this.#folder = folder;
    this.#shape = shape;
    this.#advice = advice;
  }

  vectors(bytes: Uint8Array): Float32Array | undefined {
    const { items, width } = this.#shape;
    if (!this.#hasShape('vectors.f32', bytes, items, width)) return undefined;
    const vectors = new Float32Array(aligned(bytes));
    for (let row = 0; row < items; row++) {
      const square = squaredLength(vectors, row * width, width);
      if (square === 0 || Math.abs(square - 1) <= UNIT_TOLERANCE) continue;
      return this.#problem(
        'vectors.f32',
        `expected row ${row} to be of length 1 or 0`,
        `length ${Math.sqrt(square)}`,
      );
    }
    return vectors;
  }

  similar(bytes: Uint8Array): Int32Array | undefined {
    const { items, similar } = this.#shape;
    if (!this.#hasShape('similar.i32', bytes, items, similar)) return undefined;
    const rows = new Int32Array(aligned(bytes));
    const wrong = rows.findIndex((row) => row < -1 || row >= items);
    if (wrong < 0) return rows;
    return this.#problem(
      'similar.i32',
      `expected rows −1 to ${items - 1}`,
      `${rows[wrong]} for item ${Math.floor(wrong / similar)}`,
    );
  }

  items(bytes: Uint8Array): readonly Item[] | undefined {
    const name = 'items.ndjson.gz';
    let text: string;
    try {
      text = gunzipSync(bytes, { maxOutputLength: ITEMS_BYTES_MAX }).toString('utf8');
    } catch (error) {
      return this.#problem(
        name,
        `expected gzip of at most ${ITEMS_BYTES_MAX} bytes`,
        (error as Error).message,
      );
    }
    const { items, errors, refusedCount } = parseItemsNdjson(text);
    if (refusedCount > 0) {
      return this.#problem(
        name,
        'expected an item in every line',
        `${refusedCount} that are none, first line ${errors[0].line}: ${errors[0].message}`,
      );
    }
    if (items.length !== this.#shape.items)
      return this.#problem(name, `expected ${this.#shape.items} items`, `${items.length}`);
    const ids = new Set(items.map(({ id }) => id));
    return ids.size === items.length
      ? items
      : this.#problem(name, 'expected every id once', `${items.length - ids.size} repeated`);
  }

  history(bytes: Uint8Array): Uint32Array | undefined {
    const name = 'history.u32';
    if (bytes.byteLength < 4 || bytes.byteLength % 4 !== 0)
      return this.#problem(name, 'expected uint32 words', `${bytes.byteLength} bytes`);
    const history = new Uint32Array(aligned(bytes));
    const wrong = historyProblem(history, this.#shape.items);
    return wrong === undefined
      ? history
      : this.#problem(name, 'expected whole sessions of item rows and event kinds', wrong);
  }

  contentText(bytes: Uint8Array): ContentWeights['text'] {
    const { content, width } = this.#shape;
    const buckets = content?.buckets ?? 0;
    const name = 'content-text.f32';
    if (!this.#hasShape(name, bytes, buckets + 1, 1 + width)) return undefined;
    const rows = new Float32Array(aligned(bytes));
    if (!this.#isFinite(name, rows)) return undefined;
    const idf = new Float32Array(buckets);
    const weights = new Float32Array((buckets + 1) * width);
    for (let row = 0; row <= buckets; row++) {
      const at = row * (1 + width);
      if (row < buckets) idf[row] = rows[at];
      weights.set(rows.subarray(at + 1, at + 1 + width), row * width);
    }
    return { idf, weights };
  }

  contentVectors(bytes: Uint8Array): ContentWeights['vectors'] {
    const { content, width } = this.#shape;
    const maps = content?.vectors ?? [];
    const name = 'content-vectors.f32';
    const rows = maps.reduce((sum, { inputs }) => sum + inputs + 1, 0);
    if (!this.#hasShape(name, bytes, rows, width)) return undefined;
    const numbers = new Float32Array(aligned(bytes));
    if (!this.#isFinite(name, numbers)) return undefined;
    let at = 0;
    return maps.map(({ name: vector, inputs, share }) => {
      const weights = numbers.slice(at, (at += (inputs + 1) * width));
      return { name: vector, weights, share };
    });
  }

  /** Weights of the one map of vectors that older bundles have. */
  contentVector(bytes: Uint8Array): Float32Array | undefined {
    const { content, width } = this.#shape;
    const name = 'content-vector.f32';
    if (!this.#hasShape(name, bytes, (content?.inputs ?? 0) + 1, width)) return undefined;
    const weights = new Float32Array(aligned(bytes));
    return this.#isFinite(name, weights) ? weights : undefined;
  }

  purchase(bytes: Uint8Array): PurchaseHeadWeights | undefined {
    return this.#head('purchase.json', bytes, purchaseHeadSchema, purchaseHeadProblem);
  }

  returns(bytes: Uint8Array): ReturnHeadWeights | undefined {
    return this.#head('returns.json', bytes, returnHeadSchema, returnHeadProblem);
  }

  #head<T>(
    name: string,
    bytes: Uint8Array,
    schema: z.ZodType<T>,
    problemOf: (head: T) => string | undefined,
  ): T | undefined {
    let raw: unknown;
    try {
      raw = JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch (error) {
      return this.#problem(name, 'expected JSON', (error as Error).message);
    }
    const { data, error } = schema.safeParse(raw);
    if (error !== undefined) return this.#problem(name, 'expected a head', firstProblem(error));
    const problem = problemOf(data);
    return problem === undefined ? data : this.#problem(name, 'expected what this version knows', problem);
  }

  #isFinite(name: string, numbers: Float32Array): boolean {
    const wrong = numbers.findIndex((number) => !Number.isFinite(number));
    if (wrong >= 0) this.#problem(name, 'expected finite numbers', `${numbers[wrong]} at ${wrong}`);
    return wrong < 0;
  }

  #hasShape(name: string, bytes: Uint8Array, rows: number, columns: number): boolean {
    const type = name.endsWith('.i32') ? 'int32' : 'float32';
    const expected = rows * columns * 4;
    if (bytes.byteLength === expected) return true;
    this.#problem(
      name,
      `expected ${type} [${rows}, ${columns}], ${expected} bytes`,
      `${bytes.byteLength} bytes`,
    );
    return false;
  }

  #problem(name: string, expected: string, found: string): undefined {
    this.problems.push(`${join(this.#folder, name)}: ${expected}, found ${found}; ${this.#advice}`);
  }
}

/** The bytes as a buffer of their own that starts at a multiple of four. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteOffset === 0 && byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** NaN when a number is not finite. */
function squaredLength(vectors: Float32Array, start: number, width: number): number {
  let square = 0;
  for (let i = start; i < start + width; i++) square += vectors[i] * vectors[i];
  return square;
}

function historyProblem(history: Uint32Array, items: number): string | undefined {
  const sessions = history[0];
  let at = 1;
  for (let session = 0; session < sessions; session++) {
    if (at + 2 > history.length) return `${session} sessions of ${sessions}`;
    const length = history[at + 1];
    const rows = at + 2;
    at = rows + 2 * length;
    if (at > history.length) return `session ${session} cut short`;
    for (let i = rows; i < rows + length; i++) {
      if (history[i] >= items) return `row ${history[i]} of ${items} items in session ${session}`;
      if (history[i + length] >= EVENT_KIND_COUNT)
        return `event kind ${history[i + length]} in session ${session}`;
    }
  }
  return at === history.length
    ? undefined
    : `${history.length - at} words after the last of ${sessions} sessions`;
}
