import type { Clock } from '../../../metrics/process/clock.js';
import { COUNTER } from '../../../metrics/table.js';
import type { ThreadStats } from '../../../metrics/thread-stats.js';
import type { ShardStore, VerifyPlace } from '../../store/store.js';
import type { VerifyProgress } from '../../wire/shard-report.js';

/** Rows looked at in one bite, at most, and the pause before the next, at least: 6,000 rows a second. */
const BITE_ROWS_MAX = 64;
const REST_MS = 10;
/** A bite that takes longer is followed by one of half as many rows; one that takes less than half of it, by one of twice as many. */
const BITE_US = 1_000;
/** A rest is as many times as long as its bite took: the thread's share is 3 %, whatever the disk. */
const REST_TIMES = 32;
/** Bites between two reports. */
const REPORT_BITES = 512;

/** What a check looks at, and what it is carried out by. */
export interface CheckContext {
  readonly store: Pick<ShardStore, 'verify' | 'readAhead'>;
  readonly stats: ThreadStats;
  readonly clock: Pick<Clock, 'nowUs'>;
  /** Carries out a piece of work between two ticks. */
  readonly chore: (work: () => void) => void;
}

/**
 * A look at the checksum of everything that the store holds, once after each start, in bites between ticks. What is damaged is
 * named by the store's `DamageListener`, before somebody needs it. Rows that come meanwhile may be left out.
 * Rows are read ahead by another thread, so that this one does not wait for the disk: after a start none of them is in memory.
 */
export class StoreCheck {
  readonly #context: CheckContext;
  readonly #report: () => void;
  #place: VerifyPlace | undefined;
  #biteRows = BITE_ROWS_MAX;
  #rows = 0;
  #bytes = 0;
  #bites = 0;
  #isDone = false;
  #timer: NodeJS.Timeout | undefined;

  /** `report` is called now and then, and at the end. */
  constructor(context: CheckContext, report: () => void) {
    this.#context = context;
    this.#report = report;
  }

  get progress(): VerifyProgress {
    return { rows: this.#rows, bytes: this.#bytes, isDone: this.#isDone };
  }

  begin(): void {
    this.#schedule(REST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isDone = true;
  }

  #schedule(restMs: number): void {
    this.#timer = setTimeout(() => this.#context.chore(() => this.#prepare()), restMs);
  }

  #prepare(): void {
    if (this.#isDone) return;
    const { store, clock, chore } = this.#context;
    const startUs = clock.nowUs();
    const ready = store.readAhead(this.#place, this.#biteRows);
    const tookUs = clock.nowUs() - startUs;
    void ready.then(() => {
      if (!this.#isDone) chore(() => this.#bite(tookUs));
    });
  }

  /** `preparedUs` is what the thread has spent on it already. */
  #bite(preparedUs: number): void {
    if (this.#isDone) return;
    const { store, stats, clock } = this.#context;
    const startUs = clock.nowUs();
    const { count, bytes, next } = store.verify(this.#place, this.#biteRows);
    this.#rows += count;
    this.#bytes += bytes;
    this.#place = next;
    stats.count(COUNTER.recordsVerified, count);
    this.#isDone = next === undefined;
    if (this.#isDone || ++this.#bites % REPORT_BITES === 0) this.#report();
    if (!this.#isDone) this.#rest(preparedUs + clock.nowUs() - startUs);
  }

  #rest(tookUs: number): void {
    if (tookUs > BITE_US) this.#biteRows = Math.max(1, this.#biteRows >> 1);
    else if (tookUs < BITE_US / 2) this.#biteRows = Math.min(BITE_ROWS_MAX, this.#biteRows * 2);
    this.#schedule(Math.max(REST_MS, (REST_TIMES * tookUs) / 1_000));
  }
}
