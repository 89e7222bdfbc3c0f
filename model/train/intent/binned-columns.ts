/** Bins of a column, at most: what a Uint8 tells apart is more than trees need. */
export const BINS_MAX = 32;

/** Columns of numbers as bins of about equal counts, for trees that look for the best border between two. */
export interface BinnedColumns {
  /** By column, ascending: bin b + 1 begins at `borders[column][b]`. */
  readonly borders: readonly (readonly number[])[];
  /** By column, Uint8 [rows]: the bin of each row. */
  readonly bins: readonly Uint8Array[];
}

/** @param features Float64 [rows, width], row-major */
export function binColumns(features: Float64Array, width: number): BinnedColumns {
  const rows = features.length / width;
  const columns = Array.from({ length: width }, (_, column) =>
    Float64Array.from({ length: rows }, (_, row) => features[row * width + column]),
  );
  const borders = columns.map(bordersOf);
  return {
    borders,
    bins: columns.map((column, i) => column.reduce(binInto(borders[i]), new Uint8Array(rows))),
  };
}

function bordersOf(column: Float64Array): number[] {
  const sorted = column.toSorted();
  const borders: number[] = [];
  for (let bin = 1; bin < BINS_MAX; bin++) {
    const value = sorted[Math.floor((bin * sorted.length) / BINS_MAX)];
    if (value > (borders.at(-1) ?? sorted[0])) borders.push(value);
  }
  return borders;
}

function binInto(borders: readonly number[]): (bins: Uint8Array, value: number, row: number) => Uint8Array {
  return (bins, value, row) => {
    let bin = 0;
    while (bin < borders.length && value >= borders[bin]) bin++;
    bins[row] = bin;
    return bins;
  };
}
