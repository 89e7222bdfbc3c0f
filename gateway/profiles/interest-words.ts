/** A text with how much it counts. */
export interface WeighedText {
  readonly text: string;
  readonly weight: number;
}

/** Words that an interest is told by, at most. */
const WORDS_MAX = 3;
/** Shorter ones say little, and so do numbers. */
const WORD = /\p{L}[\p{L}\p{M}'’-]{2,}/gu;
/** Part of the weight of an interest's items that have to have a word, before it is part of the name; and how many items, at least. */
const NAMING_SHARE = 0.6;
const NAMING_ITEMS = 3;
/** Words that stand in titles and name nothing. */
const EMPTY: ReadonlySet<string> = new Set(
  'and the for with from set pack box small large medium mini size new und der die das mit für aus les des pour avec'.split(
    ' ',
  ),
);

/** What an interest is made of, in words; each the strongest first. */
export interface InterestTexts {
  readonly categories: readonly string[];
  readonly terms: readonly string[];
  readonly brands: readonly string[];
  readonly titles: readonly WeighedText[];
  /** What the shop's items like these are called together; undefined where nobody knows. */
  readonly community: string | undefined;
}

/** What an interest is called, and its words. */
export interface InterestName {
  readonly name: string;
  readonly words: readonly string[];
}

/**
 * Names an interest: by its strongest category, and by the word that most of its titles share, where there is one; without a category
 * by the search that it came from, the community of its items, its words, its brand, or its strongest title. Words are those of searches and titles that are not in
 * the category's name, by the weight of the items that have them.
 */
export function nameInterest({ categories, terms, brands, titles, community }: InterestTexts): InterestName {
  const [category = ''] = categories;
  const known = new Set(category.toLowerCase().match(WORD));
  const counted = countWords(titles, known);
  const words = [...new Set([...terms, ...counted.map(({ word }) => word)])].slice(0, WORDS_MAX);
  const [first] = counted;
  if (category !== '')
    return { name: first !== undefined && first.isShared ? `${category}: ${first.word}` : category, words };
  const shared = counted.filter(({ items }) => items > 1).map(({ word }) => word);
  const name = [terms[0], community, shared.slice(0, 2).join(' '), brands[0], titles[0]?.text].find(
    (text) => text !== undefined && text !== '',
  );
  return { name: capital(name ?? ''), words };
}

interface CountedWord {
  readonly word: string;
  readonly items: number;
  /** True for a word of most items. */
  readonly isShared: boolean;
}

/** Words by the weight of the titles that have them, those of one title alone left out when there are several titles. */
function countWords(titles: readonly WeighedText[], known: ReadonlySet<string>): CountedWord[] {
  const found = new Map<string, { weight: number; items: number }>();
  let total = 0;
  for (const { text, weight } of titles) {
    total += weight;
    for (const word of new Set(text.toLowerCase().match(WORD))) {
      if (EMPTY.has(word) || isKnown(word, known)) continue;
      const counted = found.get(word) ?? { weight: 0, items: 0 };
      found.set(word, { weight: counted.weight + weight, items: counted.items + 1 });
    }
  }
  return [...found]
    .filter(([, { items }]) => items > 1 || titles.length < 2)
    .sort(([a, x], [b, y]) => y.weight - x.weight || (a < b ? -1 : 1))
    .map(([word, { weight, items }]) => ({
      word,
      items,
      isShared: items >= NAMING_ITEMS && weight >= NAMING_SHARE * total,
    }));
}

/** True for a word of the category, in the singular or in the plural. */
function isKnown(word: string, known: ReadonlySet<string>): boolean {
  return known.has(word) || known.has(`${word}s`) || (word.endsWith('s') && known.has(word.slice(0, -1)));
}

function capital(text: string): string {
  return text === '' ? '' : text[0].toUpperCase() + text.slice(1);
}
