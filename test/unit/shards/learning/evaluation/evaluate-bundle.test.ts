import { beforeAll, describe, expect, it } from 'vitest';
import type { Bundle } from '../../../../../model/bundle/bundle.js';
import { FEATURE_COUNT } from '../../../../../model/features/feature-list.js';
import { type Dataset, type SessionRange, lastClickMs } from '../../../../../model/train/data/dataset.js';
import type { Interactions } from '../../../../../model/train/data/readers/interactions.js';
import { evaluateBundle, withItemsOf } from '../../../../../shards/learning/evaluation/evaluate-bundle.js';
import { reportPicture } from '../../../../../shards/learning/evaluation/evaluation-picture.js';
import {
  type EvaluationReport,
  reportTable,
} from '../../../../../shards/learning/evaluation/evaluation-report.js';
import { evaluationOf, questionCount } from '../../../../../shards/learning/evaluation/evaluation.js';
import { loadModel, loadable } from '../../../../../shards/learning/serving/loaded-model.js';
import {
  type Observer,
  type Question,
  ServingPath,
} from '../../../../../shards/learning/serving/serving-path.js';
import { itemVectors } from '../../../../../model/kernel/shared-vectors.js';
import { ItemReader } from '../../../../../model/encoder/item-reader.js';
import { writeTinyEncoder } from '../../../../support/encoder/tiny-encoder.js';
import { tinyBundle, tinyShop, TINY_SHOP_ITEMS } from '../../../../support/model/tiny-shop.js';

const SESSIONS = 120;
const HISTORY = { from: 0, to: 90 };
const TEST = { from: 90, to: SESSIONS };
const METHODS = [
  'popularity',
  'session popularity',
  'item-kNN',
  'Markov',
  'VMIS-kNN',
  'network, all items',
  'network',
  're-ranker without model',
  'afterclick',
];

function folderOf(dataset: Dataset, test?: Interactions['test']): Interactions {
  return { dataset, items: dataset.itemIds.map((id) => ({ id })), test };
}

const silent = () => {};

describe.each([
  { name: 'data with times and users', timed: true, protocol: 'time-ordered' },
  { name: 'data with test sessions', timed: false, protocol: 'test sessions' },
])(
  'evaluation on $name, with fewer items than a list and sessions longer than any bound',
  ({ timed, protocol }) => {
    const dataset = tinyShop({ sessions: SESSIONS, timed });
    let bundle: Bundle;
    let report: EvaluationReport;
    beforeAll(async () => {
      bundle = await tinyBundle(dataset, HISTORY);
      report = await evaluateBundle(
        bundle,
        { ...folderOf(dataset, timed ? undefined : TEST), name: 'tiny' },
        silent,
      );
    }, 60_000);

    it('has all methods on the same questions, and names the protocol', () => {
      expect(report).toMatchObject({ bundle: 'tiny@1', data: 'tiny shop', protocol, sessions: 30 });
      expect(report.questions).toBe(questionCount(dataset, TEST));
      expect(Object.keys(report.methods)).toEqual(METHODS);
    });

    it('gives every list metric at 5, 10 and 20, and what lies beyond accuracy', () => {
      for (const metric of ['recall', 'precision', 'f1', 'mrr', 'ndcg', 'hit-rate'])
        for (const k of [5, 10, 20])
          for (const name of METHODS)
            expect(report.methods[name][`${metric}@${k}`]).toBeGreaterThanOrEqual(0);
      for (const name of METHODS) {
        const figures = report.methods[name];
        // One answer a question: a hit is all of it, and a twentieth of the precision.
        expect(figures['hit-rate@20']).toBe(figures['recall@20']);
        expect(figures['precision@20']).toBeCloseTo(figures['recall@20'] / 20, 1);
        for (const metric of ['coverage@20', 'gini@20', 'popularity@20'])
          expect(figures).toHaveProperty(metric);
      }
      expect(report.methods.afterclick.auc).toBeGreaterThan(0);
      expect(report.methods.afterclick.candidates).toBeGreaterThan(0);
      expect(report.methods.afterclick['µs/query']).toBeGreaterThan(0);
      expect(report.methods.afterclick['µs/query single']).toBeGreaterThan(0);
      expect(report.methods['VMIS-kNN']['µs/query']).toBeGreaterThanOrEqual(0);
    });

    it('sees that the shelf is what matters: transitions rank far better than popularity', () => {
      expect(report.methods.Markov['mrr@20']).toBeGreaterThan(1.5 * report.methods.popularity['mrr@20']);
      const fitted = report.methods['re-ranker without model']['mrr@20'];
      expect(fitted).toBeGreaterThan(1.5 * report.methods.popularity['mrr@20']);
      expect(fitted).toBeGreaterThan(report.methods.network['mrr@20']);
    });

    it('puts every figure into its interval, and compares the whole with VMIS-kNN', () => {
      for (const [name, metrics] of Object.entries(report.intervals))
        for (const [metric, [low, high]] of Object.entries(metrics)) {
          expect(report.methods[name][metric]).toBeGreaterThanOrEqual(low);
          expect(report.methods[name][metric]).toBeLessThanOrEqual(high);
        }
      const { difference, ratio } = report.comparison;
      const [own, other] = ['afterclick', 'VMIS-kNN'].map((name) => report.methods[name]['mrr@20']);
      expect(difference['mrr@20'].value).toBeCloseTo(own - other, 1);
      expect(ratio['mrr@20'].value).toBeCloseTo(own / other, 2);
    });

    it('makes a table and a picture of it', () => {
      const table = reportTable(report);
      for (const name of METHODS) expect(table).toContain(name);
      expect(table).toMatch(/afterclick against VMIS-kNN, recall@20: .* times \d\.\d{3}/);
      const picture = reportPicture(report);
      expect(picture.match(/<rect x=/g)).toHaveLength(2 * METHODS.length);
      expect(picture).not.toMatch(/NaN|undefined/);
      const escaped = reportPicture({ ...report, data: 'a <b> & "c"' });
      expect(escaped).toContain('a &lt;b> &amp; &quot;c&quot;');
    });
  },
);

