import { CLOSE_CODE_VALUES, ERROR_CODE_VALUES, MESSAGE_TYPE_VALUES } from './contract-names.js';
import type { MetricTopic } from './metric-row.js';

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

/** WebSocket connections: who is let in, the messages that come and go, and what waits for peers who do not read. */
export const SOCKET_METRICS = {
  counters: {
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
    messagesMalformed: {
      name: 'messages_malformed_total',
      unit: 'messages',
      help: 'Messages that did not decode or did not fit the contract.',
    },
    errorsSent: {
      name: 'errors_sent_total',
      unit: 'messages',
      help: 'Error messages sent over sockets, by code.',
      label: 'code',
      values: ERROR_CODE_VALUES,
    },
    messagesOut: { name: 'messages_sent_total', unit: 'messages', help: 'WebSocket messages sent.' },
    bytesIn: {
      name: 'received_bytes_total',
      unit: 'bytes',
      help: 'Payload bytes of WebSocket messages received.',
    },
    bytesOut: { name: 'sent_bytes_total', unit: 'bytes', help: 'Payload bytes of WebSocket messages sent.' },
  },
  gauges: {
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
    socketBufferedBytes: {
      name: 'socket_buffered_bytes',
      unit: 'bytes',
      merge: 'sum',
      help: 'Bytes that wait for peers who do not read, of all connections.',
    },
    queueOutboxMaxBytes: {
      name: 'queue_outbox_max_bytes',
      unit: 'bytes',
      merge: 'max',
      help: 'Largest send backlog of one connection at the last look.',
    },
  },
  histograms: {
    message: {
      name: 'message_seconds',
      unit: 'seconds',
      help: "From a WebSocket message's frame to the end of what the gateway's thread does with it, by type.",
      label: 'type',
      values: MESSAGE_TYPE_VALUES,
      bounds: 'call',
    },
  },
} as const satisfies MetricTopic;
