/** Subprotocols the gateway speaks, best first. No offer means JSON. */
export const SUBPROTOCOLS = ['afterclick.v1.msgpack', 'afterclick.v1.json'] as const;
export type Subprotocol = (typeof SUBPROTOCOLS)[number];
