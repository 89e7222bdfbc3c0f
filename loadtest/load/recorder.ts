import { build, type Histogram } from 'hdr-histogram-js';

/** Percentiles of a latency in ms, and how many values they are of. */
export interface LatencyRow {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Longest latency that is told apart: 10 minutes. */
const VALUE_MAX_US = 600_000_000;

/** Latencies in µs with three significant digits (HdrHistogram). */
export class LatencyRecorder {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: VALUE_MAX_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

  record(latencyUs: number): void {
    this.#histogram.recordValue(Math.min(VALUE_MAX_US, Math.max(1, Math.round(latencyUs))));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  row(): LatencyRow {
    const at = (percentile: number): number =>
      this.count === 0 ? 0 : this.#histogram.getValueAtPercentile(percentile) / 1_000;
    return { count: this.count, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: at(100) };
  }
}

/** Counts by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
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

/** What happened to the clicks of a load run. Latencies count for clicks that were due at or after `measuredFromUs`. */
export class ClickRecorder {
  readonly clickToList = new LatencyRecorder();
  readonly clickToAck = new LatencyRecorder();
  /** How late the generator itself was: from a click's due time to the moment it was written to its socket. */
  readonly sendLateness = new LatencyRecorder();
  readonly refused = new Tally();
  readonly closed = new Tally();
  measuredFromUs = 0;
  /** Clicks due, and how many of them got a list and an ack, warm-up included. */
  dueCount = 0;
  /** Clicks due in the measured time. */
  measuredCount = 0;
  listedCount = 0;
  ackedCount = 0;
  /** Clock µs of the last list of a measured click. */
  lastListUs = 0;

  due(dueUs: number): void {
    this.dueCount++;
    if (dueUs >= this.measuredFromUs) this.measuredCount++;
  }

  sent(dueUs: number, nowUs: number): void {
    if (dueUs >= this.measuredFromUs) this.sendLateness.record(nowUs - dueUs);
  }

  listed(dueUs: number, nowUs: number): void {
    this.listedCount++;
    if (dueUs < this.measuredFromUs) return;
    this.clickToList.record(nowUs - dueUs);
    this.lastListUs = nowUs;
  }

  acked(dueUs: number, nowUs: number): void {
    this.ackedCount++;
    if (dueUs >= this.measuredFromUs) this.clickToAck.record(nowUs - dueUs);
  }
}
