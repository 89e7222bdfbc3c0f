import type { JournalRecord } from '../../shards/store/journal.js';
import { appendSurely, type AppendOutcome, type Waiting } from './append-surely.js';
import { decodeMessage, encodeMessage, type JournalOwner } from './journal-message.js';
import type { PartitionStream } from './partition-stream.js';
import { patientBounds } from './patient-bounds.js';

/** A node as it owns partitions. */
export type OwnerName = Pick<JournalOwner, 'node' | 'run'>;

/** What a try to own a partition came to; `fenced`: another node was faster. */
export type Acquired =
  | { readonly kind: 'owned'; readonly writer: JournalWriter }
  | { readonly kind: 'fenced' | 'closed' };

/** Of an acquisition that an owner's appends keep getting before. */
const TRIES_MAX = 100;

/**
 * The journal of a partition as its owner writes it. Owning is nothing that is asked for: it is a message in the journal, and each
 * append says which message it follows. So whoever was the owner before appends nothing any more, alive or not, and learns it at
 * its next append.
 */
export class JournalWriter {
  readonly owner: JournalOwner;
  readonly #stream: PartitionStream;
  readonly #waiting: Waiting;
  #last: number;
  /** `busy` while an append is under way; `lost` once it is known that another one owns the partition, or no longer known that none does. */
  #state: 'ready' | 'busy' | 'lost' = 'ready';

  private constructor(stream: PartitionStream, owner: JournalOwner, waiting: Waiting) {
    this.#stream = stream;
    this.#waiting = waiting;
    this.owner = owner;
    this.#last = owner.epoch;
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
      if (outcome.kind === 'closed' || isOwn(outcome.by)) return { kind: outcome.kind };
    }
    return { kind: 'fenced' };
  }

  /** Sequence of the last message that is known to be stored. */
  get last(): number {
    return this.#last;
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
    const { kind } = await appendSurely(this.#stream, { bytes, expectedLast: this.#last }, this.#waiting);
    this.#state = kind === 'acknowledged' ? 'ready' : 'lost';
    if (kind === 'acknowledged') this.#last++;
    return kind;
  }
}

/** True for a message that begins an ownership, false for a group and for one that has been purged. */
function isOwn(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && decodeMessage(bytes).kind === 'own';
}
