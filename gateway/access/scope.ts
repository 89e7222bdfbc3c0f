/**
 * What a caller may do. `shop`: all that a shopper does for themselves; `events` and `rank`: events and lists of any user, for a
 * shop's servers; `users`: what is stored of users; `catalogue`: items; `operate`: model, snapshots, metrics. One bit each.
 */
export const SCOPE = { shop: 1, events: 2, rank: 4, users: 8, catalogue: 16, operate: 32 } as const;
export type ScopeName = keyof typeof SCOPE;

/** Sum of bits of `SCOPE`. */
export type Scopes = number;

export const SCOPE_NAMES = Object.keys(SCOPE) as ScopeName[];
export const NO_SCOPES: Scopes = 0;
export const ALL_SCOPES: Scopes = scopesOf(SCOPE_NAMES);

/** Bits of the names that are scopes; others are left out, for they may be another service's. */
export function scopesOf(names: readonly string[]): Scopes {
  let scopes = NO_SCOPES;
  for (const name of names) if (Object.hasOwn(SCOPE, name)) scopes |= SCOPE[name as ScopeName];
  return scopes;
}

/** Names of the bits, in the order of `SCOPE`. */
export function namesOf(scopes: Scopes): ScopeName[] {
  return SCOPE_NAMES.filter((name) => (scopes & SCOPE[name]) !== 0);
}
