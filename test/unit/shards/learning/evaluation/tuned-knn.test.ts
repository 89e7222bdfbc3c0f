import { describe, expect, it } from 'vitest';
import { VMIS_KNN_DEFAULTS } from '../../../../../model/eval/baselines/vmis-knn.js';
import { DatasetBuilder } from '../../../../../model/train/data/dataset-builder.js';
import type { Dataset } from '../../../../../model/train/data/dataset.js';
import { tunedVmisKnn } from '../../../../../shards/learning/evaluation/tuned-knn.js';

/** Sessions of letters. */
function dataset(sessions: readonly string[]): Dataset {
  const builder = new DatasetBuilder();
  sessions.forEach((clicks, s) => clicks.split('').forEach((item) => builder.click(`${s}`, '', item)));
  return builder.build('letters', '');
}

/** 200 sessions: walks along the alphabet, each letter once, or twice. */
function walks(step: (letter: string) => string): string[] {
  const letters = 'abcdefghijklmnopqrstuvwxyz'.repeat(10);
  return Array.from({ length: 200 }, (_, s) =>
    letters
      .slice(s % 26, (s % 26) + 6)
      .split('')
      .map(step)
      .join(''),
  );
}

describe('tuning of VMIS-kNN', () => {
  it('turns repeats off where nobody clicks an item twice, and keeps them where everybody does', () => {
    const once = dataset(walks((letter) => letter));
    const twice = dataset(walks((letter) => letter + letter));
    expect(tunedVmisKnn(once, { from: 0, to: 200 }, false).options.repeats).toBe(false);
    expect(tunedVmisKnn(twice, { from: 0, to: 200 }, false).options.repeats).toBe(true);
  });

  it('looks at the history alone: what comes after it changes nothing', () => {
    const history = walks((letter) => letter);
    const calm = dataset([...history, ...walks((letter) => letter)]);
    const odd = dataset([...history, ...walks((letter) => letter + letter)]);
    const range = { from: 0, to: 200 };
    expect(tunedVmisKnn(odd, range, true).options).toEqual(tunedVmisKnn(calm, range, true).options);
  });

  it('has learned nothing yet', () => {
    const of = dataset(walks((letter) => letter));
    expect(tunedVmisKnn(of, { from: 0, to: 200 }, false).recommend(0, 0, new Int32Array(5))).toBe(0);
  });

  it('keeps the usual options where there is nothing to choose on', () => {
    expect(tunedVmisKnn(dataset(['ab']), { from: 0, to: 0 }, false).options).toEqual(VMIS_KNN_DEFAULTS);
    expect(tunedVmisKnn(dataset(['a', 'b']), { from: 0, to: 2 }, false).options).toEqual(VMIS_KNN_DEFAULTS);
  });

  it('tells how far it is', () => {
    const shares: number[] = [];
    tunedVmisKnn(dataset(walks((letter) => letter)), { from: 0, to: 200 }, false, (share) =>
      shares.push(share),
    );
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});
