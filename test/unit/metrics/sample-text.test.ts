import { expect, test } from 'vitest';
import { headText, sampleText } from '../../../metrics/sample-text.js';

test('help and labels are escaped as the text format asks, and numbers without an end have its words', () => {
  expect(headText({ name: 'a_total', help: 'one\ntwo \\ "three"', type: 'counter' })).toBe(
    '# HELP a_total one\\ntwo \\\\ "three"\n# TYPE a_total counter',
  );
  expect(sampleText('a', { value: 1.5, labels: {} })).toBe('a 1.5');
  expect(
    sampleText('a', { value: 2, labels: { slot: 'a"b\\c\nd', le: 0.005 }, metricName: 'a_bucket' }),
  ).toBe('a_bucket{slot="a\\"b\\\\c\\nd",le="0.005"} 2');
  expect([Infinity, -Infinity, NaN].map((value) => sampleText('a', { value, labels: {} }))).toEqual([
    'a +Inf',
    'a -Inf',
    'a NaN',
  ]);
});
