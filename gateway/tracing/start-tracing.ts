import { randomBytes } from 'node:crypto';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { CallWatch } from './call-watch.js';
import { loadOtlpSender } from './otlp-sender.js';
import { readHeaders } from './otlp-headers.js';
import { SlowLog } from './slow-log.js';
import { TraceQueue } from './trace-queue.js';
import { Tracer } from './tracer.js';

/** Values of the options. */
export interface TracingConfig {
  /** '': nothing is sent, and nothing that sends is loaded. */
  readonly otlpEndpoint: string;
  readonly otlpHeaders: string;
  readonly traceRatio: number;
  readonly slowClickMs: number;
}

export interface TracingContext {
  readonly clock: Clock;
  readonly stats: ThreadStats;
  readonly log: Log;
}

export interface StartedTracing {
  readonly watch: CallWatch;
  /** Sends what waits; undefined when nothing is sent. */
  readonly queue: TraceQueue | undefined;
}

/** The watch of single clicks and calls, as the options say. */
export async function startTracing(config: TracingConfig, context: TracingContext): Promise<StartedTracing> {
  const queue = config.otlpEndpoint === '' ? undefined : await startQueue(config, context);
  const tracer = new Tracer({
    ...context,
    ratio: config.traceRatio,
    queue,
    random: Math.random,
    newId: () => randomBytes(16).toString('hex'),
  });
  const slow = new SlowLog({ ...context, slowClickMs: config.slowClickMs });
  return { watch: new CallWatch(slow, tracer, context.clock), queue };
}

async function startQueue(config: TracingConfig, context: TracingContext): Promise<TraceQueue> {
  const headers = readHeaders(config.otlpHeaders) ?? {};
  const send = await loadOtlpSender({ endpoint: config.otlpEndpoint, headers }, context.clock);
  return new TraceQueue(send, context);
}
