import type { Clock } from '../../metrics/process/clock.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardSink } from '../wire/calls.js';
import type { Quarantine } from '../quarantine/quarantine.js';
import type { ClickPlaces } from '../live/click-places.js';
import type { MarketCounter } from '../market/market-counter.js';
import type { InHand } from '../wire/in-hand.js';
import type { Shedding } from '../overload/shedding.js';
import type { ServedModel } from './served-model.js';
import type { ShardStore } from '../store/store.js';

/** What all classes of a shard work on; `build-shard.ts` puts it together. */
export interface ShardContext {
  readonly store: ShardStore;
  /** Another one after a swap, which happens between two ticks: to be read anew for each piece of work. */
  model: ServedModel;
  readonly stats: ThreadStats;
  /** Counts where clicks were made. */
  readonly places: ClickPlaces;
  /** Takes what cannot be read or applied. */
  readonly quarantine: Quarantine;
  /** Says what is being carried out. */
  readonly inHand: InHand;
  /** What is left out under too much load. */
  readonly shedding: Shedding;
  /** Counts what the market does, where somebody looks. */
  readonly market: MarketCounter | undefined;
  readonly clock: Clock;
  readonly sink: ShardSink;
  /** Called with what broke; the thread ends. */
  readonly fail: (error: unknown) => void;
}
