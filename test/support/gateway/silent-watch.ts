import { CallWatch } from '../../../gateway/tracing/call-watch.js';
import { SlowLog } from '../../../gateway/tracing/slow-log.js';
import { Tracer } from '../../../gateway/tracing/tracer.js';
import type { Clock } from '../../../metrics/process/clock.js';
import { createLog } from '../../../metrics/process/log.js';
import type { ThreadStats } from '../../../metrics/thread-stats.js';

/** A watch that records nothing and tells nothing. */
export function silentWatch(clock: Clock, stats: ThreadStats): CallWatch {
  const log = createLog({ level: 'silent' });
  const tracer = new Tracer({ ratio: 0, queue: undefined, clock, stats, random: () => 1, newId: () => '' });
  return new CallWatch(new SlowLog({ slowClickMs: 0, clock, stats, log }), tracer, clock);
}
