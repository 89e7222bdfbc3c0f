/** When a client may come back after a close, as `bye.reconnect` says it. */
export type Reconnect = 'never' | 'backoff' | 'now';

/** One WebSocket close of the contract: code, reason phrase, and when to come back. */
export interface Close {
  readonly code: number;
  readonly reason: string;
  readonly reconnect: Reconnect;
}

/** The contract's close codes; `docs/PROTOCOL.md` has the same table. */
export const CLOSES = {
  goingAway: { code: 1001, reason: 'server going away', reconnect: 'now' },
  frameTooLarge: { code: 1009, reason: 'frame over the limit', reconnect: 'never' },
  malformed: { code: 4000, reason: 'too many malformed messages', reconnect: 'never' },
  notAuthenticated: { code: 4001, reason: 'not authenticated', reconnect: 'never' },
  tokenExpired: { code: 4002, reason: 'token expired', reconnect: 'backoff' },
  notAllowed: { code: 4003, reason: 'origin or user not allowed', reconnect: 'never' },
  tooSlow: { code: 4008, reason: 'too slow to read', reconnect: 'now' },
  sessionTaken: { code: 4009, reason: 'session taken over by a newer connection', reconnect: 'never' },
  rateLimited: { code: 4010, reason: 'rate limit persisted', reconnect: 'backoff' },
  sessionMerged: { code: 4011, reason: 'session merged into a user', reconnect: 'now' },
  erased: { code: 4012, reason: 'user erased', reconnect: 'never' },
  noHello: { code: 4013, reason: 'no hello in time', reconnect: 'backoff' },
} as const satisfies Record<string, Close>;
