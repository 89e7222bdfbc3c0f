/**
 * Every metric of the product, once: key in the code, name, help, unit and label values. A row without `values` is one
 * number per thread; with `values` one per value of its label, so the cardinality of `/metrics` is fixed here.
 *
 * `COUNTER`, `GAUGE` and `HISTOGRAM` map the keys to the small integers that `ThreadStats` takes:
 * `stats.count(COUNTER.messagesIn)`, `stats.count(COUNTER.eventsRefused.seq_gap)`, `stats.observe(HISTOGRAM.stage.graph, us)`.
 */
export interface MetricRow {
  /** Prometheus name without the `afterclick_` prefix; the unit is in it, and counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly unit: MetricUnit;
  /** Label of the rows that have one, with all of its values. */
  readonly label?: string;
  readonly values?: readonly string[];
}
/** Bounds of an exported histogram (`metrics/bounds.ts`): fine where two times have to be told apart, few where many series stand side by side. */
export type BoundsName = 'promise' | 'stage' | 'call' | 'count' | 'position';
export interface HistogramRow extends MetricRow {
  readonly bounds: BoundsName;
}
export interface GaugeRow extends MetricRow {
  /** How the threads' values become one: added, the largest, or kept apart by a `thread` label. */
  readonly merge: 'sum' | 'max' | 'thread';
}
/** Histograms observe µs when the unit is seconds, and plain numbers otherwise; gauges have the unit itself. */
export type MetricUnit =
  | 'seconds'
  | 'bytes'
  | 'events'
  | 'lists'
  | 'messages'
  | 'users'
  | 'items'
  | 'operations'
  | 'clicks';

/** Prefix of every exported name. */
export const METRIC_PREFIX = 'afterclick_';

/** Steps of a click's way through the gateway, in order. `commit` runs beside the answer, after `ranking`. */
export const STAGES = [
  'decode',
  'to_shard',
  'graph',
  'model',
  'candidates',
  'ranking',
  'to_gateway',
  'encode',
  'send',
  'commit',
] as const;

/** Close codes that are counted by themselves; any other counts as `other`. */
export const CLOSE_CODE_VALUES = [
  '1000',
  '1001',
  '1005',
  '1006',
  '1009',
  '4000',
  '4001',
  '4002',
  '4003',
  '4008',
  '4009',
  '4010',
  '4011',
  '4012',
  '4013',
  'other',
] as const;

/** The contract's error codes (`gateway/protocol/messages.ts`; a test compares the lists, the wire folder may not be imported from here). */
export const ERROR_CODE_VALUES = [
  'malformed',
  'unknown_message',
  'invalid_field',
  'hello_expected',
  'hello_repeated',
  'unknown_item',
  'seq_gap',
  'seq_taken',
  'ts_out_of_range',
  'too_many',
  'overloaded',
  'not_authenticated',
  'not_allowed',
  'session_merged',
  'shard_restarting',
  'internal',
  'other',
] as const;

/** Names of client messages (`gateway/protocol/validate.ts`; a test compares the lists). What fits none, or is not looked into, is `other`. */
export const MESSAGE_TYPE_VALUES = [
  'event',
  'hello',
  'recommend',
  'rank',
  'subscribe',
  'unsubscribe',
  'identify',
  'token',
  'graph',
  'profile',
  'tune',
  'consent',
  'ping',
  'other',
] as const;

/** Routes of HTTP calls (`gateway/gateway.ts`; a test compares the lists). Files of the console and paths where nothing is are `other`. */
export const ROUTE_VALUES = [
  '/healthz',
  '/readyz',
  '/metrics',
  '/v1/stats',
  '/v1/model',
  '/v1/model/rollback',
  '/v1/snapshots',
  '/v1/recommend',
  '/v1/rank',
  '/v1/search',
  '/v1/batch',
  '/v1/openrtb/rank',
  '/v1/events',
  '/v1/users/{id}/graph',
  '/v1/sessions/{id}/graph',
  '/v1/users/{id}/export',
  '/v1/sessions/{id}/export',
  '/v1/users/{id}/merge',
  '/v1/users/{id}/consent',
  '/v1/sessions/{id}/consent',
  '/v1/users/{id}/profile',
  '/v1/sessions/{id}/profile',
  '/v1/items',
  '/v1/items/{id}',
  '/v1/users/{id}',
  '/v1/sessions/{id}',
  'other',
] as const;

