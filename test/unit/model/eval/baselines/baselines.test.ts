import { describe, expect, it } from 'vitest';
import {
  askBaseline,
  type Baseline,
  evaluateBaseline,
  learnRange,
} from '../../../../../model/eval/baselines/baseline.js';
import { ItemKnn } from '../../../../../model/eval/baselines/item-knn.js';
import { Markov } from '../../../../../model/eval/baselines/markov.js';
import { Popularity } from '../../../../../model/eval/baselines/popularity.js';
import { VmisKnn, type VmisKnnOptions } from '../../../../../model/eval/baselines/vmis-knn.js';
import { SessionPopularity } from '../../../../../model/eval/baselines/session-popularity.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import type { Dataset } from '../../../../../model/train/data/dataset.js';

/** One session per text, one letter per click; item rows are a = 0, b = 1, … */
function dataset(...sessions: string[]): Dataset {
  const builder = new DatasetBuilder('abcdef'.split(''));
  sessions.forEach((clicks, s) => clicks.split('').forEach((item) => builder.click(`${s}`, '', item)));
  return builder.build('letters', '');
}

function lettersOf(baseline: Baseline, of: Dataset, session: number, clicks: number, k = 6): string {
  const out = new Int32Array(k);
  const count = baseline.recommend(of.start[session], of.start[session] + clicks - 1, out);
  return [...out.subarray(0, count)].map((item) => of.itemIds[item]).join('');
}

describe('popularity', () => {
  it('lists what was clicked most, the earlier row first when equal', () => {
    const of = dataset('abc', 'cb', 'c', 'd');
    const baseline = new Popularity(of);
    learnRange(baseline, { from: 0, to: 3 });
    expect(lettersOf(baseline, of, 3, 1)).toBe('cba');
    expect(lettersOf(baseline, of, 3, 1, 2)).toBe('cb');
  });
});

describe('session popularity', () => {
  it('lists the own items, most clicked and then latest first, then the popular ones', () => {
    const of = dataset('eef', 'f', 'aabcd');
    const baseline = new SessionPopularity(of);
    learnRange(baseline, { from: 0, to: 2 });
    expect(lettersOf(baseline, of, 2, 4)).toBe('acbef');
  });

  it('knows nothing after the click it is asked at', () => {
    const of = dataset('ab', 'cd');
    expect(lettersOf(new SessionPopularity(of), of, 1, 1)).toBe('c');
  });
});

describe('VMIS-kNN', () => {
  it('weighs sessions by rare shared items and recent clicks', () => {
    // Clicks a then b, weights 1/2 and 1. Of 4 sessions a is in 2, b in 1: idf_a = ln(5/2), idf_b = ln 5.
    const of = dataset('ac', 'ad', 'be', 'f', 'ab');
    const baseline = new VmisKnn(of);
    learnRange(baseline, { from: 0, to: 4 });
    // b's session: similarity ln²5, weight 1; a's two: ½·ln²(5/2), weight ½.
    // b and e score equal (rows in order), then c and d (idf ln 5 each), then a (two votes, idf ln 5/2).
    expect(lettersOf(baseline, of, 4, 2)).toBe('beacd');
  });

  it('looks at the latest sessions of an item only', () => {
    const of = dataset('ab', 'ac', 'ad', 'e', 'a');
    const baseline = new VmisKnn(of, { sample: 1 });
    learnRange(baseline, { from: 0, to: 4 });
    expect(lettersOf(baseline, of, 4, 1)).toBe('da');
  });

  it('lets the most similar sessions vote only', () => {
    const of = dataset('ab', 'ac', 'ad', 'e', 'a');
    const baseline = new VmisKnn(of, { neighbours: 2 });
    learnRange(baseline, { from: 0, to: 4 });
    expect(lettersOf(baseline, of, 4, 1).split('').toSorted().join('')).toBe('acd');
  });

  it('leaves the items of the session out when repeats are off', () => {
    const of = dataset('abc', 'abd', 'ab');
    const baseline = new VmisKnn(of, { repeats: false });
    learnRange(baseline, { from: 0, to: 2 });
    expect(lettersOf(baseline, of, 2, 2)).toBe('cd');
  });

  it('looks at the latest clicks only, and weighs them by the power of their place', () => {
    // d (clicked first) leads to e, a (last) to b. With one click looked at, or a steep weight, e is out or behind.
    const of = dataset('de', 'ab', 'c', 'f', 'da');
    const ask = (options: Partial<VmisKnnOptions>) => {
      const baseline = new VmisKnn(of, { repeats: false, ...options });
      learnRange(baseline, { from: 0, to: 4 });
      return lettersOf(baseline, of, 4, 2);
    };
    expect(ask({ clicks: 1 })).toBe('b');
    expect(ask({ positionPower: 1 })).toBe('be');
    expect(ask({ positionPower: 0 })).toBe('be');
  });

  it('has no answer for items it has never seen', () => {
    const of = dataset('ab', 'cd');
    const baseline = new VmisKnn(of);
    baseline.learn(0);
    expect(lettersOf(baseline, of, 1, 1)).toBe('');
  });
});

