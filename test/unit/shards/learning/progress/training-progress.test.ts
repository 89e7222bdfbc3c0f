import { describe, expect, it } from 'vitest';
import { inWords, TrainingProgress } from '../../../../../shards/learning/progress/training-progress.js';

function harness() {
  const lines: string[] = [];
  const clock = { nowMs: 0 };
  const plan = [
    { name: 'first', seconds: 30 },
    { name: 'second', seconds: 60 },
  ];
  const output = { write: (text: string) => lines.push(text) };
  return { lines, clock, progress: new TrainingProgress(plan, output, () => clock.nowMs) };
}

describe('progress without a terminal', () => {
  it('is a line every ten seconds, with the time left of the stage and of all', () => {
    const { lines, clock, progress } = harness();
    progress.begin('first');
    for (let second = 1; second <= 25; second++) {
      clock.nowMs = second * 1_000;
      progress.update(second / 100, `loss ${second}`);
    }
    // A hundred seconds instead of thirty, by then: the second stage is expected to take 200.
    expect(lines).toEqual([
      'first …\n',
      'first: 10 %, loss 10, 1 min 30 s left, 4 min 50 s in all\n',
      'first: 20 %, loss 20, 1 min 20 s left, 4 min 40 s in all\n',
    ]);
  });

  it('does not count what an earlier process did', () => {
    const { lines, clock, progress } = harness();
    progress.skip('first');
    progress.begin('second');
    clock.nowMs = 1_000;
    progress.update(0.8, 'loss 1');
    clock.nowMs = 11_000;
    progress.update(0.9, 'loss 1');
    expect(lines).toEqual([
      'first: done before\n',
      'second …\n',
      'second: 90 %, loss 1, 10 s left, 10 s in all\n',
    ]);
  });
});

describe('inWords', () => {
  it.each([
    [0.4, '0 s'],
    [59.6, '1 min 0 s'],
    [200, '3 min 20 s'],
    [3_900, '1 h 5 min'],
  ])('%d seconds', (seconds, words) => expect(inWords(seconds)).toBe(words));
});
