import { visitor, type UserKey } from '../../../shards/api.js';

/** Names that calls without a shopper take in turn: so many of them may be in one round of the shards. */
const NOBODIES = 64;

let last = 0;

/** Whom a call is for that names nobody: a visitor without a past, of a name that no session can have. Nothing of them is ever kept. */
export function nobody(): UserKey {
  last = (last + 1) % NOBODIES;
  return visitor(`\u0001nobody ${last}`);
}
