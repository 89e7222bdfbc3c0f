import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { Config } from '../start/config.js';

/** Who starts the service, and hears of its end. */
export interface ServiceOwner {
  /** Aborted when the start is to be given up; it is at its next stage. */
  readonly signal: AbortSignal;
  /** Called when the gateway cannot go on; the process is to end then. */
  readonly fatal: (error: Error) => void;
}

/** What there is before anything is opened. */
export interface Ground {
  readonly config: Config;
  /** Absolute. */
  readonly dataDir: string;
  /** Of the gateway's thread. */
  readonly stats: ThreadStats;
  readonly log: Log;
  readonly owner: ServiceOwner;
}
