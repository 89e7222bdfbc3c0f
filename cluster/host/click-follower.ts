import { rm } from 'node:fs/promises';
import { turn } from '../../metrics/process/turn.js';
import type { ClickLearner } from '../../shards/graph/interactions/click-learner.js';
import { isErasure, isEvent, type JournalEntry } from '../../shards/store/journal-entry.js';
import { decodeRecord } from '../../shards/store/journal-record.js';
import { storedSegments } from '../../shards/store/journal-file/journal-folder.js';
import type { JournalRecord } from '../../shards/store/journal.js';
import { TransitionReplay } from '../../shards/worker/transition-replay.js';
import type { Waiting } from '../journal/append-surely.js';
import { findSequence, frontPosition } from '../journal/find-sequence.js';
import { whenCounted, whenKnown, type KnownItems } from '../journal/known-items.js';
import { PartitionReader, type CountedMessage } from '../journal/partition-reader.js';
import { stateFrom } from '../journal/judge-message.js';
import type { PartitionStream, StreamBounds } from '../journal/partition-stream.js';
import { patientBounds } from '../journal/patient-bounds.js';
import { MESSAGES_A_READ, recordsAfter } from '../journal/read-some.js';
import type { JournalOfSnapshot } from '../snapshots/snapshots.js';

/** What the clicks of a partition are learned with. */
export interface ClickGround {
  readonly stream: () => Promise<PartitionStream>;
  /** See `Snapshots.journal`: what has been purged from the stream. */
  readonly purged: () => Promise<JournalOfSnapshot | undefined>;
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
 * whoever owns the partition meanwhile. What has been purged from the stream is read in the journal of a snapshot. Positions of the
 * journal count up without a hole, so nothing is learned twice, and nothing left out that is kept.
 */
export class ClickFollower {
  readonly #ground: ClickGround;
  readonly #transitions: TransitionReplay;
  #position: number;
  #clicks = 0;
  /** Entries learned in this turn of the event loop, or a few. */
  #gathered = 0;
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
    await this.#learnPurged(stream, bounds);
    const from = await findSequence(stream, this.#position, bounds);
    const reader = new PartitionReader(stream, stateFrom(from), this.#waiting);
    while (!this.#isStopped) {
      const found = await stream.read(reader.next, MESSAGES_A_READ);
      for await (const counted of reader.counted(found)) await this.#learnMessage(counted);
      this.#tellLevel(found.length < MESSAGES_A_READ);
      if (this.#isLevel) await this.#rest(LOOK_MS);
    }
  }

  /** Learns what the stream does not have any more. */
  async #learnPurged(stream: PartitionStream, bounds: StreamBounds): Promise<void> {
    if (bounds.first === 1) return;
    const front = await frontPosition(stream, bounds);
    if (front === undefined) throw new Error('no replica has the front of the stream');
    if (front <= this.#position) return;
    const purged = this.#ground.purged();
    await Promise.race([purged, this.#stopped]);
    if (this.#isStopped) return removeLater(purged);
    const journal = await purged;
    if (journal === undefined)
      throw new Error(`the stream begins with entry ${front}, and there is no snapshot`);
    try {
      await whenCounted(this.#ground.items, journal.items, this.#waiting);
      await this.#learnRecords(storedSegments(journal.folder).from(this.#position));
    } finally {
      await rm(journal.folder, { recursive: true, force: true });
    }
  }

  async #learnMessage({ message }: CountedMessage): Promise<void> {
    await whenKnown(this.#ground.items, message, this.#waiting);
    await this.#learnRecords(recordsAfter(message, this.#position));
  }

  async #learnRecords(records: Iterable<JournalRecord>): Promise<void> {
    for (const record of records) {
      if (this.#isStopped) return;
      this.#learn(record);
      this.#gathered += record.count;
      if (this.#gathered < TURN_ENTRIES) continue;
      this.#gathered = 0;
      await turn();
    }
  }

  #learn({ position, count, bytes }: JournalRecord): void {
    for (const [i, entry] of entriesOf(bytes).entries()) {
      if (position + i < this.#position) continue;
      if (isErasure(entry)) this.#transitions.erase(entry.user);
      if (!isEvent(entry)) continue;
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

/** Nobody waits for a folder that is wanted no more. */
function removeLater(journal: Promise<JournalOfSnapshot | undefined>): void {
  journal
    .then(async (found) => found !== undefined && rm(found.folder, { recursive: true, force: true }))
    .catch(() => undefined);
}

/** None of a record that cannot be read: whoever serves its users sets it aside. */
function entriesOf(bytes: Uint8Array): readonly JournalEntry[] {
  try {
    return decodeRecord(bytes);
  } catch {
    return [];
  }
}