/**
 * Places for the slots of `AFTERCLICK_SLOTS_COUNTED`, in its order; `other` are all further slots. What is exported in a place's stead is
 * the name that the option gives it.
 */
export const SLOT_PLACES = ['0', '1', '2', '3', '4', '5', '6', '7', 'other'] as const;

/** Where the item of a click stood: in the list sent last of some slot, in none, or nothing had been sent. */
export const CLICK_SOURCES = ['list', 'elsewhere', 'no_list'] as const;

/** Parts of what sells: the most popular items of the shop, and all others. */
export const POPULARITY_VALUES = ['top', 'tail'] as const;

/** How a swap to another bundle ends. */
export const SWAP_OUTCOMES = ['swapped', 'unchanged', 'refused', 'failed'] as const;

/** How a question to the encoder ends. */
export const ASK_OUTCOMES = ['answered', 'late'] as const;

/** Why an upgrade or a request is not let in. */
export const REFUSED_REASONS = [
  'host',
  'origin',
  'token',
  'scope',
  'rate',
  'sockets',
  'strikes',
  'memory',
  'bytes',
  'time',
  'overload',
] as const;

/** Levels at which a shard leaves something out: 1 lists coalesce, 2 fewer candidates, 3 neighbours only, 4 refuses. */
export const SHED_LEVELS = ['1', '2', '3', '4'] as const;

/** What a record is that was set aside because it could not be read or applied. */
export const RECORD_KINDS = [
  'user',
  'session',
  'alias',
  'event_id',
  'page',
  'journal',
  'meta',
  'item',
  'event',
  'call',
] as const;

