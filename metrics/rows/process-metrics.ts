import type { MetricTopic } from './metric-row.js';

/** The process itself: is it ready, its threads and their memory, what its log and its traces say or lose. */
export const PROCESS_METRICS = {
  counters: {
    shardRestarts: {
      name: 'shard_restarts_total',
      unit: 'operations',
      help: 'Shards started again after a crash.',
    },
    invariantsBroken: {
      name: 'invariants_broken_total',
      unit: 'operations',
      help: 'Broken invariants; each ends its thread.',
    },
    slowAnswers: {
      name: 'slow_answers_total',
      unit: 'operations',
      help: 'Lists, acks and answers to calls that took longer than AFTERCLICK_SLOW_CLICK_MS.',
    },
    tracesSent: {
      name: 'traces_sent_total',
      unit: 'operations',
      help: 'Traces of clicks and calls that the collector took.',
    },
    tracesDropped: {
      name: 'traces_dropped_total',
      unit: 'operations',
      help: 'Traces that were dropped: more than are recorded in a second (rate), too many waiting (queue), refused or late (collector).',
      label: 'reason',
      values: ['rate', 'queue', 'collector'],
    },
    logLinesLost: {
      name: 'log_lines_lost_total',
      unit: 'operations',
      help: 'Lines of the log that were lost, for nobody reads it or its disk is full.',
    },
  },
  gauges: {
    ready: {
      name: 'ready',
      unit: 'operations',
      merge: 'max',
      help: '1 while /readyz says ready, 0 while it does not.',
    },
    eventLoopDelay: {
      name: 'event_loop_delay_seconds',
      unit: 'seconds',
      merge: 'thread',
      help: "How late the thread's event loop ran over the last sampling period.",
      label: 'statistic',
      values: ['p50', 'p99', 'max'],
    },
    heapUsedBytes: {
      name: 'heap_used_bytes',
      unit: 'bytes',
      merge: 'thread',
      help: 'JavaScript heap in use by the thread.',
    },
    memoryUsableBytes: {
      name: 'memory_usable_bytes',
      unit: 'bytes',
      merge: 'max',
      help: "Memory that the process may use: its container's, or the machine's.",
    },
  },
  histograms: {},
} as const satisfies MetricTopic;
