import type { MetricTopic } from './metric-row.js';

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

/** What is kept: commits, the journal, states, snapshots, the disk, and records that could not be read. */
export const STORE_METRICS = {
  counters: {
    commits: {
      name: 'store_commits_total',
      unit: 'operations',
      help: 'Group commits that reached the disk.',
    },
    journalEvents: {
      name: 'store_journal_events_total',
      unit: 'events',
      help: 'Events appended to the journal.',
    },
    journalDropped: {
      name: 'store_journal_dropped_total',
      unit: 'events',
      help: 'Entries dropped from the beginning of the journal because they were beyond its bounds.',
    },
    stateWrites: {
      name: 'store_state_writes_total',
      unit: 'users',
      help: 'User states written to the store.',
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
    snapshots: { name: 'snapshots_total', unit: 'operations', help: 'Shard snapshots completed.' },
    snapshotFailures: {
      name: 'snapshot_failures_total',
      unit: 'operations',
      help: 'Snapshots that were begun and not made.',
    },
  },
  gauges: {
    journalStart: {
      name: 'store_journal_start',
      unit: 'events',
      merge: 'thread',
      help: "Position of the first entry of the shard's journal that is kept.",
    },
    journalEnd: {
      name: 'store_journal_end',
      unit: 'events',
      merge: 'thread',
      help: "Position after the last entry of the shard's journal: an event, a merge, a move or the like.",
    },
    journalBytes: {
      name: 'store_journal_bytes',
      unit: 'bytes',
      merge: 'thread',
      help: "What the shard's journal takes on the disk.",
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
    storeWaits: {
      name: 'store_waits_for_disk',
      unit: 'operations',
      merge: 'thread',
      help: '1 while the disk takes no commits of the shard, because it is full or fails; they wait and go on by themselves.',
    },
  },
  histograms: {},
} as const satisfies MetricTopic;
