type Field = Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array | Uint16Array | Uint32Array;

/** An array over all places, with so many numbers a place. */
interface PlacedField {
  readonly numbers: Field;
  readonly width: number;
}

/**
 * Gives each row of a table a block of places that lie together, as large as what the row holds asks for, in arrays that all rows
 * share: most users have few nodes. Sizes are few, and each has a region with room for every row, so that there always is a
 * block; what no row has taken yet is memory that nobody touched and costs none. A block that is given back is given out first.
 *
 * Bounds: `rows` blocks of each size. Place 0 is nobody's, and stays zeros: rows without a block begin there.
 */
export class RowBlocks {
  /** Int32 [rows]: place where the block of each row begins. Changes with `reserve` and `release` of the row alone. */
  readonly start: Int32Array;
  /** Places in all: how long an array over them is. */
  readonly places: number;
  readonly #sizes: readonly number[];
  /** First place of each size's region. */
  readonly #regions: readonly number[];
  /** Blocks of each size that were ever given out, and the first places of those given back. */
  readonly #taken: Int32Array;
  readonly #free: readonly number[][];
  /** Uint8 [rows]: number of the size, from 1; 0: no block. */
  readonly #sizeOf: Uint8Array;
  readonly #fields: PlacedField[] = [];

  /**
   * `sizes`: places of a block, rising; those below `max` are used, and `max` itself, the most a row may have. Where all regions together
   * would have more than `placesMax` places, the largest sizes are left out.
   */
  constructor(rows: number, sizes: readonly number[], max: number, placesMax = Infinity) {
    this.#sizes = fitting(rows, sizes.filter((size) => size < max).concat(max), placesMax);
    const regions: number[] = [];
    let end = 1;
    for (const size of this.#sizes) {
      regions.push(end);
      end += size * rows;
    }
    this.#regions = regions;
    this.places = end;
    this.start = new Int32Array(rows);
    this.#sizeOf = new Uint8Array(rows);
    this.#taken = new Int32Array(this.#sizes.length);
    this.#free = this.#sizes.map(() => []);
  }

  /** An array over all places, with `width` numbers a place, that moves along with the blocks. */
  array<F extends Field>(Type: new (length: number) => F, width = 1): F {
    const numbers = new Type(this.places * width);
    this.#fields.push({ numbers, width });
    return numbers;
  }

  /** Places that the row has. */
  roomOf(row: number): number {
    const size = this.#sizeOf[row];
    return size === 0 ? 0 : this.#sizes[size - 1];
  }

  /** Sees to it that the row has `count` places, `max` at most; what its first `used` places hold goes along. */
  reserve(row: number, count: number, used: number): void {
    if (count <= this.roomOf(row)) return;
    let size = 0;
    while (this.#sizes[size] < count) size++;
    const from = this.start[row];
    // What it held is there until somebody else takes the block.
    this.release(row);
    const to = this.#free[size].pop() ?? this.#regions[size] + this.#sizes[size] * this.#taken[size]++;
    this.start[row] = to;
    this.#sizeOf[row] = size + 1;
    if (used === 0) return;
    for (const { numbers, width } of this.#fields)
      numbers.copyWithin(to * width, from * width, (from + used) * width);
  }

  /** Gives the row's block back. */
  release(row: number): void {
    const size = this.#sizeOf[row];
    if (size === 0) return;
    this.#free[size - 1].push(this.start[row]);
    this.start[row] = 0;
    this.#sizeOf[row] = 0;
  }
}

function fitting(rows: number, sizes: readonly number[], placesMax: number): number[] {
  const places = 1 + rows * sizes.reduce((sum, size) => sum + size, 0);
  if (places <= placesMax || sizes.length === 1) return [...sizes];
  return fitting(rows, [...sizes.slice(0, -2), ...sizes.slice(-1)], placesMax);
}
