import type { Item } from '../shared-catalogue.js';
import type { Catalogue } from '../catalogue.js';
import { KnownTerms } from './known-terms.js';
import { PostingList } from './posting-list.js';
import { titleTerms } from './title-terms.js';
import { topItems } from './best-matches.js';

/** Work of one query: postings looked at, different terms, and terms that no item holds and for which one is looked for that is meant. */
export const SEARCH_LIMITS = { postings: 20_000, terms: 16, mistyped: 3 } as const;

/** Weight of one occurrence in the title; in category or brand it is 1. */
const TITLE_WEIGHT = 2;
/** BM25 (Robertson and Zaragoza 2009): saturation of repeats, and how much longer texts are held back. */
const K1 = 1.2;
const B = 0.5;

/** Items that hold words of a text, best first. */
export interface WordHits {
  readonly items: Int32Array;
  /** Float32, one an item, above 0 to 1: what the words that it holds say of all that the text says, by their idf; a word that no item holds counts most. */
  readonly covered: Float32Array;
}

interface Document {
  readonly terms: ReadonlyMap<string, number>;
  /** Sum of the weights. */
  readonly length: number;
}

/** Words of titles, categories and brands, and the items they are in; a slip of the finger is forgiven. Lives on the gateway thread. */
export class SearchIndex {
  readonly #postings = new Map<string, PostingList>();
  readonly #terms = new KnownTerms();
  readonly #documents: (Document | undefined)[] = [];
  #documentCount = 0;
  #lengthSum = 0;
  /** Score by item; zero between queries. */
  #scores = new Float32Array(1024);
  /** Items with a score in this query. */
  readonly #found: number[] = [];

  /** Different terms that some item holds. */
  get termCount(): number {
    return this.#postings.size;
  }

