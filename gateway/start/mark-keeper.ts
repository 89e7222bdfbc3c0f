import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { Service } from '../../metrics/process/service-stack.js';
import { writeMarks, type StoreMarks } from '../../shards/api.js';

/** Pause between two writes: what the stores got since is not missed when an older copy takes their place. */
const WRITE_EVERY_MS = 60_000;

/** What each store holds, by name. */
type Held = Readonly<Record<string, number>>;

/**
 * Writes down, outside of the stores, which there are and how far they are: at the start, now and then, and at the end. To be
 * stopped after all stores are closed.
 */
export class MarkKeeper implements Service {
  readonly #dataDir: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #marks: StoreMarks;
  #held: (() => Held) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isWriting = false;
  #isInOrder = true;

  private constructor(dataDir: string, marks: StoreMarks, clock: Clock, log: Log) {
    this.#dataDir = dataDir;
    this.#marks = marks;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * A start has begun. `found` are the marks of the last run; `newId` makes the id of a data folder without any. Rejects when
   * the disk refuses.
   */
  static async open(
    dataDir: string,
    { found, newId }: { readonly found: StoreMarks | undefined; readonly newId: () => string },
    clock: Clock,
    log: Log,
  ): Promise<MarkKeeper> {
    const before: StoreMarks = found ?? {
      folder: newId(),
      phase: 'ended',
      uncleanEnds: 0,
      at: '',
      stores: {},
    };
    const uncleanEnds = before.phase === 'ended' ? 0 : before.uncleanEnds + 1;
    const keeper = new MarkKeeper(dataDir, { ...before, uncleanEnds }, clock, log);
    await keeper.#write('starting');
    return keeper;
  }

  /** Id of the data folder. */
  get folderId(): string {
    return this.#marks.folder;
  }

  /** All stores are open; from now on they are asked. */
  async run(held: () => Held): Promise<void> {
    this.#held = held;
    await this.#write('running');
    this.#timer = setInterval(() => this.#writeNow(), WRITE_EVERY_MS);
    this.#timer.unref();
  }

  /** The end that follows is none in order. */
  abandon(): void {
    this.#isInOrder = false;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#isInOrder) return;
    await this.#write('ended').catch((error: unknown) => this.#warn(error));
  }

  #writeNow(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#write('running')
      .catch((error: unknown) => this.#warn(error))
      .finally(() => (this.#isWriting = false));
  }

  async #write(phase: StoreMarks['phase']): Promise<void> {
    const stores = this.#held?.() ?? this.#marks.stores;
    const at = this.#held === undefined && this.#marks.at !== '' ? this.#marks.at : this.#now();
    this.#marks = { ...this.#marks, phase, at, stores };
    await writeMarks(this.#dataDir, this.#marks);
  }

  #now(): string {
    return new Date(this.#clock.nowMs()).toISOString();
  }

  #warn(error: unknown): void {
    this.#log.warn({ err: error }, 'how far the stores are could not be written down');
  }
}
