import { describe, expect, it } from 'vitest';
import {
  auc,
  calibration,
  calibrationError,
} from '../../../../../model/eval/measures/probability-measures.js';
import {
  areaUnderCurve,
  hitRateAt,
  reciprocalRankAt,
  ndcgAt,
  precisionAt,
  recallAt,
  f1At,
} from '../../../../../model/eval/measures/ranking-measures.js';
import {
  coverage,
  gini,
  intraListDiversity,
  meanPopularity,
} from '../../../../../model/eval/measures/variety-measures.js';
import { LIST_METRICS, Scoreboard } from '../../../../../model/eval/scoreboard.js';

const list = Int32Array.of(7, 3, 9, 1, 4);

describe('metrics of one list, worked by hand', () => {
  it('recall: two of three relevant items are among the first four', () => {
    expect(recallAt(list, new Set([3, 1, 8]), 4)).toBeCloseTo(2 / 3, 12);
  });

  it('precision: two of the first four are relevant, one of ten of a list of five', () => {
    expect(precisionAt(list, new Set([3, 1, 8]), 4)).toBe(0.5);
    expect(precisionAt(list, new Set([4]), 10)).toBe(0.1);
  });

  it('f1: precision 1/2 and recall 2/3 give 4/7', () => {
    expect(f1At(list, new Set([3, 1, 8]), 4)).toBeCloseTo(4 / 7, 12);
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

describe('AUC', () => {
  const scores = Float32Array.of(9, 1, 3, 2, 3, 9);

  it('is the share of the others that score lower, an equal one counting half', () => {
    // Of the candidates 1 to 4 the one at 2 (score 3) beats 1 and 2 and ties with 3: (1 + 1 + ½) / 3.
    expect(areaUnderCurve(scores, 1, 4, 2)).toBeCloseTo(2.5 / 3, 12);
    expect(areaUnderCurve(scores, 1, 4, 1)).toBe(0);
  });

  it('says nothing of a question with one candidate', () => {
    expect(areaUnderCurve(scores, 2, 1, 2)).toBeNaN();
  });
});

describe('beyond accuracy', () => {
  it('coverage: two of four items were listed', () => {
    expect(coverage(Int32Array.of(3, 0, 1, 0))).toBe(0.5);
    expect(coverage(new Int32Array(0))).toBe(0);
  });

  it('gini: 1, 1, 2 in order give (−2·1 + 0·1 + 2·2) / (3·4) = 1/6; one item alone of four 3/4', () => {
    expect(gini(Int32Array.of(2, 1, 1))).toBeCloseTo(1 / 6, 12);
    expect(gini(Int32Array.of(0, 8, 0, 0))).toBeCloseTo(3 / 4, 12);
    expect(gini(Int32Array.of(5, 5))).toBe(0);
    expect(gini(new Int32Array(3))).toBe(0);
  });

  it('popularity: clicks 8 and 2 where the most clicked item has 10', () => {
    expect(meanPopularity(Int32Array.of(1, 2), Int32Array.of(10, 8, 2), 10)).toBeCloseTo(0.5, 12);
    expect(meanPopularity([], Int32Array.of(10), 10)).toBe(0);
    expect(meanPopularity([0], new Int32Array(1), 0)).toBe(0);
  });

  it('diversity: cosines 1, 0 and 0 of three pairs leave 2/3; an item without a vector is left out', () => {
    const vectors = { width: 2, vectors: Float32Array.of(1, 0, 1, 0, 0, 1, 0, 0) };
    expect(intraListDiversity([0, 1, 2], vectors)).toBeCloseTo(2 / 3, 6);
    expect(intraListDiversity([0, 3, 1], vectors)).toBeCloseTo(0, 6);
    expect(intraListDiversity([0, 2], vectors)).toBeCloseTo(1, 6);
    expect(intraListDiversity([0, 3], vectors)).toBeNaN();
  });
});

describe('Scoreboard', () => {
  it('averages in percent', () => {
    const board = new Scoreboard(3);
    board.add(list, new Set([3]));
    board.add(list, new Set([4]));
    expect(board.count).toBe(2);
    expect(board.percent()).toEqual({
      'recall@3': 50,
      'precision@3': 16.67,
      'f1@3': 25,
      'mrr@3': 25,
      'ndcg@3': 31.55,
      'hit-rate@3': 50,
    });
  });

  it('cuts the same lists at several places, at 20 when none is named', () => {
    const board = new Scoreboard(1, 2);
    board.add(list, new Set([3]));
    expect(board.percent()).toMatchObject({ 'recall@1': 0, 'recall@2': 100, 'mrr@2': 50 });
    const usual = new Scoreboard();
    usual.add(list, new Set([3]));
    expect(usual.percent()['precision@20']).toBe(5);
  });

  it('has no figures before the first list', () => {
    expect(new Scoreboard().percent()).toEqual({});
  });
});

it('the area under the curve is the share of pairs in the right order, ties counting half', () => {
  expect(auc({ said: [1, 2, 3, 4], came: [0, 0, 1, 1] })).toBe(1);
  expect(auc({ said: [4, 3, 2, 1], came: [0, 0, 1, 1] })).toBe(0);
  expect(auc({ said: [1, 2, 2, 3], came: [0, 1, 0, 1] })).toBe(0.875);
  expect(auc({ said: [5, 5, 5], came: [0, 1, 1] })).toBe(0.5);
  expect(auc({ said: [1, 2], came: [1, 1] })).toBeNaN();
});

it('calibration compares what was said with what came true, group by group', () => {
  const said = Array.from({ length: 100 }, (_, i) => Math.floor(i / 10) / 10);
  const right = said.map((p, i) => Number(i % 10 < p * 10 - 1e-9));
  expect(calibrationError({ said, came: right })).toBeCloseTo(0, 12);
  expect(calibrationError({ said, came: said.map(() => 0) })).toBeCloseTo(0.45, 12);
  expect(calibration({ said, came: right })[3]).toEqual({
    said: expect.closeTo(0.3, 9),
    came: 0.3,
    count: 10,
  });
  expect(calibration({ said: [0.5], came: [1] })).toEqual([{ said: 0.5, came: 1, count: 1 }]);
});
