import type { FilterColumn } from '../catalogue-dictionaries.js';
import type { Dictionary } from '../dictionary.js';
import { titleTerms } from '../search/title-terms.js';
import { commonLexicon, type ItemAttribute, type Lexicon, type WordAttribute } from './word-lists.js';

/** What a vocabulary is learnt from; `Catalogue` is one. */
export interface VocabularySource {
  readonly brands: Dictionary;
  filterColumn(name: string): FilterColumn | undefined;
}

/** Terms of the longest phrase that is looked for. */
export const PHRASE_TERMS = 3;
/** Phrases of a shop's own, at most: what comes later is not looked for. */
const PHRASES_MAX = 65_536;

/** Names that shops give attributes which words may tell as well. */
export const SHOP_NAMES: ReadonlyMap<string, WordAttribute> = new Map([
  ['colour', 'colour'],
  ['color', 'colour'],
  ['farbe', 'colour'],
  ['couleur', 'colour'],
  ['material', 'material'],
  ['fabric', 'material'],
  ['size', 'size'],
  ['größe', 'size'],
  ['taille', 'size'],
  ['brand', 'brand'],
  ['pieces', 'pieces'],
  ['pack_size', 'pieces'],
]);
/** Of those the ones whose values are words to look for: numbers and letters such as S and M stand in titles for much else. */
const LEARNT: ReadonlySet<WordAttribute> = new Set(['colour', 'material']);
/** A colour or material of fewer characters stands for something else more often than not. */
const WORD_CHARS_MIN = 3;

/**
 * Words that name a brand, a colour, a material or a size: those that any shop uses, and the values that items of this catalogue have.
 * A value that was learnt stays, also when its last item is gone. The shop's own word wins over a common one.
 */
export class ShopVocabulary {
  readonly #source: VocabularySource;
  readonly #lexicon: Lexicon = commonLexicon();
  readonly #brands = new Set<string>();
  /** Codes of each dictionary that are learnt already. */
  readonly #learnt = new Map<Dictionary, number>();
  #phraseCount = 0;

  constructor(source: VocabularySource) {
    this.#source = source;
  }

  /** Takes in values that came since, and says whether one did; those of before cost nothing. */
  refresh(): boolean {
    const before = this.#phraseCount;
    this.#learn(this.#source.brands, (value) => this.#addBrand(value));
    for (const [shopName, name] of SHOP_NAMES) {
      const { dictionary } = LEARNT.has(name) ? (this.#source.filterColumn(shopName) ?? {}) : {};
      if (dictionary !== undefined) this.#learn(dictionary, (json) => this.#addValues(name, json));
    }
    return this.#phraseCount > before;
  }

  /** True when the phrase is in the lexicon, also as one that says nothing. */
  has(phrase: string): boolean {
    return this.#lexicon.has(phrase);
  }

  /** What a phrase of search terms says; undefined when that is nothing. */
  meaningOf(phrase: string): ItemAttribute | undefined {
    return this.#lexicon.get(phrase);
  }

  isBrand(phrase: string): boolean {
    return this.#brands.has(phrase);
  }

  #learn(dictionary: Dictionary, add: (value: string) => void): void {
    const from = this.#learnt.get(dictionary) ?? 0;
    for (let code = from; code < dictionary.size; code++) add(dictionary.value(code));
    this.#learnt.set(dictionary, dictionary.size);
  }

  #addBrand(brand: string): void {
    const phrase = phraseOf(brand);
    if (phrase !== undefined && this.#hasRoom()) this.#brands.add(phrase);
  }

  #addValues(name: WordAttribute, json: string): void {
    for (const value of textsOf(json)) {
      const phrase = phraseOf(value);
      if (phrase === undefined || phrase.length < WORD_CHARS_MIN) continue;
      if (this.#hasRoom()) this.#lexicon.set(phrase, { name, value: value.toLowerCase() });
    }
  }

  /** True for one more phrase, which is counted. */
  #hasRoom(): boolean {
    if (this.#phraseCount === PHRASES_MAX) return false;
    this.#phraseCount++;
    return true;
  }
}

/** The phrase of search terms that a value is in a title; undefined when it is too long, or no words. */
function phraseOf(value: string): string | undefined {
  const terms = titleTerms(value);
  return terms.length === 0 || terms.length > PHRASE_TERMS ? undefined : terms.join(' ');
}

/** Texts of an attribute's value in a dictionary, which is JSON, or '' when it was let go. */
function textsOf(json: string): string[] {
  if (json === '') return [];
  const value: unknown = JSON.parse(json);
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((member) => typeof member === 'string') : [];
}
