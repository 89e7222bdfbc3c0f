import { isWhole } from '../../../cluster/journal/checked-message.js';
import { decodeMessage } from '../../../cluster/journal/journal-message.js';
import type { JournalEntry } from '../../../shards/store/journal-entry.js';
import { decodeRecord } from '../../../shards/store/journal-record.js';
import type {
  AppendAnswer,
  PartitionStream,
  StoredMessage,
  StreamBounds,
} from '../../../cluster/journal/partition-stream.js';

/** What becomes of an append. `late`: it is told of by nobody and stored some calls later; `dropped`: the same, and it never is. */
export type AppendFault = 'none' | 'request lost' | 'answer lost' | 'late' | 'dropped';
/** `behind`: a replica that has nothing yet. */
export type ReadFault = 'none' | 'behind' | 'silent';

export interface StreamFaults {
  /** One for each call; without faults when they are used up. */
  readonly appends: readonly AppendFault[];
  readonly reads: readonly ReadFault[];
  /** Calls that an append on its way takes. */
  readonly lateCalls: number;
  /** Comes between calls of several writers. */
  readonly turn: () => Promise<void>;
}

const FAULTLESS: StreamFaults = { appends: [], reads: [], lateCalls: 1, turn: () => Promise.resolve() };

/** A partition's stream in memory, with the answers of one whose network and servers fail. */
export class FakeStream implements PartitionStream {
  readonly log: Uint8Array[] = [];
  first = 1;
  /** What the copy that is read has in the place of messages, by their sequences. */
  readonly damaged = new Map<number, Uint8Array>();
  /** Sequences of messages that are gone, and of those that the copy that is read lacks. */
  readonly gone = new Set<number>();
  readonly lacking = new Set<number>();
  readonly #faults: StreamFaults;
  readonly #appends: AppendFault[];
  readonly #reads: ReadFault[];
  #underWay: { readonly bytes: Uint8Array; readonly isDropped: boolean; calls: number } | undefined;

  constructor(faults: Partial<StreamFaults> = {}) {
    this.#faults = { ...FAULTLESS, ...faults };
    this.#appends = [...this.#faults.appends];
    this.#reads = [...this.#faults.reads];
  }

  async append(bytes: Uint8Array, expectedLast: number): Promise<AppendAnswer> {
    await this.#call();
    const fault = this.#appends.shift() ?? 'none';
    if (fault === 'request lost') return { kind: 'unknown', why: fault };
    if (expectedLast !== this.log.length || this.#underWay !== undefined) return { kind: 'wrong' };
    if (fault === 'late' || fault === 'dropped') {
      this.#underWay = { bytes, isDropped: fault === 'dropped', calls: this.#faults.lateCalls };
      return { kind: 'unknown', why: fault };
    }
    this.log.push(bytes);
    return fault === 'answer lost'
      ? { kind: 'unknown', why: fault }
      : { kind: 'stored', sequence: this.log.length };
  }

  async read(from: number, countMax: number): Promise<StoredMessage[]> {
    await this.#call();
    const fault = this.#reads.shift() ?? 'none';
    if (fault === 'silent') throw new Error('nobody answers');
    if (fault === 'behind') return [];
    return this.#kept(from)
      .filter(({ sequence }) => !this.lacking.has(sequence))
      .slice(0, countMax)
      .map(({ sequence, bytes }) => ({ sequence, bytes: this.damaged.get(sequence) ?? bytes }));
  }

  async ofLeader(from: number): Promise<StoredMessage | undefined> {
    await this.#call();
    return this.#kept(from).at(0);
  }

  async bounds(): Promise<StreamBounds> {
    await this.#call();
    const bytes = this.log.slice(this.first - 1).reduce((sum, { length }) => sum + length, 0);
    return { first: this.first, last: this.log.length, bytes };
  }

  async purge(before: number): Promise<void> {
    await this.#call();
    this.first = Math.max(this.first, Math.min(before, this.log.length + 1));
  }

  /** A stranger publishes to the subject, behind whatever is on its way. */
  publish(bytes: Uint8Array): void {
    if (this.#underWay?.isDropped === false) this.log.push(this.#underWay.bytes);
    this.#underWay = undefined;
    this.log.push(bytes);
  }

  /** What its records hold. */
  entries(): JournalEntry[] {
    const messages = this.log.filter(isWhole).map((bytes) => decodeMessage(bytes));
    return messages.flatMap((message) =>
      message.kind === 'group' ? message.records.flatMap(({ bytes }) => decodeRecord(bytes)) : [],
    );
  }

  /** The same, without faults. */
  clone(): FakeStream {
    const stream = new FakeStream();
    stream.log.push(...this.log);
    stream.first = this.first;
    return stream;
  }

  #kept(from: number): StoredMessage[] {
    const start = Math.max(from, this.first);
    return this.log
      .slice(start - 1)
      .map((bytes, i) => ({ sequence: start + i, bytes }))
      .filter(({ sequence }) => !this.gone.has(sequence));
  }

  async #call(): Promise<void> {
    await this.#faults.turn();
    if (this.#underWay === undefined || --this.#underWay.calls > 0) return;
    if (!this.#underWay.isDropped) this.log.push(this.#underWay.bytes);
    this.#underWay = undefined;
  }
}
