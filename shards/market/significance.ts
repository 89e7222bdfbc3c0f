/** An interval of 95 %. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const Z = 1.959963984540054;

/** A share of `of` with Wilson's interval (Wilson 1927), which is sound for few. 0 of 0 may be anything. */
export function wilson(count: number, of: number): Interval {
  if (of === 0) return { low: 0, high: 1 };
  const share = Math.min(1, count / of);
  const centre = share + (Z * Z) / (2 * of);
  const spread = Z * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  const scale = 1 + (Z * Z) / of;
  // Of none and of all the bound is exact, which rounding would miss by a hair.
  const low = count === 0 ? 0 : (centre - spread) / scale;
  return { low, high: count >= of ? 1 : (centre + spread) / scale };
}

/**
 * Two-sided p of `now` counts where `before` were counted earlier, if `share` of both were due now: Przyborowski and Wilenski's
 * conditional test (1940). Given their sum, counts now are binomial; p is twice the smaller tail. Counts may be fractions.
 */
export function changeP(now: number, before: number, share: number): number {
  const atMost = 1 - betaShare(share, now + 1, before);
  const atLeast = now === 0 ? 1 : betaShare(share, now, before + 1);
  return Math.min(1, 2 * Math.min(before === 0 ? 1 : atMost, atLeast));
}

/** Interval of the ratio of rates, `now` against `before`, by Clopper and Pearson's interval of the share (1934). */
export function changeInterval(now: number, before: number, share: number): Interval {
  const odds = (1 - share) / share;
  const ratioOf = (part: number): number => (part >= 1 ? Infinity : (part / (1 - part)) * odds);
  return {
    low: now === 0 ? 0 : ratioOf(betaQuantile(0.025, now, before + 1)),
    high: before === 0 ? Infinity : ratioOf(betaQuantile(0.975, now + 1, before)),
  };
}

/**
 * Which of these p are discoveries, so that of those told a share of `q` at most is none (Benjamini and Hochberg 1995): the greatest p that
 * still is one, 0 when none is.
 * @param tests how many were made; of those not given p was greater
 */
export function discoveryLimit(ps: readonly number[], tests: number, q: number): number {
  const sorted = ps.toSorted((a, b) => a - b);
  for (let rank = sorted.length; rank > 0; rank--)
    if (sorted[rank - 1] <= (q * rank) / tests) return sorted[rank - 1];
  return 0;
}

/** Student's t with `degrees` of freedom that 5 % exceed, either way. */
export function studentT(degrees: number): number {
  const x = betaQuantile(0.05, degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - x)) / x);
}

/** Two-sided 5 % of the normal distribution, which Student's t comes to. */
export const NORMAL_Z = Z;

/** Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Numerical Recipes 6.4). */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

const FRACTION_STEPS = 300;
const TINY = 1e-300;

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= FRACTION_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-12) break;
  }
  return h;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** x with I_x(a, b) = p, by halving. */
function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (betaShare(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln Γ(z) for z > 0, by Lanczos' approximation. */
function lnGamma(z: number): number {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - lnGamma(1 - z);
  const x = z - 1;
  const t = x + 7.5;
  let sum = 0.9999999999998099;
  for (let i = 0; i < LANCZOS.length; i++) sum += LANCZOS[i] / (x + i + 1);
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}
