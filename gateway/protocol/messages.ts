/**
 * The wire messages of contract version 1 (docs/PROTOCOL.md), which the gateway, the SDK and the load generator share: types, and the
 * names and codes that they are made of. Every message is one map with a `t`.
 */

export * from './messages/client-messages.js';
export * from './messages/server-messages.js';
export * from './messages/shopper-insights.js';
