import { describe, expect, it } from 'vitest';
import { hitRateAt } from '../../model/eval/hit-rate.js';
import { reciprocalRankAt } from '../../model/eval/mrr.js';
import { ndcgAt } from '../../model/eval/ndcg.js';
import { recallAt } from '../../model/eval/recall.js';
import { LIST_METRICS, Scoreboard } from '../../model/eval/scoreboard.js';

const list = Int32Array.of(7, 3, 9, 1, 4);

describe('metrics of one list, worked by hand', () => {
  it('recall: two of three relevant items are among the first four', () => {
    expect(recallAt(list, new Set([3, 1, 8]), 4)).toBeCloseTo(2 / 3, 12);
  });

  it('hit rate: one relevant item in the cut is enough', () => {
    expect(hitRateAt(list, new Set([9, 8]), 3)).toBe(1);
    expect(hitRateAt(list, new Set([9, 8]), 2)).toBe(0);
  });

  it('reciprocal rank: the first relevant item is third', () => {
    expect(reciprocalRankAt(list, new Set([4, 9]), 5)).toBeCloseTo(1 / 3, 12);
    expect(reciprocalRankAt(list, new Set([4]), 4)).toBe(0);
  });

  it('ndcg: relevant items at places 2 and 4 of a possible 1 and 2', () => {
    const gain = 1 / Math.log2(3) + 1 / Math.log2(5);
    const ideal = 1 + 1 / Math.log2(3);
    expect(ndcgAt(list, new Set([3, 1]), 5)).toBeCloseTo(gain / ideal, 12);
    expect(ndcgAt(list, new Set([7]), 5)).toBe(1);
  });

  it.each(Object.entries(LIST_METRICS))('%s is 0 for an empty list and for nothing relevant', (_, metric) => {
    expect(metric([], new Set([1]), 20)).toBe(0);
    expect(metric(list, new Set(), 20)).toBe(0);
  });
});

describe('Scoreboard', () => {
  it('averages in percent', () => {
    const board = new Scoreboard(3);
    board.add(list, new Set([3]));
    board.add(list, new Set([4]));
    expect(board.count).toBe(2);
    expect(board.percent()).toEqual({ 'recall@3': 50, 'mrr@3': 25, 'ndcg@3': 31.55, 'hit-rate@3': 50 });
  });

  it('has no figures before the first list', () => {
    expect(new Scoreboard().percent()).toEqual({});
  });
});
