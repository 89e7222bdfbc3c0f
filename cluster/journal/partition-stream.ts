/** What is known of an append afterwards. */
export type AppendAnswer =
  | { readonly kind: 'stored'; readonly sequence: number }
  /** The last message is another one than expected, or is becoming so: it may be on its way to the disks still, or get lost on it. */
  | { readonly kind: 'wrong' }
  /** It may be stored or not, now or later. `why` is for whoever reads a log. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Sequences of the messages that are there; `last` is `first - 1` when there is none. */
export interface StreamBounds {
  readonly first: number;
  readonly last: number;
  /** What the messages take on each server. */
  readonly bytes: number;
}

export interface StoredMessage {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** Where a commit is in the stream and in the journal. */
export interface GroupPlace {
  readonly sequence: number;
  /** Of its first entry. */
  readonly position: number;
}

/**
 * The replicated journal of one partition: messages with sequences that count up from 1, taken away by its owner at the front alone. What can be
 * read is stored on a majority for good. Whoever may write to its subject can put there what no owner wrote, a copy may be damaged, and one that
 * was restored may lack messages: `PartitionReader` knows what to do.
 */
export interface PartitionStream {
  /** Appends `bytes` if the last message has the sequence `expectedLast`. Does not reject. */
  append(bytes: Uint8Array, expectedLast: number): Promise<AppendAnswer>;
  /**
   * Messages from the sequence `from` on, or from the first one there is, `countMax` at most. A replica that is behind gives
   * fewer, or none; `turn` 0 and 1 ask two of them first that are not the same. Rejects when none answers.
   */
  read(from: number, countMax: number, turn?: number): Promise<StoredMessage[]>;
  /** The first message from a sequence on, as the leader has it; undefined when there is none. Rejects when there is no leader. */
  ofLeader(from: number): Promise<StoredMessage | undefined>;
  /** By the leader, at some moment of the call. Rejects when there is none. */
  bounds(): Promise<StreamBounds>;
  /** Takes all messages before the sequence away. Rejects when there is no leader; it may be done all the same. */
  purge(before: number): Promise<void>;
}
