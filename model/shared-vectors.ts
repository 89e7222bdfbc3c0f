/** Item vectors and nearest items, shared by all threads; written on the gateway thread by `PlacedBundle` alone. */
export interface SharedVectors {
  readonly itemMax: number;
  readonly width: number;
  readonly similarCount: number;
  /** Float32 [itemMax, width], row-major, by item index: unit length, or zeros for an item without a vector. */
  readonly vectors: SharedArrayBuffer;
  /** Int32 [itemMax, similarCount]: 1 + index of the nearest items, best first; 0 ends the list, and is what untouched rows hold. */
  readonly similar: SharedArrayBuffer;
}

/** Makes the buffers, empty. They are address space only: a page becomes resident when a row in it is written. */
export function createSharedVectors(itemMax: number, width: number, similarCount: number): SharedVectors {
  return {
    itemMax,
    width,
    similarCount,
    vectors: new SharedArrayBuffer(itemMax * width * 4),
    similar: new SharedArrayBuffer(itemMax * similarCount * 4),
  };
}

/** A thread's reader of the vectors: live views of shared memory, never to be written. */
export class VectorView {
  readonly width: number;
  readonly similarCount: number;
  /** Float32 [itemMax, width]. */
  readonly vectors: Float32Array;
  /** Int32 [itemMax, similarCount], index + 1 as in `SharedVectors`. */
  readonly similar: Int32Array;

  constructor(shared: SharedVectors) {
    this.width = shared.width;
    this.similarCount = shared.similarCount;
    this.vectors = new Float32Array(shared.vectors);
    this.similar = new Int32Array(shared.similar);
  }
}
