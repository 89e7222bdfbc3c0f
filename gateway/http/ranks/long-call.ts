import type { BulkGate } from '../bodies/bulk-gate.js';
import { LONG_BYTES } from '../http-body-json.js';
import type { RoutedCall } from '../http.js';
import type { HttpReply } from '../../server/http-call.js';
import { problemReply } from '../../server/problem.js';

/**
 * Calls with long bodies that are carried out at a time, and that wait. What is read of one, sixteen thousand candidates, lives until it is
 * answered: with sixteen at a time each collection of garbage copied all of it, for tens of milliseconds.
 */
export const LONG_CALLS = { width: 2, waitingMax: 128 };

/** Carries a call out: at once, or one with a long body when it is its turn. */
export async function throughGate(
  gate: BulkGate,
  { body }: RoutedCall,
  carryOut: () => Promise<HttpReply>,
): Promise<HttpReply> {
  if (body.byteLength < LONG_BYTES) return carryOut();
  return (await gate.enter(carryOut)) ?? tooManyLongCalls();
}

function tooManyLongCalls(): HttpReply {
  const detail = 'as many calls with long bodies as may wait are waiting; send it again in a second';
  return problemReply('overloaded', detail, {}, { 'retry-after': '1' });
}
