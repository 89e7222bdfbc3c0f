import { normalLoad, SCRAPE_SECONDS, SCRAPES, seriesName } from './simulated-scrapes.js';

/** What breaks at half of the time, and the alert that has to say so. */
export interface Fault {
  /** Series that go another way than under normal load. */
  readonly series: Readonly<Record<string, string>>;
  /** Labels of the alert besides `job` and `severity`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** True for an alert of the whole job, which names no instance. */
  readonly isOfJob?: boolean;
  /** True when it needs hours. */
  readonly isSlow?: boolean;
}

/** Pause between two scrapes where hours are simulated. */
const SLOW_SECONDS = 120;
const HALF = SCRAPES / 2;

/** A counter that grows by `before` a second, and by `after` from half of the time on. */
function counter(before: number, after: number, secondsApart = SCRAPE_SECONDS): string {
  return `0+${before * secondsApart}x${HALF - 1} ${before * secondsApart * HALF}+${after * secondsApart}x${HALF}`;
}

/** A gauge that becomes another one at half of the time; a counter that jumps. */
function step(before: number, after: number): string {
  return `${before}+0x${HALF - 1} ${after}+0x${HALF}`;
}

const late = (what: 'list' | 'ack', secondsApart = SCRAPE_SECONDS): Fault['series'] => ({
  [seriesName(`afterclick_click_to_${what}_seconds_bucket`, `le="${what === 'list' ? '0.025' : '0.2'}"`)]:
    counter(499.9, 250, secondsApart),
});
const only = (metric: string, series: string, labels?: string): Fault => ({
  series: { [seriesName(metric, labels)]: series },
});