describe('questions', () => {
  it('are every click with a next one, each asked once, whether or not the shard batches them', async () => {
    const dataset = tinyShop({ sessions: SESSIONS, timed: true });
    const model = await loadModel(loadable(await tinyBundle(dataset, HISTORY)));
    for (const sideBySide of [1, 16]) {
      const path = new ServingPath(model, dataset, lastClickMs(dataset, HISTORY), sideBySide);
      const asked: string[] = [];
      const list = ({ session, click }: Question) => asked.push(`${session} ${click}`);
      await path.drive(TEST, { learns: true, k: 20, sideBySide }, { list });
      expect(asked).toHaveLength(questionCount(dataset, TEST));
      expect(new Set(asked).size).toBe(asked.length);
    }
    model.scorer.close();
  });

  it('teach nothing where the data says so: the features of the last session know of none before it', async () => {
    const dataset = tinyShop({ sessions: SESSIONS, timed: false });
    const model = await loadModel(loadable(await tinyBundle(dataset, HISTORY)));
    const last = { from: SESSIONS - 1, to: SESSIONS };
    /** Features of all candidates of the last session, after sessions that were asked about. */
    const featuresAfter = async (asked: SessionRange, learns: boolean) => {
      const path = new ServingPath(model, dataset, lastClickMs(dataset, HISTORY), 16);
      await path.drive(asked, { learns, k: 20, sideBySide: 16 }, {});
      const seen: number[] = [];
      const scored: Observer['scored'] = (_, { columns, stride, count }) => {
        for (let f = 0; f < FEATURE_COUNT; f++)
          seen.push(...columns.subarray(f * stride, f * stride + count));
      };
      await path.drive(last, { learns, k: 20, sideBySide: 16 }, { scored });
      return seen.join(' ');
    };
    const before = { from: TEST.from, to: last.from };
    const untaught = await featuresAfter({ from: last.from, to: last.from }, false);
    expect((await featuresAfter(before, false)) === untaught).toBe(true);
    expect((await featuresAfter(before, true)) === untaught).toBe(false);
    model.scorer.close();
  });
});

