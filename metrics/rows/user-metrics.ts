import type { MetricTopic } from './metric-row.js';

/** Users: new ones, their states in and out of memory, merges, and visitors whose time is over. */
export const USER_METRICS = {
  counters: {
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
    visitorsRemoved: {
      name: 'visitors_removed_total',
      unit: 'users',
      help: 'Visitors removed because nothing came of them for too long.',
    },
    segmentChecks: {
      name: 'segment_checks_total',
      unit: 'users',
      help: 'Users of whom it was looked which segments they are in.',
    },
    segmentHooks: {
      name: 'segment_hooks_total',
      unit: 'operations',
      help: 'Messages of segments to the shop: taken there, given up after all tries, or dropped because too many waited.',
      label: 'result',
      values: ['sent', 'failed', 'dropped'],
    },
    folds: {
      name: 'graph_folds_total',
      unit: 'operations',
      help: 'Nodes of interest graphs folded into their category at the cap.',
    },
  },
  gauges: {
    usersHot: { name: 'users_hot', unit: 'users', merge: 'thread', help: 'Users whose graph is in memory.' },
  },
  histograms: {},
} as const satisfies MetricTopic;
