/** What can be wrong. `state`: not what the events make of it; `seq`: a `welcome`, or what is stored of a session. */
export type FaultKind = 'lost' | 'double' | 'out of order' | 'unexpected' | 'state' | 'seq' | 'other';

/** Words kept of each kind. */
const WORDS_MAX = 5;

/** Everything that a check found. */
export class Problems {
  readonly #found = new Map<FaultKind, string[]>();
  readonly #counts = new Map<FaultKind, number>();

  add(kind: FaultKind, words: string): void {
    this.#counts.set(kind, this.count(kind) + 1);
    const found = this.#found.get(kind) ?? [];
    if (found.length < WORDS_MAX) found.push(words);
    this.#found.set(kind, found);
  }

  count(kind: FaultKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  get isNone(): boolean {
    return this.#counts.size === 0;
  }

  /** A line of each kind and example. */
  get lines(): string[] {
    return [...this.#found].flatMap(([kind, words]) =>
      words.map((text, i) => `${kind}${i === 0 ? ` (${this.count(kind)})` : ''}: ${text}`),
    );
  }
}
