/** A user whose rows are not what the journal says, and in what, in words. */
export interface DifferingUser {
  readonly userId: string;
  readonly differences: readonly string[];
}

/** What was found wrong with whom; the same of one user counts once. */
export class FoundDifferences {
  readonly #found = new Map<string, string[]>();

  add(userId: string, difference: string): void {
    const known = this.#found.get(userId);
    if (known === undefined) this.#found.set(userId, [difference]);
    else if (!known.includes(difference)) known.push(difference);
  }

  /** Nothing can be said of this user after all. */
  forget(userId: string): void {
    this.#found.delete(userId);
  }

  /** Those with a difference, in the order in which the first was found. */
  get all(): DifferingUser[] {
    return Array.from(this.#found, ([userId, differences]) => ({ userId, differences }));
  }
}
