import type { Bites } from '../../metrics/process/bites.js';
import type { Item } from '../../model/catalogue/shared-catalogue.js';
import type { Community } from '../../shards/api.js';

/** What an item's place among all items is called. */
export interface NamedCommunity {
  /** The same as long as the community lives. */
  readonly id: number;
  readonly name: string;
}

/** Part of a community's leading items that have to be in one category, before that is its name. */
const CATEGORY_SHARE = 0.5;
/** Words that a name is made of where there is no such category. */
const WORDS_MAX = 2;
const WORD = /\p{L}[\p{L}\p{M}'’-]{2,}/gu;
/** Part of the leading items that have to have a word, before it tells of them. */
const WORD_SHARE_MIN = 0.15;

/** What the leading items of a community say, in parts of 1. */
interface Sayings {
  readonly categories: ReadonlyMap<string, number>;
  readonly words: ReadonlyMap<string, number>;
  readonly title: string;
}

/**
 * Names communities by their leading items: by the category of most of them, or else by the words that they have and others have not.
 * No two of one level have the same name: the one with fewer clicks adds a word of its own.
 * Some hundred of them take tens of milliseconds, in bites.
 * @param communities of one level, those of the most clicks first
 * @param itemOf undefined for an item that is not in the catalogue
 */
export async function nameCommunities(
  communities: readonly Community[],
  itemOf: (index: number) => Item | undefined,
  bites: Pick<Bites, 'isOver' | 'rest'>,
): Promise<Map<number, string>> {
  const said: Sayings[] = [];
  const common = new Map<string, number>();
  for (const { leading } of communities) {
    if (bites.isOver) await bites.rest();
    const sayings = sayingsOf(leading.map(itemOf).filter((item) => item !== undefined));
    said.push(sayings);
    for (const [word, share] of sayings.words) add(common, word, share / communities.length);
  }
  const names = new Map<number, string>();
  const taken = new Set<string>();
  for (const [i, { id }] of communities.entries()) {
    if (bites.isOver) await bites.rest();
    const candidates = namesOf(said[i], tellingWords(said[i].words, common));
    const name =
      candidates.find((text) => !taken.has(text.toLowerCase())) ?? `${candidates[0] ?? 'Items'} ${id}`;
    taken.add(name.toLowerCase());
    names.set(id, capital(name));
  }
  return names;
}

function sayingsOf(items: readonly Item[]): Sayings {
  const categories = new Map<string, number>();
  const words = new Map<string, number>();
  const share = 1 / Math.max(1, items.length);
  for (const { title = '', category } of items) {
    if (category !== undefined) add(categories, category, share);
    for (const word of new Set(title.toLowerCase().match(WORD))) add(words, word, share);
  }
  return { categories, words, title: items[0]?.title ?? '' };
}

/** The best name first. */
function namesOf({ categories, title }: Sayings, words: readonly string[]): string[] {
  const [[category, share] = ['', 0]] = [...categories].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const isIts = (word: string): boolean => category.toLowerCase().includes(word.replace(/s$/, ''));
  const byWords = words.slice(0, WORDS_MAX).join(', ');
  const byCategory = words.filter((word) => !isIts(word)).map((word) => `${category}: ${word}`);
  const names =
    share >= CATEGORY_SHARE ? [category, ...byCategory, byWords] : [byWords, category, ...byCategory];
  return [...names, title].filter((name) => name !== '');
}

/** Words that a community has more than others, the most telling first: by p log(p / q), its part of the divergence from all. */
function tellingWords(words: ReadonlyMap<string, number>, common: ReadonlyMap<string, number>): string[] {
  const tells = ([word, share]: readonly [string, number]): number =>
    share * Math.log(share / (common.get(word) ?? share));
  return [...words]
    .filter((said) => said[1] >= WORD_SHARE_MIN && tells(said) > 0)
    .sort((a, b) => tells(b) - tells(a) || (a[0] < b[0] ? -1 : 1))
    .map(([word]) => word);
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
