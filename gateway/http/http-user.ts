import { STRING_LIMITS } from '../protocol/limits.js';
import { isPlain } from '../protocol/text.js';
import type { Problem } from '../protocol/validate-event.js';
import { named, visitor, type SaidConsent, type UserKey } from '../../shards/api.js';

/** The fields of a call that say for whom it is; null counts as absent. Both are checked as ids. */
export interface HttpUser {
  /** A named user. */
  readonly user?: string | null | undefined;
  /** In its place: a visitor, who has nothing but their session. */
  readonly session?: string | null | undefined;
  /** What they allow of this call; what they withheld for good is withheld besides. */
  readonly consent?: SaidConsent | null | undefined;
}

/** For whom a call is, or why that cannot be said. */
export function userOf({ user, session }: HttpUser): UserKey | Problem {
  if (isGiven(user) && isGiven(session))
    return {
      code: 'invalid_field',
      message: 'user and session: give user for a named user, or session for a visitor',
    };
  if (isGiven(user)) return named(user);
  if (isGiven(session)) return visitor(session);
  return { code: 'invalid_field', message: 'user is missing; a visitor is named by session in its place' };
}

function isGiven(name: string | null | undefined): name is string {
  return name !== undefined && name !== null;
}

/** Makes the key of whom a path names: `named` below `/v1/users`, `visitor` below `/v1/sessions`. */
export type KeyOf<Key extends UserKey = UserKey> = (name: string) => Key;

/** Whom the id in a path names, or why nobody is called so: a shard cannot keep longer names. */
export function userInPath<Key extends UserKey>(id: string, keyOf: KeyOf<Key>): Key | Problem {
  if (id !== '' && id.length <= STRING_LIMITS.id && isPlain(id)) return keyOf(id);
  const message = `the id in the path has 1 to ${STRING_LIMITS.id} characters, and no control characters`;
  return { code: 'invalid_field', message };
}

/** The answer to a call for a visitor who was merged. */
export const SESSION_MERGED: Problem = {
  code: 'session_merged',
  message: 'the session went to a named user with its visitor; name that user, or begin another session',
};
