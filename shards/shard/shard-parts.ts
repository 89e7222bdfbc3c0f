import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardSink } from '../wire/calls.js';
import type { ServedModel } from './served-model.js';
import type { ShardStore } from '../store/store.js';

/** The parts a shard is made of; `build-shard.ts` puts them together. */
export interface ShardParts {
  readonly store: ShardStore;
  /** Another one after a swap, which happens between two ticks: to be read anew for each piece of work. */
  model: ServedModel;
  readonly stats: ThreadStats;
  readonly clock: Clock;
  readonly sink: ShardSink;
  /** Called with what broke; the thread ends. */
  readonly fail: (error: unknown) => void;
}