/** One for each alert of `metrics/alerts/`. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  AfterclickListFastBurn: { series: late('list'), isOfJob: true },
  AfterclickListBurn: { series: late('list'), isOfJob: true },
  AfterclickListSlowBurn: { series: late('list', SLOW_SECONDS), isOfJob: true, isSlow: true },
  AfterclickListDrain: { series: late('list', SLOW_SECONDS), isOfJob: true, isSlow: true },
  AfterclickAckFastBurn: { series: late('ack'), isOfJob: true },
  // Refused events count as those that were late.
  AfterclickAckBurn: {
    ...only('afterclick_events_refused_total', counter(0, 100), 'code="overloaded"'),
    isOfJob: true,
  },
  AfterclickAckSlowBurn: { series: late('ack', SLOW_SECONDS), isOfJob: true, isSlow: true },
  AfterclickAckDrain: { series: late('ack', SLOW_SECONDS), isOfJob: true, isSlow: true },
  AfterclickDown: only('up', step(1, 0)),
  AfterclickNotReady: only('afterclick_ready', step(1, 0)),
  AfterclickCrashLoop: only('process_start_time_seconds', `0+0x${HALF - 1} 1800+60x${HALF}`),
  AfterclickShardRestarted: only('afterclick_shard_restarts_total', counter(0, 0.001)),
  AfterclickShardCrashLoop: only('afterclick_shard_restarts_total', counter(0, 0.02)),
  AfterclickInvariantBroken: only('afterclick_invariants_broken_total', step(0, 1)),
  AfterclickRecordsSetAside: only('afterclick_records_set_aside_total', step(0, 1), 'kind="user"'),
  AfterclickStoreDamage: only('afterclick_records_set_aside_total', step(0, 400), 'kind="journal"'),
  AfterclickDiskFull: only('afterclick_store_waits_for_disk', step(0, 1), 'thread="shard-1"'),
  AfterclickDiskNearlyFull: {
    ...only('afterclick_disk_free_bytes', counter(0, 0).replace(/^0/, '2e9').replace(/ 0\+0/, ' 9e8+0')),
    isSlow: true,
  },
  AfterclickStoreStalled: only('afterclick_store_commits_total', counter(300, 0)),
  AfterclickSnapshotOld: only('afterclick_snapshot_interval_seconds', step(1_200, 1_200)),
  AfterclickSnapshotFailed: only('afterclick_snapshot_failures_total', step(0, 1)),
  AfterclickModelFallback: only('afterclick_model_fallback', step(0, 1)),
  AfterclickModelFailing: only('afterclick_model_failures_total', counter(0, 1)),
  AfterclickModelSwapFailed: only('afterclick_model_swaps_total', step(0, 1), 'outcome="refused"'),
  AfterclickEventLoopDelay: {
    ...only('afterclick_event_loop_delay_seconds', step(0.004, 0.3), 'thread="shard-0",statistic="p99"'),
    labels: { thread: 'shard-0', statistic: 'p99' },
  },
  AfterclickQueueFilling: {
    ...only('afterclick_queue_to_shard', step(12, 30_000), 'thread="shard-0"'),
    labels: { thread: 'shard-0' },
  },
  AfterclickShedding: only('afterclick_shed_level', step(0, 3), 'thread="shard-1"'),
  AfterclickFilesNearLimit: only('process_open_fds', step(320, 900)),
  AfterclickListeningPaused: only('afterclick_listening_paused_total', counter(0, 0.01)),
  AfterclickMemoryNearLimit: only('process_resident_memory_bytes', step(600e6, 3.9e9)),
  AfterclickSlowPeers: {
    ...only('afterclick_connections_closed_total', counter(0, 1), 'code="4008"'),
    labels: { code: '4008' },
  },
  AfterclickPeersRefused: {
    ...only('afterclick_peers_refused_total', counter(0, 5), 'reason="memory"'),
    labels: { reason: 'memory' },
  },
  AfterclickHttpErrors: {
    ...only('afterclick_http_errors_total', counter(0, 2), 'route="/v1/rank"'),
    labels: { route: '/v1/rank' },
  },
  AfterclickRanksDegraded: only('afterclick_ranks_degraded_total', counter(0.01, 5)),
  AfterclickListsMissed: {
    ...only('afterclick_clicks_total', counter(100, 5, SLOW_SECONDS), 'source="list"'),
    isOfJob: true,
    isSlow: true,
  },
  AfterclickPartitionsUnserved: only('afterclick_cluster_partitions_away', step(0, 2)),
  AfterclickPartitionFailures: only('afterclick_cluster_partition_failures_total', counter(0, 0.02)),
  AfterclickPartitionsFenced: only('afterclick_cluster_partitions_lost_total', counter(0, 0.05)),
  // Of two takeovers a minute one is late.
  AfterclickTakeoverSlow: only(
    'afterclick_cluster_takeover_seconds_bucket',
    counter(1 / 30, 1 / 60),
    'le="3.2"',
  ),
  AfterclickPartitionSnapshots: only('afterclick_cluster_snapshot_failures_total', counter(0, 1 / 30)),
  AfterclickReplicasBehind: only('afterclick_cluster_replicas_behind', step(0, 4)),
  AfterclickLeaderBeside: only('afterclick_cluster_leaders_beside', step(0, 1)),
  AfterclickStandbyBehind: only('afterclick_cluster_standbys_behind', step(0, 1)),
  AfterclickCatalogueDiffers: only('afterclick_cluster_catalogue_differs', step(0, 1)),
  AfterclickLearningBehind: only('afterclick_cluster_learning_behind', step(0, 1)),
  AfterclickPublishSlow: only('afterclick_cluster_publish_seconds_bucket', counter(199.5, 150), 'le="0.1"'),
};

/** Scrapes of a fault, and how many seconds lie between two. */
export function scrapesOf({ series, isSlow = false }: Fault): {
  series: Record<string, string>;
  seconds: number;
} {
  const seconds = isSlow ? SLOW_SECONDS : SCRAPE_SECONDS;
  return { series: { ...normalLoad(SCRAPES, seconds), ...series }, seconds };
}
