import { BUCKET_COUNT, bucketOf, UNITS_PER_US } from './buckets.js';
import { COUNTER_COUNT, GAUGE_COUNT, HISTOGRAM_COUNT, HISTOGRAMS, seriesOf } from './table.js';

const GAUGES_AT = COUNTER_COUNT;
const HISTOGRAMS_AT = GAUGES_AT + GAUGE_COUNT;
/** A histogram's cells: its buckets, then the sum of what was observed. */
const HISTOGRAM_CELLS = BUCKET_COUNT + 1;
const BUFFER_BYTES = (HISTOGRAMS_AT + HISTOGRAM_COUNT * HISTOGRAM_CELLS) * Float64Array.BYTES_PER_ELEMENT;
/** What a value is multiplied with before its bucket is looked up; by index of the histogram. */
const SCALES = Float64Array.from(seriesOf(HISTOGRAMS), ({ row }) =>
  row.unit === 'seconds' ? UNITS_PER_US : 1,
);

/**
 * One thread's metrics in shared memory: the thread writes with plain stores, any other thread reads what is there.
 *
 * Ownership: one writer per buffer; a reader `attach`es. Order: a reader may see a histogram's bucket before its sum, or the
 * other way round, never a torn number (aligned 8-byte stores). Bounds: fixed size, nothing is allocated after creation.
 * Numbers are float64 and so exact up to 2^53.
 */
export class ThreadStats {
  /** Post it to the thread that reads (or, before any write, to the one that writes). */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Float64Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#cells = new Float64Array(buffer);
  }

  static create(): ThreadStats {
    const stats = new ThreadStats(new SharedArrayBuffer(BUFFER_BYTES));
    stats.#cells.fill(Number.NaN, GAUGES_AT, HISTOGRAMS_AT);
    return stats;
  }

  /** Stats over a buffer that another thread created. Throws RangeError when it is of another build. */
  static attach(buffer: SharedArrayBuffer): ThreadStats {
    if (buffer.byteLength !== BUFFER_BYTES) {
      throw new RangeError(`thread stats of ${buffer.byteLength} bytes, expected ${BUFFER_BYTES}`);
    }
    return new ThreadStats(buffer);
  }

  /** Adds to a counter; `index` from `COUNTER`. */
  count(index: number, n = 1): void {
    this.#cells[index] += n;
  }

  /** Sets a gauge; `index` from `GAUGE`. */
  gauge(index: number, value: number): void {
    this.#cells[GAUGES_AT + index] = value;
  }

  /** Adds one value to a histogram, in µs where its unit is seconds; `index` from `HISTOGRAM`. Negative counts as 0. */
  observe(index: number, value: number): void {
    const at = HISTOGRAMS_AT + index * HISTOGRAM_CELLS;
    this.#cells[at + bucketOf(value * SCALES[index])] += 1;
    if (value > 0) this.#cells[at + BUCKET_COUNT] += value;
  }

  counterValue(index: number): number {
    return this.#cells[index];
  }

  /** NaN until the gauge was set. */
  gaugeValue(index: number): number {
    return this.#cells[GAUGES_AT + index];
  }

  /** Adds a histogram's buckets to `counts` (Float64Array [BUCKET_COUNT], the caller's) and returns the sum of its values. */
  addHistogram(index: number, counts: Float64Array): number {
    const at = HISTOGRAMS_AT + index * HISTOGRAM_CELLS;
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) counts[bucket] += this.#cells[at + bucket];
    return this.#cells[at + BUCKET_COUNT];
  }
}