describe('item-kNN', () => {
  it('lists what shares most sessions with the last item, by cosine', () => {
    // a is in 3 sessions. b: shares 2, is in 3: 2/√9; c: shares 1, is in 1: 1/√3; d never meets a.
    const of = dataset('ab', 'aab', 'ac', 'bd', 'ca');
    const baseline = new ItemKnn(of);
    learnRange(baseline, { from: 0, to: 4 });
    expect(lettersOf(baseline, of, 4, 2)).toBe('bc');
    expect(lettersOf(baseline, of, 4, 2, 1)).toBe('b');
  });
});

describe('the newest of many', () => {
  it('are what item-kNN and Markov look at: 5,000 sessions, 20,000 clicks', () => {
    const old = Array.from({ length: 3 }, () => 'ab');
    const sessions = dataset(...old, ...Array.from({ length: 5_000 }, () => 'ac'), 'a');
    const knn = new ItemKnn(sessions);
    learnRange(knn, { from: 0, to: 5_003 });
    expect(lettersOf(knn, sessions, 5_003, 1)).toBe('c');
    const clicks = dataset(...old, ...Array.from({ length: 200 }, () => 'ac'.repeat(100)), 'a');
    const markov = new Markov(clicks);
    learnRange(markov, { from: 0, to: 203 });
    expect(lettersOf(markov, clicks, 203, 1)).toBe('c');
  });
});

describe('Markov', () => {
  it('lists what came directly after the last item, most often first, the item itself too', () => {
    const of = dataset('abac', 'aab', 'ac', 'ab', 'ba');
    const baseline = new Markov(of);
    learnRange(baseline, { from: 0, to: 4 });
    expect(lettersOf(baseline, of, 4, 2)).toBe('bca');
    expect(lettersOf(baseline, of, 4, 1)).toBe('a');
  });

  it('does not cross from one session to the next', () => {
    const of = dataset('ab', 'ca', 'b');
    const baseline = new Markov(of);
    learnRange(baseline, { from: 0, to: 2 });
    expect(lettersOf(baseline, of, 2, 1)).toBe('');
  });
});

describe('askBaseline', () => {
  it('asks once for every click that has a next one, in sessions of any length', () => {
    const of = dataset('a', 'abc', 'abcdefabcdefabcdefabcdef', 'ab');
    const asked: string[] = [];
    const ms = askBaseline(
      new Popularity(of),
      { dataset: of, range: { from: 0, to: 4 }, k: 3, learns: true },
      (session, click, list) => {
        asked.push(`${session}.${click - of.start[session]}`);
        expect(list.length).toBe(Math.min(3, [0, 1, 3, 6][session]));
      },
    );
    expect(asked).toEqual(['1.0', '1.1', ...Array.from({ length: 23 }, (_, i) => `2.${i}`), '3.0']);
    expect(ms).toBeGreaterThanOrEqual(0);
  });
});

describe('evaluateBaseline', () => {
  it('asks at every click that has a next one, and learns after it when online', () => {
    const of = dataset('ab', 'ab', 'ab');
    const still = evaluateBaseline(new Popularity(of), of, { from: 0, to: 3 }, { k: 2 });
    const online = evaluateBaseline(new Popularity(of), of, { from: 0, to: 3 }, { k: 2, learns: true });
    expect(still['recall@2']).toBe(0);
    expect(online['recall@2']).toBeCloseTo(66.67, 2);
    expect(online['mrr@2']).toBeCloseTo(33.33, 2);
  });
});
