import type { Filter, FilterTest } from './filter.js';

/** What is known of a filter without a look at an item: true, it passes all of them; false, none; undefined, it depends. */
export type Constant = boolean | undefined;

/** Whether a filter says nothing of items, as `{}`, `{"price": {}}` and `{"not": {"any": []}}` do not. */
export function constantOf(filter: Filter): Constant {
  return every(Object.entries(filter).map(([name, member]) => constantOfMember(name, member)));
}

function constantOfMember(name: string, member: Filter[string]): Constant {
  if (name === 'all') return every((member as readonly Filter[]).map(constantOf));
  if (name === 'any')
    return negated(every((member as readonly Filter[]).map((one) => negated(constantOf(one)))));
  if (name === 'not') return negated(constantOf(member as Filter));
  if (typeof member !== 'object') return undefined;
  return every(
    Object.entries(member as FilterTest).map(([operator, operand]) => constantOfTest(operator, operand)),
  );
}

/** A list without members is in no item. */
function constantOfTest(operator: string, operand: unknown): Constant {
  if (!Array.isArray(operand) || operand.length > 0) return undefined;
  return operator === 'nin';
}

function every(constants: readonly Constant[]): Constant {
  if (constants.includes(false)) return false;
  return constants.includes(undefined) ? undefined : true;
}

function negated(constant: Constant): Constant {
  return constant === undefined ? undefined : !constant;
}
