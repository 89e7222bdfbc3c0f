import { titleTerms } from '../search/title-terms.js';
import type { Item } from '../shared-catalogue.js';
import { PHRASE_TERMS, SHOP_NAMES, ShopVocabulary, type VocabularySource } from './shop-vocabulary.js';
import { titleQuantities } from './title-quantities.js';
import type { ItemAttribute, WordAttribute } from './word-lists.js';

/** Attributes of one item that are told, at most. */
const ATTRIBUTES_MAX = 12;
/** Words after which a brand of one word is meant as such, wherever it stands. */
const BEFORE_BRAND: ReadonlySet<string> = new Set(['by', 'from', 'von', 'par']);

/**
 * Colours, materials, sizes, brands and numbers of pieces of items: those that the shop's data says, and those that its titles say
 * where the data has none of that name. Each item is read once, when it is first asked for, in some 10 µs.
 */
export class AttributeFinder {
  readonly #vocabulary: ShopVocabulary;
  /** What was read, until the vocabulary grows. The catalogue never changes an item in place. */
  #read = new WeakMap<Item, readonly ItemAttribute[]>();

  constructor(source: VocabularySource) {
    this.#vocabulary = new ShopVocabulary(source);
  }

  /** Attributes of the item, each value once; its own brand, which it has as such, is not among them. Borrowed. */
  attributesOf(item: Item): readonly ItemAttribute[] {
    if (this.#vocabulary.refresh()) this.#read = new WeakMap();
    const known = this.#read.get(item);
    if (known !== undefined) return known;
    const attributes = this.#readItem(item);
    this.#read.set(item, attributes);
    return attributes;
  }

  /** What a title says, each value once. The caller's. */
  titleAttributes(title: string): ItemAttribute[] {
    this.#vocabulary.refresh();
    return distinct([...this.#named(titleTerms(title)), ...titleQuantities(title)]);
  }

  #readItem({ title = '', brand, attributes = {} }: Item): ItemAttribute[] {
    const own = ownAttributes(attributes);
    const known = new Set<WordAttribute>(own.map(({ name }) => name));
    if (brand !== undefined) known.add('brand');
    const told = this.titleAttributes(title).filter(({ name }) => !known.has(name));
    return distinct([...own, ...told]).slice(0, ATTRIBUTES_MAX);
  }

  /** What phrases say, the longest first at each place; words of a phrase are in no other one. */
  #named(terms: readonly string[]): ItemAttribute[] {
    const found: ItemAttribute[] = [];
    for (let at = 0; at < terms.length;) {
      const length = this.#phraseAt(terms, at);
      const said = length === 0 ? undefined : this.#saidBy(terms, at, length);
      if (said !== undefined) found.push(said);
      at += Math.max(1, length);
    }
    return found;
  }

  /** Terms of the longest known phrase that begins at `at`; 0 for none. */
  #phraseAt(terms: readonly string[], at: number): number {
    for (let length = Math.min(PHRASE_TERMS, terms.length - at); length > 0; length--) {
      const phrase = terms.slice(at, at + length).join(' ');
      if (this.#vocabulary.has(phrase) || this.#isBrandAt(phrase, terms, at, length)) return length;
    }
    return 0;
  }

  #saidBy(terms: readonly string[], at: number, length: number): ItemAttribute | undefined {
    const phrase = terms.slice(at, at + length).join(' ');
    return this.#isBrandAt(phrase, terms, at, length)
      ? { name: 'brand', value: phrase }
      : this.#vocabulary.meaningOf(phrase);
  }

  /** A brand of one word may be a plain word (apple): it counts at the beginning of a title, or after `by`. */
  #isBrandAt(phrase: string, terms: readonly string[], at: number, length: number): boolean {
    if (!this.#vocabulary.isBrand(phrase)) return false;
    return length > 1 || (at === 0 && terms.length > 1) || BEFORE_BRAND.has(terms[at - 1]);
  }
}

/** Attributes of the shop's own data under the names that words may tell as well. */
function ownAttributes(attributes: NonNullable<Item['attributes']>): ItemAttribute[] {
  return Object.entries(attributes).flatMap(([shopName, value]) => {
    const name = SHOP_NAMES.get(shopName.toLowerCase());
    if (name === undefined || typeof value === 'boolean') return [];
    const values = typeof value === 'object' ? value : [String(value)];
    return values.map((text) => ({ name, value: text.toLowerCase() }));
  });
}

function distinct(attributes: readonly ItemAttribute[]): ItemAttribute[] {
  return attributes.filter(
    ({ name, value }, at) =>
      attributes.findIndex((other) => other.name === name && other.value === value) === at,
  );
}
