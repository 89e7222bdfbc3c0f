/**
 * Names of the wire contract that are values of labels. This floor may not import the protocol: a test compares the lists.
 */

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

/** Routes of HTTP calls (`gateway/gateway-routes.ts`; a test compares the lists). Files of the console and paths where nothing is are `other`. */
export const ROUTE_VALUES = [
  '/healthz',
  '/readyz',
  '/metrics',
  '/v1/stats',
  '/v1/market',
  '/v1/model',
  '/v1/model/rollback',
  '/v1/snapshots',
  '/v1/recommend',
  '/v1/rank',
  '/v1/search',
  '/v1/mcp',
  '/v1/batch',
  '/v1/openrtb/rank',
  '/v1/events',
  '/v1/users',
  '/v1/users/{id}/graph',
  '/v1/sessions/{id}/graph',
  '/v1/users/{id}/export',
  '/v1/sessions/{id}/export',
  '/v1/users/{id}/merge',
  '/v1/users/{id}/consent',
  '/v1/sessions/{id}/consent',
  '/v1/segments',
  '/v1/segments/{id}',
  '/v1/segments/{id}/members',
  '/v1/users/{id}/profile',
  '/v1/sessions/{id}/profile',
  '/v1/items',
  '/v1/items/{id}',
  '/v1/users/{id}',
  '/v1/sessions/{id}',
  'other',
] as const;