export const COUNTERS = {
  eventsApplied: { name: 'events_applied_total', unit: 'events', help: 'Events put into an interest graph.' },
  eventsPassed: {
    name: 'events_passed_total',
    unit: 'events',
    help: 'Events taken of users who do not allow that they are kept; nothing of them is, but their numbers.',
  },
  eventsDuplicate: {
    name: 'events_duplicate_total',
    unit: 'events',
    help: 'Events seen before: acknowledged, not applied again.',
  },
  eventsRefused: {
    name: 'events_refused_total',
    unit: 'events',
    help: 'Events refused, by the code of the error that answered them.',
    label: 'code',
    values: ERROR_CODE_VALUES,
  },
  errorsSent: {
    name: 'errors_sent_total',
    unit: 'messages',
    help: 'Error messages sent over sockets, by code.',
    label: 'code',
    values: ERROR_CODE_VALUES,
  },
  listsSent: { name: 'lists_sent_total', unit: 'lists', help: 'Lists pushed to sockets.' },
  listsCoalesced: {
    name: 'lists_coalesced_total',
    unit: 'lists',
    help: 'Lists replaced by a newer one before they were sent.',
  },
  messagesIn: {
    name: 'messages_received_total',
    unit: 'messages',
    help: 'WebSocket messages taken in hand, by their type; what fits no type or was refused unread is other.',
    label: 'type',
    values: MESSAGE_TYPE_VALUES,
  },
  messageErrors: {
    name: 'message_errors_total',
    unit: 'messages',
    help: 'WebSocket messages answered with an error, by their type.',
    label: 'type',
    values: MESSAGE_TYPE_VALUES,
  },
  messagesOut: { name: 'messages_sent_total', unit: 'messages', help: 'WebSocket messages sent.' },
  bytesIn: {
    name: 'received_bytes_total',
    unit: 'bytes',
    help: 'Payload bytes of WebSocket messages received.',
  },
  bytesOut: { name: 'sent_bytes_total', unit: 'bytes', help: 'Payload bytes of WebSocket messages sent.' },
  connectionsOpened: {
    name: 'connections_opened_total',
    unit: 'operations',
    help: 'WebSocket connections opened.',
  },
  connectionsClosed: {
    name: 'connections_closed_total',
    unit: 'operations',
    help: 'WebSocket connections closed, by close code; 4008 is a reader that was too slow.',
    label: 'code',
    values: CLOSE_CODE_VALUES,
  },
  peersRefused: {
    name: 'peers_refused_total',
    unit: 'operations',
    help: 'Upgrades and HTTP requests not let in, or let go half-way, by reason.',
    label: 'reason',
    values: REFUSED_REASONS,
  },
  listeningPaused: {
    name: 'listening_paused_total',
    unit: 'operations',
    help: 'Times that the gateway stopped listening because connections had taken all files.',
  },
  messagesMalformed: {
    name: 'messages_malformed_total',
    unit: 'messages',
    help: 'Messages that did not decode or did not fit the contract.',
  },
  httpRequests: {
    name: 'http_requests_total',
    unit: 'operations',
    help: 'HTTP requests answered, by class of status.',
    label: 'status',
    values: ['2xx', '3xx', '4xx', '5xx'],
  },
  httpErrors: {
    name: 'http_errors_total',
    unit: 'operations',
    help: 'HTTP requests answered with a status of 500 or more, by route.',
    label: 'route',
    values: ROUTE_VALUES,
  },
  clicks: {
    name: 'clicks_total',
    unit: 'clicks',
    help: 'Clicks on one item, by whether the item was in a list sent last (list), in none of them (elsewhere), or nothing had been sent (no_list).',
    label: 'source',
    values: CLICK_SOURCES,
  },
  listItems: {
    name: 'list_items_total',
    unit: 'items',
    help: 'Items of every 16th list, by whether they are among the 100 most popular ones (top) or not (tail).',
    label: 'popularity',
    values: POPULARITY_VALUES,
  },
  encodedTexts: {
    name: 'encoded_texts_total',
    unit: 'items',
    help: 'Texts of items that the encoder has made vectors of; those from its cache are not in it.',
  },
  encoderAsks: {
    name: 'encoder_asks_total',
    unit: 'operations',
    help: 'Search texts that the encoder was asked for, by whether it answered in time; late ones were served by words alone.',
    label: 'outcome',
    values: ASK_OUTCOMES,
  },
  modelFailures: {
    name: 'model_failures_total',
    unit: 'operations',
    help: 'Runs of the model that threw; their clicks were stepped one by one.',
  },
  modelRuns: {
    name: 'model_runs_total',
    unit: 'operations',
    help: 'Runs of the model; each steps a batch of users who clicked.',
  },
  usersCreated: { name: 'users_created_total', unit: 'users', help: 'Users seen for the first time.' },
  usersLoaded: { name: 'users_loaded_total', unit: 'users', help: 'User states read back from the store.' },
  usersEvicted: {
    name: 'users_evicted_total',
    unit: 'users',
    help: 'User states dropped from memory because others were used later.',
  },
  usersMerged: {
    name: 'users_merged_total',
    unit: 'users',
    help: 'Anonymous visitors merged into a known user.',
  },
  folds: {
    name: 'graph_folds_total',
    unit: 'operations',
    help: 'Nodes of interest graphs folded into their category at the cap.',
  },
  commits: { name: 'store_commits_total', unit: 'operations', help: 'Group commits that reached the disk.' },
  journalEvents: {
    name: 'store_journal_events_total',
    unit: 'events',
    help: 'Events appended to the journal.',
  },
  stateWrites: { name: 'store_state_writes_total', unit: 'users', help: 'User states written to the store.' },
  modelSwaps: {
    name: 'model_swaps_total',
    unit: 'operations',
    help: 'Swaps to another bundle that were asked for, or that a watched folder asked for, by outcome.',
    label: 'outcome',
    values: SWAP_OUTCOMES,
  },
  rebuiltEvents: {
    name: 'rebuilt_events_total',
    unit: 'events',
    help: 'Journal events replayed to rebuild user states for another model.',
  },
  snapshotFailures: {
    name: 'snapshot_failures_total',
    unit: 'operations',
    help: 'Snapshots that were begun and not made.',
  },
  snapshots: { name: 'snapshots_total', unit: 'operations', help: 'Shard snapshots completed.' },
  shardRestarts: {
    name: 'shard_restarts_total',
    unit: 'operations',
    help: 'Shards started again after a crash.',
  },
  recordsSetAside: {
    name: 'records_set_aside_total',
    unit: 'operations',
    help: 'Records that could not be read, events and calls that could not be carried out: set aside, by what they are.',
    label: 'kind',
    values: RECORD_KINDS,
  },
  recordsVerified: {
    name: 'records_verified_total',
    unit: 'operations',
    help: 'Stored records whose checksum was looked at by the pass that follows a start.',
  },
  journalDropped: {
    name: 'store_journal_dropped_total',
    unit: 'events',
    help: 'Entries dropped from the beginning of the journal because they were beyond its bounds.',
  },
  visitorsRemoved: {
    name: 'visitors_removed_total',
    unit: 'users',
    help: 'Visitors removed because nothing came of them for too long.',
  },
  ranksDegraded: {
    name: 'ranks_degraded_total',
    unit: 'operations',
    help: 'Rank answers with less than the full order, because of their deadline or of too much load.',
  },
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
} as const satisfies Record<string, MetricRow>;

