import type { Clock } from '../../metrics/process/clock.js';
import { recordTime } from '../store/journal-record.js';
import type { ShardStore } from '../store/store.js';

/**
 * The time by which things are too old. A machine's clock may be set years ahead, by mistake or by an empty battery, and all that is
 * kept would be too old at once. So no more time goes by here than the thread has been running since the last record that its journal
 * had at the start. While nobody serves nothing ages; with a clock that was set back things age later.
 */
export class AgeClock {
  readonly #clock: Clock;
  /** Epoch ms of the newest record, of the start for a journal that does not say; and `nowUs` at the start. */
  readonly #newestMs: number;
  readonly #startUs: number;

  constructor(clock: Clock, { journal }: Pick<ShardStore, 'journal'>) {
    this.#clock = clock;
    this.#startUs = clock.nowUs();
    this.#newestMs = newestOf(journal) ?? clock.nowMs();
  }

  /** Epoch ms. */
  nowMs(): number {
    const ranMs = (this.#clock.nowUs() - this.#startUs) / 1_000;
    return Math.min(this.#clock.nowMs(), this.#newestMs + ranMs);
  }
}

/** When the last record was committed that can be read. */
function newestOf(journal: ShardStore['journal']): number | undefined {
  let newestMs: number | undefined;
  for (const { bytes } of journal.from(Math.max(0, journal.end - 1)))
    try {
      newestMs = recordTime(bytes);
    } catch {
      // It is set aside by whoever replays it.
    }
  return newestMs;
}
