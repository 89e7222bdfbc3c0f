import type { EngineSettings } from '../engine/engine-settings.js';
import type { SnapshotOrder } from './make-snapshot.js';
import type { PartitionSnapshot } from './snapshot-notice.js';
import type { ShelfPlan } from './nats-shelf.js';
import type { JournalOfSnapshot } from './snapshots.js';

/** What the thread of the snapshots is started with. */
export interface SnapshotData {
  readonly engine: EngineSettings;
  readonly shelf: ShelfPlan;
  /** Names of the streams, by partition. */
  readonly streams: readonly string[];
  /** A folder of its own, which it empties. */
  readonly scratch: string;
}

/** What it is asked, each question with a number that no other has. */
export type SnapshotCall =
  | { readonly op: 'make'; readonly call: number; readonly order: SnapshotOrder }
  | { readonly op: 'newest'; readonly call: number; readonly partition: number }
  | { readonly op: 'restore'; readonly call: number; readonly partition: number; readonly folder: string }
  | { readonly op: 'journal'; readonly call: number; readonly partition: number };

export type SnapshotReply =
  | { readonly call: number; readonly value: PartitionSnapshot | JournalOfSnapshot | undefined }
  | { readonly call: number; readonly failure: string };
