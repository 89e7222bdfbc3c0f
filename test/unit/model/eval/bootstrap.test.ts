import { describe, expect, it } from 'vitest';
import { bootstrapMeans, middle95 } from '../../../../model/eval/bootstrap.js';
import { MethodBoard } from '../../../../model/eval/method-board.js';
import { evaluationIntervals } from '../../../../shards/learning/evaluation/evaluation-intervals.js';

const twoItems = { width: 2, vectors: Float32Array.of(1, 0, 0, 1) };

/** A board over sessions of one question each: 1 where the answer, item 0, was listed first. */
function boardOf(...hits: readonly number[]): MethodBoard {
  const board = new MethodBoard({
    test: { from: 0, to: hits.length },
    clicks: Int32Array.of(4, 2),
    vectors: twoItems,
  });
  hits.forEach((hit, session) => board.add(session, Int32Array.of(hit === 1 ? 0 : 1), 0));
  return board;
}

describe('bootstrap', () => {
  it('weighs a session by its questions: mean of sums over mean of questions', () => {
    // Two sessions: 3 questions with 3 hits, 1 question with none. A draw of both gives 3/4, of one twice 1 or 0.
    const [means] = bootstrapMeans(
      { questions: Float64Array.of(3, 1), series: [Float64Array.of(3, 0)] },
      7,
      400,
    );
    expect([...new Set(means)].sort()).toEqual([0, 0.75, 1]);
    const both = means.filter((mean) => mean === 0.75).length / 400;
    expect(both).toBeGreaterThan(0.4);
    expect(both).toBeLessThan(0.6);
  });

  it('has the spread of the theory: √(p (1 − p) / n) for single questions', () => {
    const hits = Float64Array.from({ length: 400 }, (_, i) => (i % 4 === 0 ? 1 : 0));
    const [means] = bootstrapMeans({ questions: new Float64Array(400).fill(1), series: [hits] }, 1);
    const [low, high] = middle95(means);
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
    expect(low).toBeCloseTo(0.25 - half, 1.7);
    expect(high).toBeCloseTo(0.25 + half, 1.7);
  });

  it('gives the same interval for the same seed, and draws the same sessions for all series', () => {
    const questions = Float64Array.of(1, 1, 1);
    const series = [Float64Array.of(1, 0, 1), Float64Array.of(0, 1, 0)];
    const means = bootstrapMeans({ questions, series }, 3, 50);
    expect(bootstrapMeans({ questions, series }, 3, 50)).toEqual(means);
    means[0].forEach((mean, r) => expect(mean + means[1][r]).toBeCloseTo(1, 12));
  });

  it('takes the 2.5th and the 97.5th percentile', () => {
    expect(middle95(Float64Array.from({ length: 201 }, (_, i) => 200 - i))).toEqual([5, 195]);
  });
});

describe('intervals of an evaluation', () => {
  it('compares two methods pairwise: one that is ahead by one session in four always is', () => {
    const better = { name: 'a', board: boardOf(1, 1, 1, 0), extra: {} };
    const same = { name: 'b', board: boardOf(1, 1, 1, 0), extra: {} };
    const { intervals, comparison } = evaluationIntervals([better, same], 'a', 'b');
    expect(comparison.difference['recall@20']).toEqual({ value: 0, interval: [0, 0] });
    expect(comparison.ratio['mrr@20'].value).toBe(1);
    expect(intervals.a['recall@20'][0]).toBeLessThan(75);
    expect(intervals.a['recall@20'][1]).toBe(100);
  });

  it('tells difference in points and ratio', () => {
    const a = { name: 'a', board: boardOf(1, 1, 1, 0), extra: {} };
    const b = { name: 'b', board: boardOf(1, 0, 1, 0), extra: {} };
    const { comparison } = evaluationIntervals([b, a], 'a', 'b');
    expect(comparison.difference['recall@20'].value).toBe(25);
    expect(comparison.ratio['recall@20'].value).toBe(1.5);
    expect(comparison.difference['recall@20'].interval[0]).toBe(0);
  });
});

describe('a method board', () => {
  it('tells accuracy, AUC and what lies beyond', () => {
    const board = boardOf(1, 0);
    board.addAuc(0.75);
    board.addAuc(Number.NaN);
    board.add(1, Int32Array.of(0, 1), 0);
    expect(board.percent()).toMatchObject({
      'recall@5': 66.67,
      'precision@10': 6.67,
      auc: 75,
      'coverage@20': 100,
      // Both items were listed twice; their clicks are 4 and 2 of at most 4; one list had a pair, at right angles.
      'gini@20': 0,
      'popularity@20': 75,
      'diversity@20': 100,
    });
    expect([...board.questions]).toEqual([1, 2]);
  });

  it('has no AUC and no diversity where nothing told them', () => {
    expect(boardOf(1).percent()).not.toHaveProperty('auc');
    expect(boardOf(1).percent()).not.toHaveProperty('diversity@20');
  });
});
