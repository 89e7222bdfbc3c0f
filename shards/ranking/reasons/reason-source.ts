/** By which way a part of a score comes; the order is that of `REASON_SOURCES` in `shards/api.ts`. */
export const SOURCE = { interest: 0, together: 1, similar: 2, trend: 3, search: 4, own: 5 } as const;
