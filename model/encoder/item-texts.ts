import type { Item } from '../catalogue/shared-catalogue.js';

/** Characters of a text that are encoded: an encoder cuts by itself at about this. */
export const ITEM_TEXT_CHARS = 1_024;

/** What the vectors of other texts count beside that of the title, which counts 1. Chosen in docs/decisions/0049-encoder.md. */
const BESIDE_TITLE = { category: 0.3, brand: 0.3, words: 0.1 } as const;

/** One of the texts that an item is read by, and what its vector counts beside those of the others. */
export interface ItemText {
  /** Not empty. */
  readonly text: string;
  readonly share: number;
}

/**
 * What is said of an item, as texts for the encoder: its title, and each apart, as many items have the same, its category, its brand and
 * the words of its attributes. Without a title all of it is one text. Empty when nothing is said.
 */
export function itemTexts(item: Omit<Item, 'id'>): readonly ItemText[] {
  const { title = '', category = '', brand = '' } = item;
  const words = attributeWords(item);
  if (title === '') return told([{ text: joined([category, brand, words]), share: 1 }]);
  return told([
    { text: title, share: 1 },
    { text: category, share: BESIDE_TITLE.category },
    { text: brand, share: BESIDE_TITLE.brand },
    { text: words, share: BESIDE_TITLE.words },
  ]);
}

function attributeWords({ attributes = {} }: Omit<Item, 'id'>): string {
  const words = Object.values(attributes).flatMap((value) =>
    typeof value === 'string' ? [value] : Array.isArray(value) ? (value as readonly string[]) : [],
  );
  return joined(words);
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}

function told(texts: readonly ItemText[]): readonly ItemText[] {
  return texts
    .map(({ text, share }) => ({ text: text.slice(0, ITEM_TEXT_CHARS), share }))
    .filter(({ text }) => text !== '');
}
