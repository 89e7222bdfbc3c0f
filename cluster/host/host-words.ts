import type { MessagePort } from 'node:worker_threads';
import type { SharedCatalogue } from '../../model/catalogue/shared-catalogue.js';
import type { SharedInteractions } from '../../shards/graph/interactions/interaction-buffers.js';
import type { KeptSnapshot } from '../../shards/wire/calls.js';
import type { PostedModel } from '../../shards/wire/posted-model.js';
import type { ShardTuning, WorkerData } from '../../shards/wire/worker-data.js';
import type { EngineSettings } from '../engine/engine-settings.js';
import type { OwnerName } from '../journal/journal-writer.js';
import type { ShelfPlan } from '../snapshots/nats-shelf.js';
import type { SnapshotPace } from '../snapshots/snapshot-pace.js';

/** Numbers of the runs as owners of shared memory begin here, beyond those that threads have (`roomsOf`). */
export const ROOMS_FROM = 1_000_000;

/** What the thread of the partitions is started with. */
export interface HostData {
  readonly engine: EngineSettings;
  readonly owner: OwnerName;
  readonly streams: readonly StreamNames[];
  readonly snapshots: HostedSnapshots;
  readonly tuning: ShardTuning;
  readonly model: PostedModel;
  readonly catalogue: SharedCatalogue;
  readonly interactions: SharedInteractions;
  /** Of the thread itself. */
  readonly stats: SharedArrayBuffer;
}

/** Where snapshots are kept, and when they are made. */
export interface HostedSnapshots {
  readonly shelf: ShelfPlan;
  readonly pace: SnapshotPace;
  /** A folder for what is on its way. */
  readonly scratch: string;
}

/** A stream to be made where it is not there. */
export interface StreamNames {
  readonly name: string;
  readonly replicas: number;
  readonly bytesMax: number;
}

/** What the thread is told. `run` numbers a partition as it is kept warm, and owned when it comes to that. */
export type HostCall =
  /** Follows the partition's journal from now on. */
  | {
      readonly op: 'open';
      readonly run: number;
      readonly data: Omit<WorkerData, 'learnsFrom'>;
      readonly port: MessagePort;
    }
  /** Owns it as soon as it is level with its journal. */
  | { readonly op: 'take'; readonly run: number }
  /** Ends it at once; it may be over. */
  | { readonly op: 'drop'; readonly run: number }
  | ModelCall
  /** A snapshot of a partition that is owned; answered by `told`. */
  | SnapshotAsked
  /** All are over; the thread ends. */
  | { readonly op: 'end' };

/** What is done to the model of all partitions of the thread; each call is answered by `told` with its number. */
export type ModelCall =
  /** Each partition makes its states ready beside those that serve. */
  | { readonly op: 'prepare' | 'adopt'; readonly call: number; readonly model: PostedModel }
  /** What was made ready is not wanted any more. */
  | { readonly op: 'discard'; readonly call: number };

export interface SnapshotAsked {
  readonly op: 'snapshot';
  readonly call: number;
  readonly partition: number;
}

/** What the thread says. */
export type HostReply =
  /** Once: streams are there, partitions can be opened. */
  | { readonly op: 'ready' }
  | { readonly op: 'refused'; readonly code: string; readonly problems: readonly string[] }
  /** Whether it has carried out all that its journal has: said when that changes. */
  | { readonly op: 'level'; readonly run: number; readonly isLevel: boolean }
  /** The partition is this node's; it serves when its port says `ready`. */
  | { readonly op: 'owned'; readonly run: number; readonly epoch: number }
  /** A call with a number has been carried out, or could not be. `snapshot` is what was asked for, where it was one. */
  | {
      readonly op: 'told';
      readonly call: number;
      readonly problem?: string;
      readonly snapshot?: KeptSnapshot;
    }
  /** A snapshot was not made. */
  | { readonly op: 'trouble'; readonly partition: number; readonly why: string }
  /** Nothing is left of the run. */
  | { readonly op: 'ended'; readonly run: number; readonly end: RunEnd };

/** Why a run is over: `lost` when the partition is another node's, `closed` when it was told to. */
export interface RunEnd {
  readonly why: 'lost' | 'closed' | 'failed';
  readonly message: string;
}
