import type { RecordKind, SetAsideRow } from '../store/damage.js';

/** A record that was set aside, without its content. */
export type SetAsideNote = Omit<SetAsideRow, 'bytes'>;

/** What a shard has set aside since its folder was made. */
export interface SetAsideReport {
  /** Different records by kind. */
  readonly counts: Readonly<Partial<Record<RecordKind, number>>>;
  /** The newest, newest first. */
  readonly latest: readonly SetAsideNote[];
  /** Users that will be made anew from the journal at the next start. */
  readonly owedUsers: number;
  /** True when there is no more room: what comes now is counted and not kept. */
  readonly isFull: boolean;
}

/** The pass that looks at the checksums of everything stored, after a start. */
export interface VerifyProgress {
  readonly rows: number;
  readonly bytes: number;
  readonly isDone: boolean;
}

/** What a shard no longer keeps, since it told of it last. */
export interface RetentionNote {
  /** Position of the journal's first entry before and after. */
  readonly from: number;
  readonly to: number;
  /** Dropped, and the bytes of their records. */
  readonly entries: number;
  readonly bytes: number;
  /** Who needs what is beyond the bounds and still there; undefined when nothing is. */
  readonly heldBy: string | undefined;
  /** Visitors removed. */
  readonly visitors: number;
}

/** What a shard's thread tells of itself now and then. `fresh` is what was set aside since the last time. */
export interface ThreadReport {
  readonly setAside: SetAsideReport;
  readonly fresh: readonly SetAsideNote[];
  readonly verified: VerifyProgress;
  /** Absent when there is nothing to tell. */
  readonly retention?: RetentionNote;
  /** Named users of whom nothing came for too long: they are to be erased. Absent for none. */
  readonly idle?: readonly string[];
  /** Visitors of whom nothing is left but that they were merged long ago, which is to go as well. Absent for none. */
  readonly merged?: readonly string[];
  /** Why the disk does not take what it writes, with what to do if that is known; absent while it does. */
  readonly waitsFor?: string;
}

/** A shard as those who run the gateway see it. */
export interface ShardReport {
  readonly shard: number;
  readonly state: 'serving' | 'starting' | 'down';
  /** For how long it has not been serving, ms; 0 while it does. */
  readonly downMs: number;
  readonly restarts: number;
  /** Why it ended last; absent when it never did. */
  readonly lastError?: string;
  /** Absent before the first start is over. */
  readonly report?: Omit<ThreadReport, 'fresh' | 'retention' | 'idle' | 'merged'>;
}
