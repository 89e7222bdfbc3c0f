import { changeInterval, changeP, NORMAL_Z, studentT } from './significance.js';

/** Periods that a forecast needs. */
const PERIODS_MIN = 4;

/** Counts of one period after the other, and what each was due by: counts are expected to be one multiple of these. */
export interface Course {
  readonly counts: readonly number[];
  readonly due: readonly number[];
}

/** What was counted beside what was expected. */
export interface Lift {
  readonly observed: number;
  readonly expected: number;
  /** Observed ÷ expected, with an interval of 95 %; `null` for one without an end. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number | null;
  /** Of the test, when nothing had changed. */
  readonly p: number;
}

/**
 * What came after, against the forecast that what is counted stays the multiple of what is due that it was before. Ratio, interval and p are
 * those of two Poisson rates, given their sum (Przyborowski and Wilenski 1940, Clopper and Pearson 1934), with counts divided by the
 * dispersion of the periods before (McCullagh and Nelder 1989, quasi-likelihood), which is widened by Student's t, for it is an estimate.
 * @param fitted numbers that `due` was made of from the counts before; 0 for a control of its own
 * @returns undefined where there is too little before, or nothing due after
 */
export function liftOf(before: Course, after: Course, fitted: number): Lift | undefined {
  const degrees = before.counts.length - 1 - fitted;
  const [counted, due, dueAfter] = [sum(before.counts), sum(before.due), sum(after.due)];
  if (before.counts.length < PERIODS_MIN || degrees < 1 || counted === 0 || due === 0 || dueAfter === 0)
    return undefined;
  const rate = counted / due;
  const observed = sum(after.counts);
  const expected = rate * dueAfter;
  const dispersion = dispersionOf(before, rate, degrees);
  const share = dueAfter / (due + dueAfter);
  const { low, high } = changeInterval(observed / dispersion, counted / dispersion, share);
  return {
    observed,
    expected,
    ratio: observed / expected,
    low,
    high: Number.isFinite(high) ? high : null,
    p: changeP(observed / dispersion, counted / dispersion, share),
  };
}

/** Pearson's χ² ÷ degrees of freedom, widened; at least 1, which is chance alone. */
function dispersionOf({ counts, due }: Course, rate: number, degrees: number): number {
  let chiSquare = 0;
  counts.forEach((count, i) => {
    if (due[i] > 0) chiSquare += (count - rate * due[i]) ** 2 / (rate * due[i]);
  });
  return Math.max(1, (chiSquare / degrees) * (studentT(degrees) / NORMAL_Z) ** 2);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
