import { expect, test } from 'vitest';
import { ruleForm } from '../../../../gateway/segments/rule-form.js';

test('a rule with a fact that nothing tells is refused, not passed over', () => {
  expect(ruleForm.safeParse({ visits: { gte: 1 } }).success).toBe(true);
  expect(ruleForm.safeParse({ luck: { gte: 0 } }).success).toBe(false);
});
