/** A piece of a shape: so many seconds, in which the rate goes evenly from one value to another. */
export interface RatePiece {
  /** The last piece of a shape may be endless (`Infinity`), with an even rate. */
  readonly seconds: number;
  readonly fromPerSec: number;
  readonly toPerSec: number;
}

/** How many requests a second are due, over time: pieces that follow one another. */
export type RateShape = readonly RatePiece[];

/** The same rate all the time. */
export function evenRate(ratePerSec: number, seconds = Infinity): RateShape {
  return [{ seconds, fromPerSec: ratePerSec, toPerSec: ratePerSec }];
}

/** Requests due in all of a shape. */
export function dueIn(shape: RateShape): number {
  return shape.reduce((sum, piece) => sum + areaOf(piece), 0);
}

/** Seconds of a shape. */
export function lengthOf(shape: RateShape): number {
  return shape.reduce((sum, piece) => sum + piece.seconds, 0);
}

/** The second at which so many requests, with fractions, have fallen due; `Infinity` behind the end of the shape. */
export function timeOfCount(shape: RateShape, count: number): number {
  let [startSec, left] = [0, count];
  for (const piece of shape) {
    const area = areaOf(piece);
    if (left <= area) return startSec + timeWithin(piece, left);
    startSec += piece.seconds;
    left -= area;
  }
  return Infinity;
}

function areaOf({ seconds, fromPerSec, toPerSec }: RatePiece): number {
  return ((fromPerSec + toPerSec) / 2) * seconds;
}

/** Solves `from·t + slope·t²/2 = count`, in the form that is exact for a slope of 0 too. */
function timeWithin({ seconds, fromPerSec, toPerSec }: RatePiece, count: number): number {
  if (count === 0) return 0;
  const slope = (toPerSec - fromPerSec) / seconds;
  return (2 * count) / (fromPerSec + Math.sqrt(Math.max(0, fromPerSec ** 2 + 2 * slope * count)));
}
