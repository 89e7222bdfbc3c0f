import { isPlainMap } from '../protocol/codec.js';
import { STRING_LIMITS } from '../protocol/limits.js';
import { mendedEvent, type RawEvent } from '../protocol/mended-event.js';
import { isPlain, NAME_PROBLEM } from '../protocol/text.js';
import { saidConsent } from '../protocol/validate.js';
import { eventBodyProblem, isName, type Problem } from '../protocol/validate-event.js';
import type { SaidConsent } from '../../shards/api.js';

/** An event as the contract has it, or why it cannot be made of what was sent. What fits as it is, is looked at once. */
export function fittingEvent(raw: unknown): {
  readonly fields: RawEvent;
  readonly problem?: Problem | undefined;
} {
  if (!isPlainMap(raw))
    return { fields: {}, problem: { code: 'malformed', message: 'the event is not a map' } };
  const problem = namesProblem(raw) ?? consentProblem(raw);
  if (problem !== undefined) return { fields: raw, problem };
  if (eventBodyProblem(raw) === undefined) return { fields: raw };
  const fields = mendedEvent(raw);
  return { fields, problem: eventBodyProblem(fields) };
}

function namesProblem({ id, session, user }: RawEvent): Problem | undefined {
  return (
    (isGiven(user) ? nameProblem('user', user) : undefined) ??
    (isGiven(session) ? nameProblem('session', session) : undefined) ??
    nameProblem('id', id, '; it makes sending again safe')
  );
}

/** What the sender says that the shopper allows of this event. */
function consentProblem({ consent }: RawEvent): Problem | undefined {
  if (!isGiven(consent) || saidConsent.safeParse(consent).success) return undefined;
  return { code: 'invalid_field', message: 'consent is not {personalise?: boolean, learn?: boolean}' };
}

/** True for an event of which nothing is to be kept; it goes to no shard. */
export function isWithheld({ consent }: RawEvent): boolean {
  return isGiven(consent) && (consent as SaidConsent).learn === false;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** What is wrong with a name that the event is kept under. */
function nameProblem(field: string, value: unknown, hint = ''): Problem | undefined {
  if (!isName(value, STRING_LIMITS.id)) {
    const message = `${field} is not a string of 1 to ${STRING_LIMITS.id} characters${hint}`;
    return { code: 'invalid_field', message };
  }
  return isPlain(value) ? undefined : { code: 'invalid_field', message: `${field} ${NAME_PROBLEM}` };
}
