import { ROUTE_VALUES } from './contract-names.js';
import type { MetricTopic } from './metric-row.js';

/** Calls that are answered once: HTTP requests, and ranks and recommendations with their deadlines. */
export const CALL_METRICS = {
  counters: {
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
    ranksDegraded: {
      name: 'ranks_degraded_total',
      unit: 'operations',
      help: 'Rank answers with less than the full order, because of their deadline or of too much load.',
    },
  },
  gauges: {},
  histograms: {
    httpRequest: {
      name: 'http_request_seconds',
      unit: 'seconds',
      help: 'From an HTTP request to its answer, by route.',
      label: 'route',
      values: ROUTE_VALUES,
      bounds: 'call',
    },
    rank: {
      name: 'rank_seconds',
      unit: 'seconds',
      help: 'From a rank or recommend call at the gateway to its answer.',
      bounds: 'promise',
    },
  },
} as const satisfies MetricTopic;
