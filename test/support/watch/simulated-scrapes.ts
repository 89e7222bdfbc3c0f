const TARGET = 'job="afterclick",instance="gateway:8080"';
/** Scrapes of an hour, one each quarter of a minute. */
export const SCRAPES = 240;
export const SCRAPE_SECONDS = 15;

/** A series of the gateway, with further labels. */
export function seriesName(metric: string, labels = ''): string {
  return `${metric}{${TARGET}${labels === '' ? '' : `,${labels}`}}`;
}

/** A counter that grows by so much a second. */
export function growing(perSecond: number, scrapes = SCRAPES, secondsApart = SCRAPE_SECONDS): string {
  return `0+${perSecond * secondsApart}x${scrapes}`;
}

/** A gauge that stays, or a counter of what did not happen. */
export function steady(value: number, scrapes = SCRAPES): string {
  return `${value}+0x${scrapes}`;
}

/**
 * Two shards at 500 clicks a second, of which 2 in 1,000 get their list late and none its acknowledgement: everything that the rules look at.
 * `scrapes` of them, `secondsApart`; values in promtool's notation (`0+5x20`) by the series as Prometheus writes it.
 */
export function normalLoad(scrapes = SCRAPES, secondsApart = SCRAPE_SECONDS): Record<string, string> {
  const rate = (perSecond: number): string => growing(perSecond, scrapes, secondsApart);
  const stay = (value: number): string => steady(value, scrapes);
  const each = (
    metric: string,
    label: string,
    values: Readonly<Record<string, string>>,
  ): [string, string][] =>
    Object.entries(values).map(([value, series]) => [seriesName(metric, `${label}="${value}"`), series]);
  const one = (metric: string, series: string): [string, string] => [seriesName(metric), series];
  return Object.fromEntries([
    one('up', stay(1)),
    one('process_start_time_seconds', stay(0)),
    one('process_open_fds', stay(320)),
    one('process_max_fds', stay(1_024)),
    one('process_resident_memory_bytes', stay(600e6)),
    one('afterclick_ready', stay(1)),
    one('afterclick_connections', stay(200)),
    one('afterclick_shard_restarts_total', stay(0)),
    one('afterclick_invariants_broken_total', stay(0)),
    one('afterclick_store_commits_total', rate(300)),
    one('afterclick_events_applied_total', rate(500)),
    one('afterclick_disk_free_bytes', `50000000000-${100_000 * secondsApart}x${scrapes}`),
    one('afterclick_disk_reserve_bytes', stay(16 * 2 ** 20)),
    one('afterclick_memory_usable_bytes', stay(4e9)),
    one('afterclick_snapshot_timestamp_seconds', stay(0)),
    one('afterclick_snapshot_interval_seconds', stay(21_600)),
    one('afterclick_snapshot_failures_total', stay(0)),
    one('afterclick_model_fallback', stay(0)),
    one('afterclick_model_failures_total', stay(0)),
    one('afterclick_listening_paused_total', stay(0)),
    one('afterclick_queue_to_shard_max', stay(50_000)),
    one('afterclick_ranks_degraded_total', rate(0.01)),
    one('afterclick_rank_seconds_count', rate(20)),
    ...['list', 'ack'].flatMap((what) => {
      const name = `afterclick_click_to_${what}_seconds`;
      const late = what === 'list' ? 1 : 0.1;
      return [
        one(`${name}_count`, rate(500)),
        ...each(`${name}_bucket`, 'le', { [what === 'list' ? '0.025' : '0.2']: rate(500 - late) }),
      ];
    }),
    ...each('afterclick_events_refused_total', 'code', {
      overloaded: stay(0),
      internal: stay(0),
      shard_restarting: stay(0),
      unknown_item: rate(1),
    }),
    ...each('afterclick_records_set_aside_total', 'kind', { user: stay(0), journal: stay(0) }),
    ...each('afterclick_model_swaps_total', 'outcome', {
      swapped: stay(1),
      refused: stay(0),
      failed: stay(0),
    }),
    ...each('afterclick_connections_closed_total', 'code', { 1001: rate(0.5), 4008: stay(0) }),
    ...each('afterclick_peers_refused_total', 'reason', {
      origin: rate(0.1),
      sockets: stay(0),
      memory: stay(0),
      bytes: stay(0),
    }),
    ...each('afterclick_http_errors_total', 'route', { '/v1/rank': stay(0), '/v1/events': stay(0) }),
    ...each('afterclick_http_request_seconds_count', 'route', {
      '/v1/rank': rate(10),
      '/v1/events': rate(5),
    }),
    ...each('afterclick_clicks_total', 'source', {
      list: rate(100),
      elsewhere: rate(390),
      no_list: rate(10),
    }),
    ...['gateway', 'shard-0', 'shard-1'].map((thread): [string, string] => [
      seriesName('afterclick_event_loop_delay_seconds', `thread="${thread}",statistic="p99"`),
      stay(0.004),
    ]),
    one('afterclick_cluster_partitions_owned', stay(4)),
    one('afterclick_cluster_partitions_away', stay(0)),
    one('afterclick_cluster_replicas_behind', stay(0)),
    one('afterclick_cluster_leaders_beside', stay(0)),
    one('afterclick_cluster_standbys_behind', stay(0)),
    one('afterclick_cluster_learning_behind', stay(0)),
    one('afterclick_cluster_catalogue_differs', stay(0)),
    one('afterclick_cluster_partitions_lost_total', stay(0)),
    one('afterclick_cluster_partition_failures_total', stay(0)),
    one('afterclick_cluster_snapshot_failures_total', stay(0)),
    one('afterclick_cluster_takeover_seconds_count', rate(1 / 30)),
    ...each('afterclick_cluster_takeover_seconds_bucket', 'le', { '3.2': rate(1 / 30) }),
    one('afterclick_cluster_publish_seconds_count', rate(200)),
    ...each('afterclick_cluster_publish_seconds_bucket', 'le', { '0.1': rate(199.5) }),
    ...each('afterclick_shed_level', 'thread', { 'shard-0': stay(0), 'shard-1': stay(0) }),
    ...each('afterclick_queue_to_shard', 'thread', { 'shard-0': stay(12), 'shard-1': stay(9) }),
    ...each('afterclick_store_waits_for_disk', 'thread', { 'shard-0': stay(0), 'shard-1': stay(0) }),
  ]);
}
