import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardStore, VerifyPlace } from '../store/store.js';
import type { VerifyProgress } from '../wire/shard-report.js';

/** Rows looked at in one bite, and the pause between two: 6,000 rows a second, 3 % of a core. */
const BITE_ROWS = 64;
const REST_MS = 10;
/** Bites between two reports. */
const REPORT_BITES = 512;

/**
 * A look at the checksum of everything that the store holds, once after each start, in bites between ticks. What is damaged is
 * named by the store's `DamageListener`, before somebody needs it. Rows that come meanwhile may be left out.
 */
export class StoreCheck {
  readonly #store: ShardStore;
  readonly #stats: ThreadStats;
  readonly #chore: (work: () => void) => void;
  readonly #report: () => void;
  #place: VerifyPlace | undefined;
  #rows = 0;
  #bytes = 0;
  #bites = 0;
  #isDone = false;
  #timer: NodeJS.Timeout | undefined;

  /** `chore` carries out a piece of work between two ticks; `report` is called now and then, and at the end. */
  constructor(store: ShardStore, stats: ThreadStats, chore: (work: () => void) => void, report: () => void) {
    this.#store = store;
    this.#stats = stats;
    this.#chore = chore;
    this.#report = report;
  }

  get progress(): VerifyProgress {
    return { rows: this.#rows, bytes: this.#bytes, isDone: this.#isDone };
  }

  begin(): void {
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isDone = true;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#chore(() => this.#bite()), REST_MS);
  }

  #bite(): void {
    if (this.#isDone) return;
    const { count, bytes, next } = this.#store.verify(this.#place, BITE_ROWS);
    this.#rows += count;
    this.#bytes += bytes;
    this.#place = next;
    this.#stats.count(COUNTER.recordsVerified, count);
    this.#isDone = next === undefined;
    if (this.#isDone || ++this.#bites % REPORT_BITES === 0) this.#report();
    if (!this.#isDone) this.#schedule();
  }
}
