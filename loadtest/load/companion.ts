import type { Clock } from '../../metrics/process/clock.js';
import type { LoadCrowd } from './load-crowd.js';

/** What a companion sees of a run. */
export interface RunView {
  readonly crowd: LoadCrowd;
  readonly clock: Clock;
  /** Of the measured time, clock µs. */
  readonly fromUs: number;
  readonly endUs: number;
}

/** Something that happens beside the crowd's clicks: who disturbs, or what is done to the crowd. Its own clicks are no part of the run. */
export interface Companion {
  /** Before the run: opens what it needs. */
  open(): Promise<void>;
  /** When the clicks begin. */
  begin(run: RunView): void;
  /** Ends it; what happened, by name. */
  end(): Readonly<Record<string, number>>;
}
