const FIGURES = 4;

/** A number as whoever reads it wants it. */
export function rounded(value: number): number {
  return Number(value.toPrecision(FIGURES));
}
