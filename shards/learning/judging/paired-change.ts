/** Standard errors to each side that hold the mean with 95 % confidence. */
const NORMAL_95 = 1.96;

/** How a figure of one model differs from that of another on the same questions, in percentage points. */
export interface Change {
  /** The mean difference; positive where the second model is better. */
  readonly points: number;
  /** Half of its 95 % confidence interval. */
  readonly within: number;
}

/**
 * The mean difference of what two models scored on the same questions (0..1 each), and how sure it is: from the differences
 * question by question, in which what makes a question hard for both cancels out. An interval of 100 points for fewer than two questions.
 */
export function pairedChange(first: readonly number[], second: readonly number[]): Change {
  const count = first.length;
  if (count < 2) return { points: 0, within: 100 };
  const differences = first.map((score, i) => second[i] - score);
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / count;
  const square = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0);
  const error = Math.sqrt(square / (count - 1) / count);
  return { points: percent(mean), within: percent(NORMAL_95 * error) };
}

/** With two digits behind the point. */
function percent(share: number): number {
  return Math.round(10_000 * share) / 100;
}
