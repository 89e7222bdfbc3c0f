import type { HttpLoadResult } from '../load/http-load.js';
import type { Knee } from '../load/knee.js';
import type { LoadResult } from '../load/load-result.js';
import type { ClosedLoopResult } from '../load/closed-loop.js';
import type { Environment } from './environment.js';
import type { Verdict } from './slo.js';

/** Everything that the page of a run is made of: one of the results, and what was asked for. */
export interface RunReport {
  readonly profile: string;
  readonly environment: Environment;
  /** Flags by name. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly verdicts: readonly Verdict[];
  readonly clicks?: LoadResult;
  readonly calls?: HttpLoadResult;
  readonly knee?: Knee;
  /** As fast as answers come, behind `calls`. */
  readonly burst?: ClosedLoopResult;
}
