/** Judged probabilities: of each what was said, 0..1 or any score for `auc`, and 1 where it came true. */
export interface Judged {
  readonly said: ArrayLike<number>;
  readonly came: ArrayLike<number>;
}

/** Groups of `calibrationError`. */
const GROUPS = 10;

/** Area under the ROC curve (Mann and Whitney's U, ties count half), 0..1; NaN when all came true, or none. */
export function auc({ said, came }: Judged): number {
  const order = Array.from({ length: said.length }, (_, i) => i).sort((a, b) => said[a] - said[b]);
  let ranks = 0;
  let yes = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && said[order[to]] === said[order[from]]) to++;
    for (let i = from; i < to; i++)
      if (came[order[i]] === 1) {
        ranks += (from + to + 1) / 2;
        yes++;
      }
    from = to;
  }
  return (ranks - (yes * (yes + 1)) / 2) / (yes * (order.length - yes));
}

/** What was said and what came true, as means of one group. */
export interface CalibrationGroup {
  readonly said: number;
  readonly came: number;
  readonly count: number;
}

/** Groups of equal size, by what was said, ascending. */
export function calibration({ said, came }: Judged): CalibrationGroup[] {
  const order = Array.from({ length: said.length }, (_, i) => i).sort((a, b) => said[a] - said[b]);
  return Array.from({ length: GROUPS }, (_, group) => {
    const of = order.slice(
      Math.floor((group * order.length) / GROUPS),
      Math.floor(((group + 1) * order.length) / GROUPS),
    );
    const mean = (values: ArrayLike<number>): number => of.reduce((sum, i) => sum + values[i], 0) / of.length;
    return { said: mean(said), came: mean(came), count: of.length };
  }).filter(({ count }) => count > 0);
}

/** Expected calibration error: how far what was said lies from what came true, in the mean over groups. */
export function calibrationError(judged: Judged): number {
  const groups = calibration(judged);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  return groups.reduce((sum, { said, came, count }) => sum + (Math.abs(said - came) * count) / total, 0);
}
