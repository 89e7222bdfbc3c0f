import type { SharedVectors } from '../../../model/kernel/shared-vectors.js';
import { Random } from '../../../model/train/random-numbers.js';
import { sessionCount, type Dataset } from '../../../model/train/data/dataset.js';
import { mutualInformation } from '../../communities/agreement.js';
import { communityTree } from '../../communities/community-tree.js';
import { shopOf } from './shop-of-data.js';

/** What is told of one level of communities. */
export interface LevelFigures {
  readonly communities: number;
  /** Items that are in one, in parts of those that were clicked. */
  readonly covered: number;
  /** With the categories of the data, 0 to 1; `null` where it has none. */
  readonly nmi: number | null;
  /** The same of communities of the same sizes dealt out at random: what many small communities agree by chance. */
  readonly nmiByChance: number | null;
  /** Of the communities of both halves of the sessions. */
  readonly nmiOfHalves: number;
}

export interface CommunityFigures {
  readonly items: number;
  readonly categories: number;
  readonly modularity: number;
  readonly tookMs: number;
  readonly large: LevelFigures;
  readonly small: LevelFigures;
}

export function figuresOf(dataset: Dataset, vectors: SharedVectors): CommunityFigures {
  const sessions = sessionCount(dataset);
  const half = sessions >> 1;
  const shop = shopOf(dataset, { from: 0, to: sessions }, vectors);
  const fromMs = performance.now();
  const tree = communityTree(shop);
  const tookMs = performance.now() - fromMs;
  const halves = [
    { from: 0, to: half },
    { from: half, to: sessions },
  ].map((range) => communityTree(shopOf(dataset, range, vectors)));
  const level = (of: 'large' | 'small'): LevelFigures =>
    levelFigures(
      dataset,
      tree[of],
      halves.map((each) => each[of]),
    );
  return {
    items: dataset.itemIds.length,
    categories: new Set(dataset.category?.filter((code) => code >= 0)).size,
    modularity: tree.modularity,
    tookMs: Math.round(tookMs),
    large: level('large'),
    small: level('small'),
  };
}

function levelFigures(
  { category, item }: Dataset,
  ids: Int32Array,
  halves: readonly Int32Array[],
): LevelFigures {
  const names = ids.map((id) => id - 1);
  const clicked = new Set(item);
  const [first, second] = halves.map((half) => half.map((id) => id - 1));
  return {
    communities: new Set(ids.filter((id) => id > 0)).size,
    covered: [...clicked].filter((row) => ids[row] > 0).length / clicked.size,
    nmi: category && mutualInformation(names, category),
    nmiByChance: category && mutualInformation(shuffled(names), category),
    nmiOfHalves: mutualInformation(first, second),
  };
}

/** The items that are in a community with their communities dealt out anew. */
function shuffled(names: Int32Array): Int32Array {
  const random = new Random(1);
  const dealt = names.slice();
  const placed = [...dealt.keys()].filter((row) => dealt[row] >= 0);
  for (let i = placed.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [dealt[placed[i]], dealt[placed[j]]] = [dealt[placed[j]], dealt[placed[i]]];
  }
  return dealt;
}

export function tableOf({ items, categories, modularity, tookMs, large, small }: CommunityFigures): string {
  const row = (name: string, { communities, covered, nmi, nmiByChance, nmiOfHalves }: LevelFigures): string =>
    [
      name,
      communities,
      `${(covered * 100).toFixed(1)} %`,
      told(nmi),
      told(nmiByChance),
      told(nmiOfHalves),
    ].join(' | ');
  return [
    `${items} items, ${categories} categories; modularity ${modularity.toFixed(3)}; ${tookMs} ms`,
    'level | communities | items in one | NMI with categories | by chance | NMI of both halves',
    row('large', large),
    row('small', small),
    '',
  ].join('\n');
}

function told(figure: number | null): string {
  return figure === null ? '–' : figure.toFixed(3);
}