describe('what cannot be evaluated is told with what to do', () => {
  it('a bundle that was trained to the end of the data', async () => {
    const dataset = tinyShop({ sessions: 20, timed: true });
    const { manifest } = await tinyBundle(dataset, { from: 0, to: 20 });
    expect(() => evaluationOf(manifest, folderOf(dataset))).toThrow(/none of its 20 sessions.*--until/);
  });

  it('data with neither times nor test sessions', async () => {
    const dataset = tinyShop({ sessions: 20, timed: false });
    const { manifest } = await tinyBundle(dataset, { from: 0, to: 20 });
    expect(() => evaluationOf(manifest, folderOf(dataset))).toThrow(/neither times nor test sessions/);
  });

  it('data without the sessions that the bundle learned', async () => {
    const dataset = tinyShop({ sessions: 20, timed: true });
    const { manifest } = await tinyBundle(dataset, { from: 0, to: 20 });
    const training = { ...manifest.training, until: 1 };
    expect(() => evaluationOf({ training }, folderOf(dataset))).toThrow(
      /no sessions up to 1970-01-01T00:00:00.001Z.*baselines would know nothing/,
    );
  });

  it('test sessions of one click', async () => {
    const dataset = tinyShop({ sessions: 20, timed: false });
    const { manifest } = await tinyBundle(dataset, { from: 0, to: 20 });
    const single = Array.from({ length: 20 }, (_, s) => s).find(
      (s) => dataset.start[s + 1] - dataset.start[s] === 1,
    );
    const from = single ?? -1;
    expect(() => evaluationOf(manifest, folderOf(dataset, { from, to: from + 1 }))).toThrow(/left to ask/);
  });

  it('a bundle of other items', async () => {
    const dataset = tinyShop({ sessions: 20, timed: true });
    const parts = loadable(await tinyBundle(dataset, { from: 0, to: 10 }));
    const items = parts.items.map(({ id }) => ({ id: id.replace('5', '55') }));
    expect(() => withItemsOf(parts, items, 'DIR')).toThrow(
      /item 5 of the bundle is "item5", of DIR "item55".*--data/,
    );
  });
});

describe('items that came after the bundle was made', () => {
  it('are in the catalogue, without a vector', async () => {
    const dataset = tinyShop({ sessions: 20, timed: true });
    const parts = loadable(await tinyBundle(dataset, { from: 0, to: 10 }));
    expect(withItemsOf(parts, parts.items, 'DIR')).toBe(parts);
    const more = withItemsOf(parts, [...parts.items, { id: 'new' }], 'DIR');
    expect(more.vectors.subarray(0, parts.vectors.length)).toEqual(parts.vectors);
    expect([...more.vectors.subarray(parts.vectors.length)]).toEqual(
      Array.from({ length: parts.width }, () => 0),
    );
    const model = await loadModel(more);
    expect(model.indexOfRow).toHaveLength(TINY_SHOP_ITEMS + 1);
    expect(model.indexOfRow[TINY_SHOP_ITEMS]).toBeGreaterThanOrEqual(0);
    model.scorer.close();
  });
});

it('puts an item that nobody clicked where those stand that mean the like, when a language model has read them', async () => {
  const parts = loadable(await tinyBundle(tinyShop({ sessions: 120, timed: true }), HISTORY));
  const titles = ['lamp', 'mug', 'rug', 'kettle'];
  const titled = parts.items.map((item, i) => ({ ...item, title: titles[i % titles.length] }));
  const whole = withItemsOf({ ...parts, items: titled }, [...titled, { id: 'new', title: 'carpet' }], 'DIR');
  const placeWith = async (reader?: ItemReader): Promise<Float32Array> => {
    const model = await loadModel(whole, reader);
    model.scorer.close();
    const { width } = model.vectors;
    const at = model.indexOfRow[whole.items.length - 1] * width;
    return itemVectors(model.vectors).slice(at, at + width);
  };
  expect([...(await placeWith())].every((value) => value === 0)).toBe(true);
  const reader = new ItemReader(writeTinyEncoder());
  const place = await placeWith(reader);
  reader.close();
  const cosines = titled.map((_, row) =>
    place.reduce((sum, value, d) => sum + value * whole.vectors[row * whole.width + d], 0),
  );
  const meanOf = (title: string): number => {
    const own = cosines.filter((_, row) => titled[row].title === title);
    return own.reduce((sum, cosine) => sum + cosine, 0) / own.length;
  };
  for (const other of ['lamp', 'mug', 'kettle']) expect(meanOf('rug')).toBeGreaterThan(meanOf(other));
});
