import type { MetricTopic } from './metric-row.js';

/** Several machines: what this node owns, what it takes over, and what it hands on. All are 0 without a cluster. */
export const CLUSTER_METRICS = {
  counters: {
    partitionsLost: {
      name: 'cluster_partitions_lost_total',
      unit: 'operations',
      help: 'Partitions that another node took while this one served them; what was not acknowledged is sent again.',
    },
    partitionFailures: {
      name: 'cluster_partition_failures_total',
      unit: 'operations',
      help: 'Tries to serve a partition, or partitions served, that ended with an error.',
    },
    linkStrangers: {
      name: 'cluster_link_strangers_total',
      unit: 'operations',
      help: 'Connections from other nodes, or from strangers, that ended before they showed the key of the cluster.',
    },
    eventsForwarded: {
      name: 'cluster_events_forwarded_total',
      unit: 'events',
      help: 'Events of shoppers that this node handed on to the node that owns their partition.',
    },
    partitionSnapshots: {
      name: 'cluster_snapshots_total',
      unit: 'operations',
      help: 'Snapshots of partitions that this node made: from then on their streams can be purged.',
    },
    partitionSnapshotFailures: {
      name: 'cluster_snapshot_failures_total',
      unit: 'operations',
      help: 'Snapshots of partitions that were due and not made; the log says why. They are tried again.',
    },
    partitionsRestored: {
      name: 'cluster_snapshots_restored_total',
      unit: 'operations',
      help: 'Partitions that this node began from a snapshot, since its data folder did not have them, or had them as they were too long ago.',
    },
    catalogueMessagesPassed: {
      name: 'cluster_catalogue_messages_passed_total',
      unit: 'operations',
      help: 'Messages in the log of the catalogue that no node wrote, which were passed over.',
    },
  },
  gauges: {
    partitionsOwned: {
      name: 'cluster_partitions_owned',
      unit: 'operations',
      merge: 'sum',
      help: 'Partitions that this node serves.',
    },
    partitionsAway: {
      name: 'cluster_partitions_away',
      unit: 'operations',
      merge: 'sum',
      help: 'Partitions of which this node knows no owner: their shoppers wait.',
    },
    partitionsStoodBy: {
      name: 'cluster_partitions_stood_by',
      unit: 'operations',
      merge: 'sum',
      help: 'Partitions of other nodes whose journals this node follows, to take them over at once.',
    },
    standbysBehind: {
      name: 'cluster_standbys_behind',
      unit: 'operations',
      merge: 'sum',
      help: 'Of those, partitions of whose journal something is left to be carried out, or that cannot be read now.',
    },
    learningBehind: {
      name: 'cluster_learning_behind',
      unit: 'operations',
      merge: 'sum',
      help: 'Partitions that are not on this node and of whose clicks some are left to be learned, or cannot be read now.',
    },
    catalogueBehind: {
      name: 'cluster_catalogue_behind',
      unit: 'operations',
      merge: 'sum',
      help: 'Changes of the catalogue that another node has carried out and this one has not.',
    },
    catalogueDiffers: {
      name: 'cluster_catalogue_differs',
      unit: 'operations',
      merge: 'sum',
      help: '1 when another node has carried out the same changes of the catalogue and came to something else.',
    },
    replicasBehind: {
      name: 'cluster_replicas_behind',
      unit: 'operations',
      merge: 'sum',
      help: 'Copies of the streams that this node writes which are not there or lag behind.',
    },
    leadersBeside: {
      name: 'cluster_leaders_beside',
      unit: 'operations',
      merge: 'sum',
      help: 'Partitions that this node serves whose stream is led by the NATS server on its own machine: a loss of the machine takes seconds longer.',
    },
  },
  histograms: {
    clusterTakeover: {
      name: 'cluster_takeover_seconds',
      unit: 'seconds',
      bounds: 'promise',
      help: 'From the decision to take a partition over until it serves here.',
    },
    clusterPublish: {
      name: 'cluster_publish_seconds',
      unit: 'seconds',
      bounds: 'promise',
      help: 'A commit of a partition, from the first try to its acknowledgement by the NATS servers.',
    },
  },
} as const satisfies MetricTopic;
