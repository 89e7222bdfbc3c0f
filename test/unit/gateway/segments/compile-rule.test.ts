import { expect, test } from 'vitest';
import { compileRule } from '../../../../gateway/segments/compile-rule.js';
import { NODE } from '../../../../shards/api.js';

const names = { categoryCode: () => 7, brandCode: () => -1, indexOf: () => -1 };

test('a trend that is named thousands of times is looked at once for each user', () => {
  const trend = Array.from({ length: 8_000 }, (_, i) => (i % 2 ? 'new' : 'back'));
  expect(compileRule({ interest: { category: 'mugs', trend } }, names)).toEqual({
    is: 'interest',
    kind: NODE.category,
    key: 7,
    share: undefined,
    trends: ['back', 'new'],
  });
});
