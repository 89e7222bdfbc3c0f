import type { JournalRecord } from '../../shards/store/journal.js';
import { LaterVersionError } from '../../shards/store/journal-record.js';
import { appendSurely, type AppendOutcome, type Waiting } from './append-surely.js';
import { encodeMessage, type JournalOwner } from './journal-message.js';
import { FIRST_STATE, judgeMessage, stateAfter, stateFrom, type JournalState } from './judge-message.js';
import type { GroupPlace, PartitionStream } from './partition-stream.js';
import { patientBounds } from './patient-bounds.js';
import { settleMessage } from './settle-message.js';

/** A node as it owns partitions. */
export type OwnerName = Pick<JournalOwner, 'node' | 'run'>;

/** What a try to own a partition came to; `fenced`: another node was faster. */
export type Acquired =
  | { readonly kind: 'owned'; readonly writer: JournalWriter }
  | { readonly kind: 'fenced' | 'closed' };

/** Of an acquisition that an owner's appends keep getting before. */
const TRIES_MAX = 100;
/** Between two looks at a message of another writer that nobody can judge now. */
const RETRY_MS = 100;

/**
 * The journal of a partition as its owner writes it. Owning is nothing that is asked for: it is a message in the journal, and each
 * append says which message it follows. So whoever was the owner before appends nothing any more, alive or not, and learns it at
 * its next append. What takes its place and is nothing of the journal it passes over, as all readers do, and appends behind that.
 */
export class JournalWriter {
  readonly owner: JournalOwner;
  readonly #stream: PartitionStream;
  readonly #waiting: Waiting;
  /** What is known before the message that comes next. */
  #journal: JournalState;
  #group: GroupPlace | undefined;
  /** `busy` while an append is under way; `lost` once it is known that another one owns the partition, or no longer known that none does. */
  #state: 'ready' | 'busy' | 'lost' = 'ready';

  private constructor(stream: PartitionStream, owner: JournalOwner, waiting: Waiting) {
    this.#stream = stream;
    this.#waiting = waiting;
    this.owner = owner;
    this.#journal = { ...FIRST_STATE, next: owner.epoch + 1, epoch: owner.epoch };
  }

  /**
   * Takes the partition, from whomever: when the owner appends at the same time it is tried
   * again behind that, and owners leave time between their appends. The caller reads the journal up to `owner.epoch` before it answers for anybody. Rejects
   * when the stream has had no leader for long.
   */
  static async acquire(stream: PartitionStream, name: OwnerName, waiting: Waiting): Promise<Acquired> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { last } = await patientBounds(stream, waiting);
      const owner = { ...name, epoch: last + 1 };
      const bytes = encodeMessage({ kind: 'own', owner });
      const outcome = await appendSurely(stream, { bytes, expectedLast: last }, waiting);
      if (outcome.kind === 'acknowledged')
        return { kind: 'owned', writer: new JournalWriter(stream, owner, waiting) };
      if (outcome.kind === 'closed' || isOwn(last + 1, outcome.by)) return { kind: outcome.kind };
    }
    return { kind: 'fenced' };
  }

  /** The last group that this owner has written; undefined when there was none. */
  get group(): GroupPlace | undefined {
    return this.#group;
  }

  /** Sequence of the last message that is known to be stored. */
  get last(): number {
    return this.#journal.next - 1;
  }

  /**
   * Appends records as one message, all of them or none. `acknowledged`: they are on the disks of a majority. After `fenced` and
   * `closed` nothing more is appended, and what was not acknowledged is told to clients by nobody: they send it again.
   * One at a time: throws while another one is under way, and after the end.
   *
   * @param items indices of items that were given out when the last of the records was made; 0 for records that name none
   */
  async append(records: readonly JournalRecord[], items = 0): Promise<AppendOutcome['kind']> {
    if (this.#state !== 'ready') throw new Error(`an append to a journal whose writer is ${this.#state}`);
    const bytes = encodeMessage({ kind: 'group', owner: this.owner, items, records });
    this.#state = 'busy';
    this.#journal = { ...this.#journal, position: records[0].position };
    const kind = await this.#appendBehind(bytes);
    this.#state = kind === 'acknowledged' ? 'ready' : 'lost';
    return kind;
  }

  /** Appends behind whatever others have put there that is nothing of the journal. */
  async #appendBehind(bytes: Uint8Array): Promise<AppendOutcome['kind']> {
    while (!this.#waiting.isClosed()) {
      const outcome = await appendSurely(this.#stream, { bytes, expectedLast: this.last }, this.#waiting);
      const kind = outcome.kind === 'fenced' ? await this.#meet(bytes, outcome.by) : outcome.kind;
      if (kind === 'acknowledged') this.#stored();
      if (kind !== undefined) return kind;
    }
    return 'closed';
  }

  #stored(): void {
    const { next: sequence, position = 0 } = this.#journal;
    this.#group = { sequence, position };
    this.#journal = { ...this.#journal, next: sequence + 1, hasGroup: true };
  }

  /** What another message in the place of `bytes` means; undefined when they are to be appended again, behind it once it is known to be nothing. */
  async #meet(bytes: Uint8Array, by: Uint8Array | undefined): Promise<'acknowledged' | 'fenced' | undefined> {
    if (by === undefined) return 'fenced';
    const waiting = this.#waiting;
    const stored = { sequence: this.#journal.next, bytes: by };
    try {
      const { judged, bytes: held } = await settleMessage(this.#stream, this.#journal, { stored, waiting });
      if (Buffer.compare(held, bytes) === 0) return 'acknowledged';
      if (judged.kind === 'own' || judged.kind === 'group') return 'fenced';
      waiting.setAside?.({ sequence: stored.sequence, why: judged.why, bytes: held });
      this.#journal = stateAfter(this.#journal, judged);
    } catch (error) {
      if (error instanceof LaterVersionError) return 'fenced';
      waiting.onDelay?.((error as Error).message);
      await waiting.pause(RETRY_MS);
    }
    return undefined;
  }
}

/** True for a message that begins an ownership, false for any other one and for one that is gone. */
function isOwn(sequence: number, bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && judgeMessage(stateFrom(sequence), { sequence, bytes }).kind === 'own';
}
