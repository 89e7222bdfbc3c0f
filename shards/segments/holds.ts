import {
  isInRange,
  type InterestTest,
  type NumberRange,
  type Scalar,
  type SegmentRule,
} from '../graph/segment-rule.js';
import type { UserView } from './user-view.js';

/** True when the rule holds for the user. What is not known of them holds nothing. */
export function holds(rule: SegmentRule, user: UserView): boolean {
  switch (rule.is) {
    case 'all':
      return rule.of.every((part) => holds(part, user));
    case 'any':
      return rule.of.some((part) => holds(part, user));
    case 'not':
      return !holds(rule.of, user);
    case 'number': {
      const value = user.number(rule.of);
      return !Number.isNaN(value) && isInRange(value, rule.range);
    }
    case 'attribute':
      return isMet(user.attribute(rule.name), rule.test);
    case 'interest':
      return isInterested(rule, user);
  }
}

function isInterested({ kind, key, share, trends }: InterestTest, user: UserView): boolean {
  const interest = user.interestOf(kind, key);
  if (interest === undefined) return false;
  if (share !== undefined && !isInRange(interest.share, share)) return false;
  return trends === undefined || trends.includes(interest.trend);
}

function isMet(value: Scalar | undefined, test: Scalar | readonly Scalar[] | NumberRange): boolean {
  if (value === undefined) return false;
  if (typeof test !== 'object') return value === test;
  if (isList(test)) return test.includes(value);
  return typeof value === 'number' && isInRange(value, test);
}

function isList(test: readonly Scalar[] | NumberRange): test is readonly Scalar[] {
  return Array.isArray(test);
}
