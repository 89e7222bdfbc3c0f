import { turn } from '../../metrics/process/turn.js';
import type { ClickLearner } from '../../shards/graph/interactions/click-learner.js';
import { isEvent, type JournalEntry } from '../../shards/store/journal-entry.js';
import { decodeRecord } from '../../shards/store/journal-record.js';
import type { JournalRecord } from '../../shards/store/journal.js';
import { TransitionReplay } from '../../shards/worker/transition-replay.js';
import type { Waiting } from '../journal/append-surely.js';
import { findSequence } from '../journal/find-sequence.js';
import { whenKnown, type KnownItems } from '../journal/known-items.js';
import type { PartitionStream, StoredMessage } from '../journal/partition-stream.js';
import { patientBounds } from '../journal/patient-bounds.js';
import { JournalPlace, MESSAGES_A_READ, recordsAfter } from '../journal/read-journal.js';

/** What the clicks of a partition are learned with. */
export interface ClickGround {
  readonly stream: () => Promise<PartitionStream>;
  readonly learner: ClickLearner;
  readonly items: KnownItems;
  readonly sessionGapMs: number;
  readonly pause: (ms: number) => Promise<void>;
  /** Hears whether all of the stream has been learned, when that changes. */
  readonly level: (isLevel: boolean) => void;
}

/** How often a stream is looked at of which all was learned. */
const LOOK_MS = 1_000;
/** After a look that failed. */
const RETRY_MS = 2_000;
/** Entries learned between two turns of the event loop. */
const TURN_ENTRIES = 512;
/** Clicks after which users are forgotten whose sessions are over. */
const FORGET_CLICKS = 20_000;

/**
 * Learns the clicks of a partition that another node serves and this one does not keep warm, from its stream: each once, in their order,
 * whoever owns the partition meanwhile. Positions of the journal count up without a hole, so nothing is learned twice or left out.
 */
export class ClickFollower {
  readonly #ground: ClickGround;
  readonly #transitions: TransitionReplay;
  #position: number;
  #clicks = 0;
  #isLevel = false;
  #isStopped = false;
  #hurry: () => void = () => undefined;
  readonly #stopped: Promise<void>;
  readonly #over: Promise<void>;

  /** @param position of the first entry that has not been learned */
  constructor(ground: ClickGround, position: number) {
    this.#ground = ground;
    this.#position = position;
    this.#transitions = new TransitionReplay(ground.learner, ground.sessionGapMs);
    this.#stopped = new Promise((resolve) => (this.#hurry = resolve));
    this.#over = this.#run();
  }

  /** Resolves when nothing more is learned, with the position of the first entry that was not. */
  async stop(): Promise<number> {
    this.#isStopped = true;
    this.#hurry();
    await this.#over;
    return this.#position;
  }

  /** A stream that cannot be read, or that this build cannot read, is looked at again later; nobody waits for it. */
  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#follow().catch(() => this.#tellLevel(false));
      await this.#rest(RETRY_MS);
    }
    this.#tellLevel(true);
  }

  async #follow(): Promise<void> {
    const stream = await this.#ground.stream();
    const bounds = await patientBounds(stream, this.#waiting);
    const place = new JournalPlace(await findSequence(stream, this.#position, bounds));
    while (!this.#isStopped) {
      const found = await stream.read(place.next, MESSAGES_A_READ);
      await this.#learnAll(found, place);
      this.#tellLevel(found.length < MESSAGES_A_READ);
      if (this.#isLevel) await this.#rest(LOOK_MS);
    }
  }

  async #learnAll(found: readonly StoredMessage[], place: JournalPlace): Promise<void> {
    let waiting = 0;
    for (const stored of found) {
      const message = place.take(stored);
      await whenKnown(this.#ground.items, message, this.#waiting);
      for (const record of recordsAfter(message, this.#position)) {
        if (this.#isStopped) return;
        this.#learn(record);
        waiting += record.count;
        if (waiting < TURN_ENTRIES) continue;
        waiting = 0;
        await turn();
      }
    }
  }

  #learn({ position, count, bytes }: JournalRecord): void {
    for (const [i, entry] of entriesOf(bytes).entries()) {
      if (position + i < this.#position || !isEvent(entry)) continue;
      this.#transitions.learn(entry, position + i, 0);
      if (++this.#clicks % FORGET_CLICKS === 0) this.#transitions.forgetEnded(entry.tsMs);
    }
    this.#position = position + count;
  }

  get #waiting(): Waiting {
    return { pause: this.#ground.pause, isClosed: () => this.#isStopped };
  }

  async #rest(ms: number): Promise<void> {
    if (!this.#isStopped) await Promise.race([this.#ground.pause(ms), this.#stopped]);
  }

  #tellLevel(isLevel: boolean): void {
    if (isLevel !== this.#isLevel) this.#ground.level(isLevel);
    this.#isLevel = isLevel;
  }
}

/** None of a record that cannot be read: whoever serves its users sets it aside. */
function entriesOf(bytes: Uint8Array): readonly JournalEntry[] {
  try {
    return decodeRecord(bytes);
  } catch {
    return [];
  }
}
