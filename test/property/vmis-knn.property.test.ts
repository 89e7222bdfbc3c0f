import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnRange } from '../../model/eval/baselines/baseline.js';
import { NearestSessions } from '../../model/eval/baselines/nearest-sessions.js';
import { VMIS_KNN_DEFAULTS, VmisKnn, type VmisKnnOptions } from '../../model/eval/baselines/vmis-knn.js';
import { DatasetBuilder } from '../../model/train/data/dataset-builder.js';

const ITEMS = 8;

/** The formulas of VMIS-kNN with maps and sorts, as plain as can be; the answer to the whole of `asked`. */
function plainKnn(
  sessions: readonly number[][],
  asked: readonly number[],
  o: VmisKnnOptions,
): Map<number, number> {
  const holders = (item: number) => sessions.filter((session) => session.includes(item)).length;
  const idf = (item: number) => Math.log((1 + sessions.length) / holders(item));
  const window = asked.slice(-o.clicks);
  const weightOf = (item: number) => ((window.lastIndexOf(item) + 1) / window.length) ** o.positionPower;
  const looked = (item: number) =>
    [...sessions.keys()].filter((s) => sessions[s].includes(item)).slice(-o.sample);
  const shared = new Map<number, number[]>();
  for (const item of new Set(window))
    for (const s of looked(item)) shared.set(s, [...(shared.get(s) ?? []), item]);
  const found = [...shared].map(([s, items]) => ({
    s,
    similarity: items.reduce((sum, item) => sum + weightOf(item) * idf(item) ** o.similarityIdf, 0),
    weight: Math.max(...items.map(weightOf)),
  }));
  found.sort((a, b) =>
    Math.abs(a.similarity - b.similarity) > 1e-9 ? b.similarity - a.similarity : b.s - a.s,
  );
  const scores = new Map<number, number>();
  for (const { s, similarity, weight } of found.slice(0, o.neighbours))
    for (const item of new Set(sessions[s]))
      scores.set(item, (scores.get(item) ?? 0) + weight * similarity * idf(item) ** o.scoreIdf);
  if (!o.repeats) for (const item of asked) scores.delete(item);
  return scores;
}

const session = fc.array(fc.nat({ max: ITEMS - 1 }), { minLength: 1, maxLength: 6 });
const options = fc.record<VmisKnnOptions>({
  sample: fc.integer({ min: 1, max: 6 }),
  // All of them: which of two equal ones is kept depends on the order of a sum's rounding.
  neighbours: fc.constant(VMIS_KNN_DEFAULTS.neighbours),
  clicks: fc.integer({ min: 1, max: 6 }),
  positionPower: fc.constantFrom(0.5, 1, 2),
  similarityIdf: fc.constantFrom(0, 1, 2, 3),
  scoreIdf: fc.constantFrom(0, 1, 2),
  repeats: fc.boolean(),
});

describe('VMIS-kNN on typed arrays', () => {
  it('orders as the plain formulas do', () => {
    fc.assert(
      fc.property(
        fc.array(session, { minLength: 1, maxLength: 12 }),
        session,
        options,
        (sessions, asked, o) => {
          const builder = new DatasetBuilder(Array.from({ length: ITEMS }, (_, i) => `${i}`));
          [...sessions, asked].forEach((items, s) =>
            items.forEach((item) => builder.click(`${s}`, '', `${item}`)),
          );
          const dataset = builder.build('property', '');
          const knn = new VmisKnn(dataset, o);
          learnRange(knn, { from: 0, to: sessions.length });
          const out = new Int32Array(ITEMS);
          const first = dataset.start[sessions.length];
          const list = [...out.subarray(0, knn.recommend(first, first + asked.length - 1, out))];
          const plain = plainKnn(sessions, asked, o);
          expect([...list].sort()).toEqual([...plain.keys()].sort());
          for (let i = 1; i < list.length; i++)
            expect(plain.get(list[i - 1]) ?? 0).toBeGreaterThan((plain.get(list[i]) ?? 0) - 1e-9);
        },
      ),
    );
  });
});

describe('the nearest sessions', () => {
  it('are the k of highest similarity, of equal ones the newest', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 5 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (similarities, k) => {
          const nearest = new NearestSessions(k);
          nearest.begin();
          similarities.forEach((similarity, s) => nearest.offer(s, similarity));
          const expected = [...similarities.keys()]
            .sort((a, b) => similarities[b] - similarities[a] || b - a)
            .slice(0, k);
          expect([...nearest.session.subarray(0, nearest.count)].sort()).toEqual(expected.sort());
        },
      ),
    );
  });
});
