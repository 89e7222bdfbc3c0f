import { StartupError } from '../../metrics/process/startup-error.js';
import { createSharedMemory, type RoomyMemory } from './shared-memory.js';

/** Where an item's vector is from. */
export const VECTOR_ORIGIN = { none: 0, learned: 1, content: 2, category: 3 } as const;

/** New items that shards look at on a click: those put last. */
export const NEW_ITEMS_MAX = 256;

/** Item vectors and nearest items, shared by all threads; written on the gateway thread by `PlacedBundle` alone. */
export interface SharedVectors extends RoomyMemory {
  // The memory begins with the vectors, see `itemVectors`; each thread's kernel takes a room of its own behind them.
  readonly itemMax: number;
  readonly width: number;
  readonly similarCount: number;
  /** Int32 [itemMax, similarCount]: 1 + index of the nearest items, best first; 0 ends the list, and is what untouched rows hold. */
  readonly similar: SharedArrayBuffer;
  /** Uint8 [itemMax]: `VECTOR_ORIGIN` of each vector. */
  readonly origin: SharedArrayBuffer;
  /**
   * Int32 [1 + NEW_ITEMS_MAX]: how many items placed by their content were noted, then their indices round and round, the n-th
   * (from 0) in place `1 + n mod NEW_ITEMS_MAX`. An item comes once; it may have left the catalogue.
   */
  readonly newItems: SharedArrayBuffer;
}

/** Bytes that vectors may take, so that the kernels of all threads have room behind them. */
const VECTOR_BYTES_MAX = 4_000_000_000;

/**
 * Makes the buffers, empty. They are address space only: a page becomes resident when a row in it is written. Throws a
 * `StartupError` when the vectors are more than threads can share.
 */
export function createSharedVectors(itemMax: number, width: number, similarCount: number): SharedVectors {
  if (itemMax * width * 4 > VECTOR_BYTES_MAX)
    throw new StartupError('bundle_invalid', [
      `vectors of ${width} numbers for ${itemMax} items take ${itemMax * width * 4} bytes, more than the ${VECTOR_BYTES_MAX} that threads can share; lower AFTERCLICK_ITEMS_MAX, or train a narrower bundle`,
    ]);
  return {
    itemMax,
    width,
    similarCount,
    ...createSharedMemory(itemMax * width * 4),
    similar: new SharedArrayBuffer(itemMax * similarCount * 4),
    origin: new SharedArrayBuffer(itemMax),
    newItems: new SharedArrayBuffer((1 + NEW_ITEMS_MAX) * 4),
  };
}

/** Float32 [itemMax, width], row-major, by item index: unit length, or zeros for an item without a vector. A live view. */
export function itemVectors({ memory, itemMax, width }: SharedVectors): Float32Array {
  return new Float32Array(memory.buffer, 0, itemMax * width);
}

/** A thread's reader of the vectors: live views of shared memory, never to be written. */
export class VectorView {
  readonly width: number;
  readonly similarCount: number;
  /** Float32 [itemMax, width]. */
  readonly vectors: Float32Array;
  /** Int32 [itemMax, similarCount], index + 1 as in `SharedVectors`. */
  readonly similar: Int32Array;
  /** Uint8 [itemMax]. */
  readonly origin: Uint8Array;
  /** Int32 [1 + NEW_ITEMS_MAX]. */
  readonly newItems: Int32Array;

  constructor(shared: SharedVectors) {
    this.width = shared.width;
    this.similarCount = shared.similarCount;
    this.vectors = itemVectors(shared);
    this.similar = new Int32Array(shared.similar);
    this.origin = new Uint8Array(shared.origin);
    this.newItems = new Int32Array(shared.newItems);
  }
}
