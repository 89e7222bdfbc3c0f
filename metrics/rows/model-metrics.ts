import type { MetricTopic } from './metric-row.js';

/** How a swap to another bundle ends. */
export const SWAP_OUTCOMES = ['swapped', 'unchanged', 'refused', 'failed'] as const;

/** How a question to the encoder ends. */
export const ASK_OUTCOMES = ['answered', 'late'] as const;

/** How a cut of the shop into communities ends. */
export const CUT_OUTCOMES = ['made', 'failed'] as const;

/** What serves: the catalogue, the bundle and its runs, swaps of it with the states that are rebuilt for it, the encoder, and communities. */
export const MODEL_METRICS = {
  counters: {
    modelRuns: {
      name: 'model_runs_total',
      unit: 'operations',
      help: 'Runs of the model; each steps a batch of users who clicked.',
    },
    modelFailures: {
      name: 'model_failures_total',
      unit: 'operations',
      help: 'Runs of the model that threw; their clicks were stepped one by one.',
    },
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
    communityCuts: {
      name: 'community_cuts_total',
      unit: 'operations',
      help: 'Cuts of all items into communities, by outcome; after a failed one those of before stay.',
      label: 'outcome',
      values: CUT_OUTCOMES,
    },
  },
  gauges: {
    catalogueItems: { name: 'catalogue_items', unit: 'items', merge: 'max', help: 'Items in the catalogue.' },
    modelFallback: {
      name: 'model_fallback',
      unit: 'operations',
      merge: 'max',
      help: '1 while no bundle serves and lists come of similar sessions alone.',
    },
    rebuildBehind: {
      name: 'rebuild_behind_events',
      unit: 'events',
      merge: 'thread',
      help: 'Journal events that a rebuild of user states has before it; 0 when none runs.',
    },
    encoderItemsLeft: {
      name: 'encoder_items_left',
      unit: 'items',
      merge: 'max',
      help: 'Items that the encoder has not read yet, or not since they changed.',
    },
    communities: {
      name: 'item_communities',
      unit: 'items',
      merge: 'max',
      help: 'Large communities of the last cut of all items; 0 before the first.',
    },
  },
  histograms: {
    batchUsers: {
      name: 'model_batch_users',
      unit: 'users',
      help: 'Users stepped by one run of the model.',
      bounds: 'count',
    },
    modelSwap: {
      name: 'model_swap_seconds',
      unit: 'seconds',
      help: 'From the request for another bundle to the first list of it, rebuilding of states included.',
      bounds: 'call',
    },
  },
} as const satisfies MetricTopic;
