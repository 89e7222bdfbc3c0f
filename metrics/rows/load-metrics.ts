import type { MetricTopic } from './metric-row.js';

/** Levels at which a shard leaves something out: 1 lists coalesce, 2 fewer candidates, 3 neighbours only, 4 refuses. */
export const SHED_LEVELS = ['1', '2', '3', '4'] as const;

/** Too much load: the queues to and in the shards, and what a shard leaves out. */
export const LOAD_METRICS = {
  counters: {
    shedSeconds: {
      name: 'shed_seconds_total',
      unit: 'seconds',
      help: 'Time for which shards left out work because of too much load, by level.',
      label: 'level',
      values: SHED_LEVELS,
    },
    candidatesCut: {
      name: 'candidates_cut_total',
      unit: 'items',
      help: 'Candidates that were not scored because of too much load.',
    },
  },
  gauges: {
    queueToShard: {
      name: 'queue_to_shard',
      unit: 'events',
      merge: 'thread',
      help: 'Calls handed to the shard and not yet answered.',
    },
    queueShardInbox: {
      name: 'queue_shard_inbox',
      unit: 'events',
      merge: 'thread',
      help: 'Calls waiting inside a shard for its next tick.',
    },
    queueMax: {
      name: 'queue_to_shard_max',
      unit: 'events',
      merge: 'max',
      help: 'Calls that may wait for one shard, as AFTERCLICK_QUEUE_MAX says.',
    },
    shedLevel: {
      name: 'shed_level',
      unit: 'operations',
      merge: 'thread',
      help: 'What the shard leaves out because of too much load: 0 nothing, 1 lists coalesce, 2 fewer candidates, 3 neighbours only, 4 refuses.',
    },
    shedRoom: {
      name: 'shed_room_events',
      unit: 'events',
      merge: 'thread',
      help: 'Events that may be under way in a shard that refuses; 0 while it does not.',
    },
  },
  histograms: {},
} as const satisfies MetricTopic;
