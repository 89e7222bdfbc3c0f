import type { Clock } from '../metrics/clock.js';
import type { ThreadStats } from '../metrics/thread-stats.js';
import type { ShardSink } from './calls.js';
import type { EventApplier } from './event-applier.js';
import type { InterestCodec } from './graph/interest-codec.js';
import type { InterestGraph } from './graph/interest-graph.js';
import type { ListService } from './list-service.js';
import type { StepBatch } from './step-batch.js';
import type { ShardStore } from './store/store.js';
import type { UserTable } from './user-table.js';

/** The parts a shard is made of; `build-shard.ts` puts them together. */
export interface ShardParts {
  readonly store: ShardStore;
  readonly graph: InterestGraph;
  readonly codec: InterestCodec;
  readonly users: UserTable;
  readonly applier: EventApplier;
  readonly step: StepBatch;
  readonly lists: ListService;
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly sink: ShardSink;
  /** Called with what broke; the thread ends. */
  readonly fail: (error: unknown) => void;
}
