import type { JournalRecord } from '../../shards/store/journal.js';
import type { Waiting } from './append-surely.js';
import type { JournalMessage } from './journal-message.js';
import { stateAfter, stateBehindHole, stateFrom, type JournalState } from './judge-message.js';
import type { PartitionStream, StoredMessage } from './partition-stream.js';
import { patientBounds, patiently } from './patient-bounds.js';
import { readSome, recordsAfter } from './read-some.js';
import { settleMessage } from './settle-message.js';

/** A message that counts. */
export interface CountedMessage {
  readonly message: JournalMessage;
  /** True when entries before it may have been lost with messages that could not be read, or were gone. */
  readonly isBehindHole: boolean;
}

/**
 * Reads a journal message by message, and gives out those that count. What no node wrote, and what nobody can read, it passes over and tells of
 * (`Waiting.setAside`): every reader passes over the same, and so does the owner.
 */
export class PartitionReader {
  readonly #stream: PartitionStream;
  readonly #waiting: Waiting;
  #state: JournalState;

  constructor(stream: PartitionStream, state: JournalState, waiting: Waiting) {
    this.#stream = stream;
    this.#waiting = waiting;
    this.#state = state;
  }

  /** Sequence of the message that comes next. */
  get next(): number {
    return this.#state.next;
  }

  get state(): JournalState {
    return this.#state;
  }

  /** The last group that was given out is known to count: whatever does not go on from there does not. */
  trust(): void {
    this.#state = { ...this.#state, isSure: true };
  }

  /**
   * Those that count of messages that were read, in order. Rejects with a `LaterVersionError` for what this build is too old for, when the next ones
   * have been purged, and while there is no leader to ask about one that cannot be read.
   */
  async *counted(found: readonly StoredMessage[]): AsyncGenerator<CountedMessage> {
    for (const stored of found) {
      while (stored.sequence > this.next) yield* this.#countedOf(await this.#lacking(stored.sequence));
      if (stored.sequence === this.next) yield* this.#countedOf(stored);
    }
  }

  /** Those that count up to the message `through`, which is stored. Rejects as `counted`, and when nobody has it within 10 s. */
  async *countedThrough(through: number): AsyncGenerator<CountedMessage> {
    while (this.next <= through) {
      const span = { next: this.next, through };
      const found = await readSome(this.#stream, span, this.#waiting.pause).catch(() => undefined);
      if (found !== undefined) yield* this.counted(found);
      else yield* this.#countedOf(await this.#lacking(through + 1));
    }
  }

  /** The message that comes next, which a copy does not have; undefined when it is gone, as those before the next one that the leader has. */
  async #lacking(before: number): Promise<StoredMessage | undefined> {
    const { next } = this;
    const held = await patiently(() => this.#stream.ofLeader(next), this.#waiting);
    if (held?.sequence === next) return held;
    const { first, last } = await patientBounds(this.#stream, this.#waiting);
    if (first > next) throw new Error(`the journal has no message ${next}: it begins with message ${first}`);
    if (last < next) throw new Error(`no replica has message ${next} of ${before - 1}`);
    this.#skip(Math.min(before, held?.sequence ?? before));
    return undefined;
  }

  #skip(to: number): void {
    const { next } = this;
    this.#waiting.setAside?.({
      sequence: next,
      why: `messages ${next} to ${to - 1} of the stream are gone`,
      bytes: new Uint8Array(0),
    });
    this.#state = stateBehindHole(this.#state, to);
  }

  async *#countedOf(stored: StoredMessage | undefined): AsyncGenerator<CountedMessage> {
    if (stored === undefined) return;
    const { sequence } = stored;
    const waiting = this.#waiting;
    const { judged, bytes } = await settleMessage(this.#stream, this.#state, { stored, waiting });
    const isBehindHole = this.#state.hole !== undefined;
    this.#state = stateAfter(this.#state, judged);
    if (judged.kind === 'own' || judged.kind === 'group') yield { message: judged.message, isBehindHole };
    else waiting.setAside?.({ sequence, why: judged.why, bytes });
  }
}

/** From where a journal is read, and how far. */
export interface JournalSpan {
  /** Sequence of the first message to look at; one whose entries are known already is fine. */
  readonly from: number;
  /** Entries before this position are known. */
  readonly position: number;
  /** Sequence of the last message to read, which is stored. */
  readonly through: number;
}

/** Records with entries at or after `position`, oldest first. Rejects as `PartitionReader.countedThrough`. */
export async function* readJournal(
  stream: PartitionStream,
  { from, position, through }: JournalSpan,
  waiting: Waiting,
): AsyncGenerator<JournalRecord> {
  const reader = new PartitionReader(stream, stateFrom(from), waiting);
  for await (const { message } of reader.countedThrough(through)) yield* recordsAfter(message, position);
}
