import SearchableMap from 'minisearch/SearchableMap';

/** What can be taken for a mistyped term: of shorter ones too many are near, and one with a digit is a size or the number of a model. */
const WORD = /^\p{L}{4,}$/u;

/**
 * Terms that some item holds, in a radix tree, so that those near to a mistyped one are found without looking at all: 0.1 ms
 * among 60,000 terms, which take 19 MB (docs/BENCHMARKS.md).
 */
export class KnownTerms {
  readonly #terms = new SearchableMap<true>();

  add(term: string): void {
    this.#terms.set(term, true);
  }

  delete(term: string): void {
    this.#terms.delete(term);
  }

  /** The terms that become `term` by one slip: a letter too many, missing or wrong, or two neighbours swapped. */
  near(term: string): string[] {
    if (!WORD.test(term)) return [];
    const swapped = swaps(term).filter((other) => this.#terms.has(other));
    return [...this.#terms.fuzzyGet(term, 1).keys(), ...swapped];
  }
}

/** A term with each two neighbours swapped. */
function swaps(term: string): string[] {
  return Array.from(
    { length: term.length - 1 },
    (_, at) => term.slice(0, at) + term[at + 1] + term[at] + term.slice(at + 2),
  );
}
