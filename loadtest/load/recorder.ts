import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

/** Percentiles of a latency in ms, and how many values they are of. */
export interface LatencyRow {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** So many of 100 are at most so many ms. */
export interface LatencyPoint {
  readonly percentile: number;
  readonly ms: number;
}

/** Points of a distribution for each nine, such as from 99 to 99.9, and nines at most. */
const POINTS_A_NINE = 8;
const NINES_MAX = 6;

/** Longest latency that is told apart: 10 minutes. */
const VALUE_MAX_US = 600_000_000;

/** Latencies in µs with so many significant digits (HdrHistogram). */
export class LatencyRecorder {
  readonly #histogram: Histogram;

  constructor(digits: 2 | 3 = 3) {
    this.#histogram = build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: VALUE_MAX_US,
      numberOfSignificantValueDigits: digits,
      bitBucketSize: 32,
    });
  }

  record(latencyUs: number): void {
    this.#histogram.recordValue(Math.min(VALUE_MAX_US, Math.max(1, Math.round(latencyUs))));
  }

  /** Takes in all that another one recorded. */
  add(other: LatencyRecorder): void {
    this.#histogram.add(other.#histogram);
  }

  /** All that was recorded, for another process (HdrHistogram's own format, in base64). */
  save(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  /** Takes in what another process saved. */
  take(saved: string): void {
    this.#histogram.add(decodeFromCompressedBase64(saved, 32));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** ms below which so many of 100 are; 0 when there is none. */
  at(percentile: number): number {
    return this.count === 0 ? 0 : this.#histogram.getValueAtPercentile(percentile) / 1_000;
  }

  /** Latency by percentile, finer and finer towards 100, as far as the values go: what a picture of the tail is drawn from. */
  distribution(): LatencyPoint[] {
    const points: LatencyPoint[] = [];
    for (let i = 0; i <= POINTS_A_NINE * NINES_MAX && 10 ** (-i / POINTS_A_NINE) * this.count >= 1; i++) {
      const percentile = 100 * (1 - 10 ** (-i / POINTS_A_NINE));
      points.push({ percentile, ms: this.at(percentile) });
    }
    return points;
  }

  row(): LatencyRow {
    const [p50, p90, p99, p999, max] = [50, 90, 99, 99.9, 100].map((percentile) => this.at(percentile));
    return { count: this.count, p50, p90, p99, p999, max };
  }
}

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort());
  }
}