export const GAUGES = {
  ready: {
    name: 'ready',
    unit: 'operations',
    merge: 'max',
    help: '1 while /readyz says ready, 0 while it does not.',
  },
  itemsListed: {
    name: 'items_listed',
    unit: 'items',
    merge: 'max',
    help: 'Different items in the lists sent in the last full ten minutes, or since the start while none is over.',
  },
  encoderItemsLeft: {
    name: 'encoder_items_left',
    unit: 'items',
    merge: 'max',
    help: 'Items that the encoder has not read yet, or not since they changed.',
  },
  modelFallback: {
    name: 'model_fallback',
    unit: 'operations',
    merge: 'max',
    help: '1 while no bundle serves and lists come of similar sessions alone.',
  },
  diskFreeBytes: {
    name: 'disk_free_bytes',
    unit: 'bytes',
    merge: 'max',
    help: 'Bytes that are free on the disk of the data folder.',
  },
  diskReserveBytes: {
    name: 'disk_reserve_bytes',
    unit: 'bytes',
    merge: 'max',
    help: 'Bytes that are left alone there: with less free nothing is written.',
  },
  snapshotTime: {
    name: 'snapshot_timestamp_seconds',
    unit: 'seconds',
    merge: 'max',
    help: 'When the newest whole snapshot was made, in Unix time; 0 when there is none.',
  },
  snapshotEvery: {
    name: 'snapshot_interval_seconds',
    unit: 'seconds',
    merge: 'max',
    help: 'Pause between two snapshots, as AFTERCLICK_SNAPSHOT_EVERY_MS says; 0 when none are made by time.',
  },
  memoryUsableBytes: {
    name: 'memory_usable_bytes',
    unit: 'bytes',
    merge: 'max',
    help: "Memory that the process may use: its container's, or the machine's.",
  },
  socketBufferedBytes: {
    name: 'socket_buffered_bytes',
    unit: 'bytes',
    merge: 'sum',
    help: 'Bytes that wait for peers who do not read, of all connections.',
  },
  queueMax: {
    name: 'queue_to_shard_max',
    unit: 'events',
    merge: 'max',
    help: 'Calls that may wait for one shard, as AFTERCLICK_QUEUE_MAX says.',
  },
  connections: {
    name: 'connections',
    unit: 'operations',
    merge: 'sum',
    help: 'WebSocket connections open now.',
  },
  channels: {
    name: 'channels',
    unit: 'users',
    merge: 'sum',
    help: 'Users with at least one open connection.',
  },
  usersHot: { name: 'users_hot', unit: 'users', merge: 'thread', help: 'Users whose graph is in memory.' },
  catalogueItems: { name: 'catalogue_items', unit: 'items', merge: 'max', help: 'Items in the catalogue.' },
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
  queueOutboxMaxBytes: {
    name: 'queue_outbox_max_bytes',
    unit: 'bytes',
    merge: 'max',
    help: 'Largest send backlog of one connection at the last look.',
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
  rebuildBehind: {
    name: 'rebuild_behind_events',
    unit: 'events',
    merge: 'thread',
    help: 'Journal events that a rebuild of user states has before it; 0 when none runs.',
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
  storeWaits: {
    name: 'store_waits_for_disk',
    unit: 'operations',
    merge: 'thread',
    help: '1 while the disk takes no commits of the shard, because it is full or fails; they wait and go on by themselves.',
  },
  journalEnd: {
    name: 'store_journal_end',
    unit: 'events',
    merge: 'thread',
    help: "Position after the last entry of the shard's journal: an event, a merge, a move or the like.",
  },
  journalStart: {
    name: 'store_journal_start',
    unit: 'events',
    merge: 'thread',
    help: "Position of the first entry of the shard's journal that is kept.",
  },
  journalBytes: {
    name: 'store_journal_bytes',
    unit: 'bytes',
    merge: 'thread',
    help: "What the shard's journal takes on the disk.",
  },
} as const satisfies Record<string, GaugeRow>;

export const HISTOGRAMS = {
  clickToList: {
    name: 'click_to_list_seconds',
    unit: 'seconds',
    help: "From a click's frame at the gateway to the list that contains it handed to the socket.",
    bounds: 'promise',
  },
  clickToAck: {
    name: 'click_to_ack_seconds',
    unit: 'seconds',
    help: "From a click's frame at the gateway to its acknowledgement handed to the socket.",
    bounds: 'promise',
  },
  stage: {
    name: 'stage_seconds',
    unit: 'seconds',
    help: "Time of one step of a click's way; to_shard and to_gateway are the waits between threads.",
    label: 'stage',
    values: STAGES,
    bounds: 'stage',
  },
  message: {
    name: 'message_seconds',
    unit: 'seconds',
    help: "From a WebSocket message's frame to the end of what the gateway's thread does with it, by type.",
    label: 'type',
    values: MESSAGE_TYPE_VALUES,
    bounds: 'call',
  },
  httpRequest: {
    name: 'http_request_seconds',
    unit: 'seconds',
    help: 'From an HTTP request to its answer, by route.',
    label: 'route',
    values: ROUTE_VALUES,
    bounds: 'call',
  },
  clickedPosition: {
    name: 'clicked_position',
    unit: 'clicks',
    help: 'Where in the list sent last of a slot the clicked item stood, from 1; by slot, as AFTERCLICK_SLOTS_COUNTED names them.',
    label: 'slot',
    values: SLOT_PLACES,
    bounds: 'position',
  },
  rank: {
    name: 'rank_seconds',
    unit: 'seconds',
    help: 'From a rank or recommend call at the gateway to its answer.',
    bounds: 'promise',
  },
  modelSwap: {
    name: 'model_swap_seconds',
    unit: 'seconds',
    help: 'From the request for another bundle to the first list of it, rebuilding of states included.',
    bounds: 'call',
  },
  batchUsers: {
    name: 'model_batch_users',
    unit: 'users',
    help: 'Users stepped by one run of the model.',
    bounds: 'count',
  },
} as const satisfies Record<string, HistogramRow>;

/** Index of each key; of each label value under its key where the row has a label. */
export type MetricIndices<R> = {
  readonly [K in keyof R]: R[K] extends { readonly values: readonly (infer V extends string)[] }
    ? { readonly [L in V]: number }
    : number;
};

export const COUNTER = indices(COUNTERS);
export const GAUGE = indices(GAUGES);
export const HISTOGRAM = indices(HISTOGRAMS);

export const COUNTER_COUNT = seriesCount(COUNTERS);
export const GAUGE_COUNT = seriesCount(GAUGES);
export const HISTOGRAM_COUNT = seriesCount(HISTOGRAMS);

/** Index of `value` in a labelled record with an `other` member, which any unknown value counts as. */
export function indexOrOther(
  record: Readonly<Record<string, number>> & { readonly other: number },
  value: string,
): number {
  return Object.hasOwn(record, value) ? record[value] : record.other;
}

/** One number of one row: its index and, for a labelled row, its label value. */
export interface Series<R extends MetricRow = MetricRow> {
  readonly row: R;
  readonly index: number;
  readonly value?: string;
}

/** All series of a record of rows, in the order of their indices. */
export function seriesOf<R extends MetricRow>(rows: Readonly<Record<string, R>>): Series<R>[] {
  const series: Series<R>[] = [];
  for (const row of Object.values(rows)) {
    if (row.values === undefined) series.push({ row, index: series.length });
    else for (const value of row.values) series.push({ row, index: series.length, value });
  }
  return series;
}

function seriesCount(rows: Readonly<Record<string, MetricRow>>): number {
  return seriesOf(rows).length;
}

function indices<const R extends Readonly<Record<string, MetricRow>>>(rows: R): MetricIndices<R> {
  let next = 0;
  const byKey: Record<string, number | Record<string, number>> = {};
  for (const [key, row] of Object.entries(rows)) {
    byKey[key] =
      row.values === undefined ? next++ : Object.fromEntries(row.values.map((value) => [value, next++]));
  }
  return Object.freeze(byKey) as MetricIndices<R>;
}
