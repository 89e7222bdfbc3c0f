import { namesOf, SCOPE } from '../access/scope.js';
import type { Grant } from '../access/grant.js';
import type { Needed } from '../access/scope-table.js';
import type { AuditedAct, AuditedCaller } from './audit-line.js';

/** Takes down who did what. */
export interface AuditTrail {
  /** Resolves when the act is on the disk, or when it is known that the disk does not take it. Never rejects. */
  note(act: AuditedAct): Promise<void>;
  /** The same of what anybody can do without end: some of it is written (`BoundedActs`), and nobody waits. */
  noteSome(act: AuditedAct): void;
  /** What somebody is called in the files; who they are cannot be read from it. */
  pseudonymOf(name: string): string;
}

/** A call that was answered. */
export interface AnsweredCall {
  readonly method: string;
  /** As it is written in the table of scopes. */
  readonly route: string;
  readonly needed: Needed;
  /** In its path; '' where there is none. */
  readonly id: string;
  /** Name in the certificate that was shown; '' where none was. */
  readonly certificate: string;
  readonly status: number;
}

const OF_PEOPLE = /^\/v1\/(?:users|sessions)\//;
/** Scopes of the staff: their acts are written one and all. */
const STAFF = SCOPE.users | SCOPE.catalogue | SCOPE.operate;
const REFUSED: ReadonlySet<number> = new Set([401, 403, 429]);

/**
 * Takes a call down: whatever deletes, whatever is for one user or visitor by their path, and what needs the scope `operate` and
 * changes something. What shoppers read of themselves is not. Resolves when the answer may leave.
 * @param grant undefined when the caller was not let in
 */
export async function noteCall(
  trail: AuditTrail,
  call: AnsweredCall,
  grant: Grant | undefined,
): Promise<void> {
  if (!isAudited(call)) return;
  const isStaff = grant !== undefined && (grant.scopes & STAFF) !== 0;
  const act = actOf(call, grant, trail);
  if (isStaff && !REFUSED.has(call.status)) return trail.note(act);
  if (call.method !== 'GET' || call.status >= 400) trail.noteSome(act);
}

function isAudited({ method, needed, route }: AnsweredCall): boolean {
  if (method === 'DELETE' || OF_PEOPLE.test(route)) return true;
  return method !== 'GET' && needed === SCOPE.operate;
}

function actOf(
  { certificate, id, method, route, status }: AnsweredCall,
  grant: Grant | undefined,
  trail: AuditTrail,
): AuditedAct {
  const target = OF_PEOPLE.test(route) ? trail.pseudonymOf(id) : id;
  return {
    who: { ...callerOf(grant, trail), ...(certificate !== '' && { certificate }) },
    what: `${method} ${route}`,
    ...(id !== '' && { target }),
    result: status,
  };
}

/** A shopper's `sub` is a user, and stands there as a pseudonym. */
function callerOf(grant: Grant | undefined, trail: AuditTrail): AuditedCaller {
  if (grant === undefined || !grant.hasToken) return {};
  const { user, keyId, scopes } = grant;
  const isShopper = (scopes & SCOPE.shop) !== 0;
  return {
    ...(user !== undefined && { sub: isShopper ? trail.pseudonymOf(user) : user }),
    scope: namesOf(scopes),
    ...(keyId !== undefined && { key: keyId }),
  };
}
