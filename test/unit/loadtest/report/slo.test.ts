import { expect, test } from 'vitest';
import { judge, readSlo, verdictLines } from '../../../../loadtest/report/slo.js';

const RUN = { p50: 2, p99: 9.5, 'ack-p99': 20, errors: 0, rate: 495 } as const;

function verdict(text: string): readonly boolean[] {
  const objectives = readSlo(text);
  if (typeof objectives === 'string') throw new Error(objectives);
  return judge(objectives, RUN).map(({ isKept }) => isKept);
}

test('promises are compared in ms, as counts and as rates', () => {
  expect(verdict('p99<10ms,errors=0')).toEqual([true, true]);
  expect(verdict('p99<9ms, ack-p99<=0.02s ,p50<1500us,rate>=496')).toEqual([false, true, false, false]);
  expect(verdict('p50>1ms')).toEqual([true]);
});

test('a figure that the run does not have keeps no promise', () => {
  const objectives = readSlo('max<1s');
  expect(typeof objectives === 'string' ? [] : verdictLines(judge(objectives, RUN))).toEqual([
    'NOT KEPT  max<1s: this run has no such figure',
  ]);
});

test.each(['p99', 'p99<', 'p98<1ms', 'p99<10', 'errors=0ms', 'p99<10ms,', 'p99=<1ms', '<1ms'])(
  '%s is no promise, and it says what is',
  (text) => {
    expect(readSlo(text)).toMatch(/is no promise: write FIGURE<NUMBER|has no unit|needs a unit/);
  },
);
