import { ERROR_CODE_VALUES } from './contract-names.js';
import type { MetricTopic } from './metric-row.js';

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

/**
 * Places for the slots of `AFTERCLICK_SLOTS_COUNTED`, in its order; `other` are all further slots. What is exported in a place's stead is
 * the name that the option gives it.
 */
export const SLOT_PLACES = ['0', '1', '2', '3', '4', '5', '6', '7', 'other'] as const;

/** Where the item of a click stood: in the list sent last of some slot, in none, or nothing had been sent. */
export const CLICK_SOURCES = ['list', 'elsewhere', 'no_list'] as const;

/** Parts of what sells: the most popular items of the shop, and all others. */
export const POPULARITY_VALUES = ['top', 'tail'] as const;

/** Clicks and what becomes of them: events taken or refused, lists pushed, how long both took, and whether the lists held what was clicked. */
export const CLICK_METRICS = {
  counters: {
    eventsApplied: {
      name: 'events_applied_total',
      unit: 'events',
      help: 'Events put into an interest graph.',
    },
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
    clicks: {
      name: 'clicks_total',
      unit: 'clicks',
      help: 'Clicks on one item, by whether the item was in a list sent last (list), in none of them (elsewhere), or nothing had been sent (no_list).',
      label: 'source',
      values: CLICK_SOURCES,
    },
    listsSent: { name: 'lists_sent_total', unit: 'lists', help: 'Lists pushed to sockets.' },
    listsCoalesced: {
      name: 'lists_coalesced_total',
      unit: 'lists',
      help: 'Lists replaced by a newer one before they were sent.',
    },
    listItems: {
      name: 'list_items_total',
      unit: 'items',
      help: 'Items of every 16th list, by whether they are among the 100 most popular ones (top) or not (tail).',
      label: 'popularity',
      values: POPULARITY_VALUES,
    },
  },
  gauges: {
    itemsListed: {
      name: 'items_listed',
      unit: 'items',
      merge: 'max',
      help: 'Different items in the lists sent in the last full ten minutes, or since the start while none is over.',
    },
  },
  histograms: {
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
    clickedPosition: {
      name: 'clicked_position',
      unit: 'clicks',
      help: 'Where in the list sent last of a slot the clicked item stood, from 1; by slot, as AFTERCLICK_SLOTS_COUNTED names them.',
      label: 'slot',
      values: SLOT_PLACES,
      bounds: 'position',
    },
  },
} as const satisfies MetricTopic;
