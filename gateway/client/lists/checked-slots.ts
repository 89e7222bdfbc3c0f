import type { Slot } from '../../protocol/messages.js';
import { AfterclickError } from '../events/errors.js';
import { plainCopy } from '../link/wire-format.js';

/** A copy of them, as they are sent. Throws `invalid_field` when they cannot be. */
export function checkedSlots(slots: readonly Slot[]): readonly Slot[] {
  const copy = plainCopy({ slots });
  const problem = copy.ok ? slotsProblem(copy.value.slots) : copy.problem;
  if (problem !== undefined)
    throw new AfterclickError('invalid_field', `The slots cannot be sent: ${problem}.`);
  return (copy as { value: { slots: readonly Slot[] } }).value.slots;
}

function slotsProblem(slots: unknown): string | undefined {
  if (!Array.isArray(slots)) return 'they are not a list';
  const hasName = (slot: unknown) => typeof (slot as Partial<Slot> | null)?.slot === 'string';
  return slots.every(hasName) ? undefined : 'one has no name, which is its member `slot`';
}
