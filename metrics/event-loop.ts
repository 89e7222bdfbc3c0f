import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { GAUGE } from './table.js';
import type { ThreadStats } from './thread-stats.js';

/** The sampling timer's own period, which is part of what `monitorEventLoopDelay` records. */
const RESOLUTION_MS = 10;
const PERIOD_MS = 5_000;

/**
 * Writes the calling thread's event-loop delay (p50, p99 and maximum of the last period, s) and its JavaScript heap to
 * `stats`, every `periodMs`. Keeps no process alive. Returns the end of it.
 */
export function watchEventLoop(stats: ThreadStats, periodMs = PERIOD_MS): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const secondsLate = (ns: number): number => Math.max(0, ns / 1e9 - RESOLUTION_MS / 1e3);
  const write = (): void => {
    stats.gauge(GAUGE.heapUsedBytes, getHeapStatistics().used_heap_size);
    if (delay.count === 0) return;
    stats.gauge(GAUGE.eventLoopDelay.p50, secondsLate(delay.percentile(50)));
    stats.gauge(GAUGE.eventLoopDelay.p99, secondsLate(delay.percentile(99)));
    stats.gauge(GAUGE.eventLoopDelay.max, secondsLate(delay.max));
    delay.reset();
  };
  write();
  const timer = setInterval(write, periodMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    delay.disable();
  };
}
