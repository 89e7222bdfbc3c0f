import { describe, expect, it } from 'vitest';
import { AttributeMatching } from '../../../../../model/eval/baselines/attribute-matching.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import { Popularity } from '../../../../../model/eval/baselines/popularity.js';
import type { Baseline } from '../../../../../model/eval/baselines/baseline.js';
import type { Dataset } from '../../../../../model/train/data/dataset.js';
import {
  COLD_LENGTHS,
  coldBaseline,
  type ColdLength,
} from '../../../../../shards/learning/cold/cold-methods.js';
import { ColdQuestions } from '../../../../../shards/learning/cold/cold-questions.js';

/** Sessions `user:clicks`, one letter per click; item rows are a = 0, b = 1, … */
function dataset(...sessions: string[]) {
  const builder = new DatasetBuilder('abcdef'.split(''));
  sessions.forEach((text, s) => {
    const [user, clicks] = text.split(':');
    for (const item of clicks) builder.click(`${s}`, user, item, { kind: 8, timeMs: s });
  });
  return builder.build('letters', '');
}

describe('ColdQuestions', () => {
  it('are first purchases of items that the history does not know, with something before them', () => {
    const of = dataset('u:ab', 'v:ad', 'v:dad', 'w:bdce', ':ad', ':da');
    const questions = new ColdQuestions(of, { from: 0, to: 1 }, { from: 1, to: 6 });
    expect([...questions.isNew]).toEqual([0, 0, 1, 1, 1, 0]);
    const asked = (group: 'first' | 'user') =>
      [...of.item.keys()]
        .filter((click) => questions.asks(group, click))
        .map((click) => `${click}${'abcdef'[of.item[click]]}`);
    expect(asked('first')).toEqual(['3d', '9c', '10e']);
    expect(asked('user')).toEqual(['3d', '8d', '9c', '10e', '12d']);
    expect([questions.count('first'), questions.count('user')]).toEqual([3, 5]);
  });
});

describe('coldBaseline', () => {
  it('asks after the click before, and lets the baseline learn what it was asked about', () => {
    const of = dataset('u:ab', 'v:ad', 'w:bd', 'v:ad', 'x:ae');
    const [history, test] = [
      { from: 0, to: 1 },
      { from: 1, to: 5 },
    ];
    const questions = new ColdQuestions(of, history, test);
    const evaluation = { dataset: of, history, test, questions, k: 20 } as const;
    const frozen = coldBaseline(new Popularity(of), { ...evaluation, learns: false });
    expect(frozen).toEqual({ first: 0, user: 0 });
    // Asked: v for d, w for d (learned from v), x for e.
    expect(coldBaseline(new Popularity(of), { ...evaluation, learns: true })).toEqual({
      first: 0,
      user: 33.3,
    });
  });

  it('looks for each answer in a list of the length that is asked for', () => {
    const of = dataset('u:ab', 'v:ac', 'v:ad', 'v:ae', 'v:af');
    const [history, test] = [
      { from: 0, to: 1 },
      { from: 1, to: 5 },
    ];
    const data = { dataset: of, history, test, questions: new ColdQuestions(of, history, test) };
    const recallOf = (k: ColdLength) =>
      coldBaseline(answersAt(of, [20, 21, 50, 51]), { ...data, learns: false, k }).user;
    expect(COLD_LENGTHS.map((k) => recallOf(k))).toEqual([25, 75]);
  });
});

/** Knows every answer, and puts that of its n-th question into the n-th of `places`, counted from 1. */
function answersAt({ item }: Dataset, places: readonly number[]): Baseline {
  let asked = 0;
  return {
    name: 'known places',
    learn: () => {},
    recommend: (_first, click, out) => {
      const place = places[asked++];
      out.fill(-1);
      if (place <= out.length) out[place - 1] = item[click + 1];
      return out.length;
    },
  };
}

describe('AttributeMatching', () => {
  it('ranks what has most in common with the basket, without the basket', () => {
    const of = dataset(':abcdef');
    const titles = ['red mug', 'blue mug', 'red lamp', 'green hat', 'blue hat', ''];
    const items = titles.map((title, i) => ({ id: 'abcdef'[i], ...(title !== '' && { title }) }));
    const matching = new AttributeMatching(of, items);
    const out = new Int32Array(6);
    const after = (clicks: number) => [...out.subarray(0, matching.recommend(0, clicks - 1, out))];
    expect(after(1).toSorted()).toEqual([1, 2]);
    expect(after(2).toSorted()).toEqual([2, 4]);
    expect(after(6)).toEqual([]);
  });
});