  /** Indexes an item, in place of what was indexed for it before. */
  upsert(index: number, item: Pick<Item, 'title' | 'category' | 'brand'>): void {
    const document = documentOf(item);
    const before = this.#documents[index];
    if (before !== undefined && isSame(before, document)) return;
    this.remove(index);
    for (const [term, weight] of document.terms) this.#postingsOf(term).add(index, weight);
    if (index >= this.#scores.length) this.#scores = new Float32Array(2 * index);
    this.#documents[index] = document;
    this.#documentCount++;
    this.#lengthSum += document.length;
  }

  /** Forgets an item; nothing happens when it was not indexed. */
  remove(index: number): void {
    const document = this.#documents[index];
    if (document === undefined) return;
    for (const term of document.terms.keys()) this.#forget(term, index);
    this.#documents[index] = undefined;
    this.#documentCount--;
    this.#lengthSum -= document.length;
  }

  /**
   * Indices of at most `max` items that hold a term of the query, best first by BM25, the older item first among equals;
   * whether they are in stock is the caller's business. Past `SEARCH_LIMITS.postings` the commonest terms only add to items
   * that rarer terms have found, or, where there are none, find the newest items alone. A term that no item holds stands for
   * the one that is meant, where there is one slip between them.
   */
  search(query: string, max: number): Int32Array {
    return this.#best(this.#meant(query), max);
  }

  #best(meant: readonly string[], max: number): Int32Array {
    let budget = SEARCH_LIMITS.postings;
    for (const term of this.#rarestFirst(meant)) {
      const postings = this.#postings.get(term) as PostingList;
      budget -=
        postings.length <= budget
          ? this.#scan(postings, postings.length)
          : this.#scanWithin(postings, budget);
    }
    const best = topItems(this.#found, this.#scores, max);
    this.#reset();
    return best;
  }

  /** As `search`, with how much of the query each item has. The caller's. */
  hits(query: string, max: number): WordHits {
    const meant = this.#meant(query);
    const items = this.#best(meant, max);
    const terms = meant.map((term) => ({
      term,
      idf: this.#idf(this.#held(term)),
    }));
    const whole = terms.reduce((sum, { idf }) => sum + idf, 0);
    const covered = Float32Array.from(items, (index) => {
      const held = (this.#documents[index] as Document).terms;
      return terms.reduce((sum, { term, idf }) => (held.has(term) ? sum + idf : sum), 0) / whole;
    });
    return { items, covered };
  }

  /** Different terms of a query, those that no item holds as what they are meant for, where that is found. */
  #meant(query: string): string[] {
    let tries = 0;
    const meant = titleTerms(query).map((term) =>
      this.#postings.has(term) || tries++ >= SEARCH_LIMITS.mistyped ? term : this.#nearest(term),
    );
    return [...new Set(meant)];
  }

  /** Of the terms that are one slip away the one that most items hold; the term itself when there is none. */
  #nearest(term: string): string {
    return this.#terms
      .near(term)
      .reduce((best, other) => (this.#held(other) > this.#held(best) ? other : best), term);
  }

  /** Items that hold a term. */
  #held(term: string): number {
    return this.#postings.get(term)?.length ?? 0;
  }

  #rarestFirst(terms: readonly string[]): string[] {
    const known = terms.filter((term) => this.#postings.has(term));
    return known.sort((a, b) => this.#held(a) - this.#held(b)).slice(0, SEARCH_LIMITS.terms);
  }

  /** Scores the last `count` postings, those of the newest items; returns the postings looked at. */
  #scan(postings: PostingList, count: number): number {
    const idf = this.#idf(postings.length);
    for (let i = postings.length - count; i < postings.length; i++) this.#score(postings, i, idf);
    return count;
  }

  #scanWithin(postings: PostingList, budget: number): number {
    if (this.#found.length === 0) return this.#scan(postings, budget);
    const idf = this.#idf(postings.length);
    const looked = Math.min(this.#found.length, budget);
    for (let i = 0; i < looked; i++) {
      const position = postings.find(this.#found[i]);
      if (position >= 0) this.#score(postings, position, idf);
    }
    return looked;
  }

  #score(postings: PostingList, position: number, idf: number): void {
    const index = postings.item(position);
    const weight = postings.weight(position) / TITLE_WEIGHT;
    const relativeLength =
      ((this.#documents[index] as Document).length * this.#documentCount) / this.#lengthSum;
    if (this.#scores[index] === 0) this.#found.push(index);
    this.#scores[index] += (idf * weight * (K1 + 1)) / (weight + K1 * (1 - B + B * relativeLength));
  }

  #idf(holders: number): number {
    return Math.log(1 + (this.#documentCount - holders + 0.5) / (holders + 0.5));
  }

  #reset(): void {
    for (const index of this.#found) this.#scores[index] = 0;
    this.#found.length = 0;
  }

  #postingsOf(term: string): PostingList {
    const known = this.#postings.get(term);
    if (known !== undefined) return known;
    const postings = new PostingList();
    this.#postings.set(term, postings);
    this.#terms.add(term);
    return postings;
  }

  #forget(term: string, index: number): void {
    const postings = this.#postings.get(term);
    postings?.remove(index);
    if (postings?.length !== 0) return;
    this.#postings.delete(term);
    this.#terms.delete(term);
  }
}

/** An index of all items of a catalogue that follows its changes. */
export function indexCatalogue(catalogue: Catalogue): SearchIndex {
  const search = new SearchIndex();
  const follow = (index: number): void => {
    const item = catalogue.item(index);
    if (item === undefined) search.remove(index);
    else search.upsert(index, item);
  };
  for (const index of catalogue.indices()) follow(index);
  catalogue.onChange((changed) => changed.forEach(follow));
  return search;
}

function documentOf({ title, category, brand }: Pick<Item, 'title' | 'category' | 'brand'>): Document {
  const terms = new Map<string, number>();
  addTerms(terms, title, TITLE_WEIGHT);
  addTerms(terms, category, 1);
  addTerms(terms, brand, 1);
  let length = 0;
  for (const weight of terms.values()) length += weight;
  return { terms, length };
}

function addTerms(terms: Map<string, number>, text: string | undefined, weight: number): void {
  for (const term of titleTerms(text ?? '')) terms.set(term, (terms.get(term) ?? 0) + weight);
}

function isSame(a: Document, b: Document): boolean {
  if (a.length !== b.length || a.terms.size !== b.terms.size) return false;
  for (const [term, weight] of a.terms) if (b.terms.get(term) !== weight) return false;
  return true;
}
