import type { Access, Admission } from '../access/access.js';
import { Grant, OPEN_GRANT } from '../access/grant.js';
import { ANYONE, type Needed } from '../access/scope-table.js';
import { namesOf } from '../access/scope.js';
import { UNCHECKED_RETRY_MS, type TokenRefusal } from '../access/token-refusal.js';
import type { HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import type { Problem } from '../protocol/validate-event.js';

const BEARER = /^bearer +([^\s]+) *$/i;

/** What the caller may do, or the answer to who may not: 401 without a valid token, 403 without the scope (RFC 6750). */
export async function admit(
  access: Access,
  authorization: string,
  needed: Needed,
): Promise<Grant | HttpReply> {
  if (access.isOpen || needed === ANYONE) return OPEN_GRANT;
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined && authorization !== '')
    return unauthenticated({
      why: 'invalid',
      message: 'the header authorization is not: Bearer, and a token',
    });
  const admission: Admission = await access.grantOf(token);
  if (!(admission instanceof Grant)) return refused(admission);
  return admission.allows(needed) ? admission : withoutScope(admission, needed);
}

function withoutScope({ hasToken }: Grant, needed: number): HttpReply {
  const names = namesOf(needed);
  if (!hasToken) {
    const message = `a token with the scope ${names.join(' or ')} is needed: Authorization: Bearer`;
    return unauthenticated({ why: 'missing', message });
  }
  const detail = `the token has no scope ${names.join(' or ')}`;
  const challenge = `Bearer error="insufficient_scope", scope="${names.join(' ')}"`;
  return problemReply('not_allowed', detail, {}, { 'www-authenticate': challenge });
}

function refused(refusal: TokenRefusal): HttpReply {
  if (refusal.why !== 'unchecked') return unauthenticated(refusal);
  return problemReply('overloaded', refusal.message, {}, { 'retry-after': `${UNCHECKED_RETRY_MS / 1_000}` });
}

function unauthenticated({ why, message }: TokenRefusal): HttpReply {
  const challenge = why === 'missing' ? 'Bearer' : 'Bearer error="invalid_token"';
  return problemReply('not_authenticated', message, {}, { 'www-authenticate': challenge });
}

/** Why a call is not for the user that it names. */
export function notTheirs({ hasToken }: Grant): Problem {
  return hasToken
    ? {
        code: 'not_allowed',
        message: 'the token speaks for its own sub alone, and for visitors by the secret of their session',
      }
    : {
        code: 'not_authenticated',
        message:
          'without a token a call is for a visitor, by the secret of their session (22 letters at least)',
      };
}
