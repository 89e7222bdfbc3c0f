import { UNNAMED, vectorField, vectorsOf, type GivenVectors } from './given-vectors.js';

/** Lengths that earlier items of the same batch have settled, by name. */
export type StagedLengths = Map<string, number>;

/**
 * How long the vectors of each name are: those of one model are all of one length, so a vector of another one is a slip. A name is free
 * again when no item has a vector of it.
 */
export class VectorLengths {
  /** By name, how many items have a vector of each length. Several lengths come from catalogues of versions that took any. */
  readonly #uses = new Map<string, Map<number, number>>();

  /** Says which vector of `item` has another length than those of its name, and what to do; changes nothing. `replaced` is the item as it is now. */
  problem(item: GivenVectors, replaced: GivenVectors | undefined, staged: StagedLengths): string | undefined {
    for (const [name, { length }] of vectorsOf(item)) {
      const held = this.#held(name, replaced, staged);
      if (held.length > 0 && !held.includes(length)) return problemOf(name, length, held[0]);
    }
    return undefined;
  }

  /** Settles the lengths of an item that `problem` had nothing against, for those that come after it in its batch. */
  stage(item: GivenVectors, staged: StagedLengths): void {
    for (const [name, { length }] of vectorsOf(item)) staged.set(name, length);
  }

  /** Counts an item that is shown. */
  retain(item: GivenVectors): void {
    for (const [name, { length }] of vectorsOf(item)) {
      const uses = this.#uses.get(name) ?? new Map<number, number>();
      this.#uses.set(name, uses.set(length, (uses.get(length) ?? 0) + 1));
    }
  }

  /** Counts an item that was shown, and is replaced or taken out. */
  release(item: GivenVectors): void {
    for (const [name, { length }] of vectorsOf(item)) {
      const uses = this.#uses.get(name);
      const left = (uses?.get(length) ?? 0) - 1;
      if (left > 0) uses?.set(length, left);
      else uses?.delete(length);
      if (uses?.size === 0) this.#uses.delete(name);
    }
  }

  /** Lengths that items other than the replaced one hold the name to. */
  #held(name: string, replaced: GivenVectors | undefined, staged: StagedLengths): number[] {
    const settled = staged.get(name);
    if (settled !== undefined) return [settled];
    const uses = this.#uses.get(name);
    if (uses === undefined) return [];
    const own = lengthOf(name, replaced);
    return [...uses].filter(([length, count]) => count > (length === own ? 1 : 0)).map(([length]) => length);
  }
}

function lengthOf(name: string, item: GivenVectors | undefined): number | undefined {
  for (const [own, { length }] of vectorsOf(item ?? {})) if (own === name) return length;
  return undefined;
}

function problemOf(name: string, length: number, held: number): string {
  const field = vectorField(name);
  const other = name === UNNAMED ? 'put it under a name of its own in vectors' : 'give it another name';
  return (
    `${field}: ${numbers(length)}, and ${field} of other items has ${held}; vectors of one name come from one model: ` +
    `if this one is of another, ${other}`
  );
}

function numbers(count: number): string {
  return count === 1 ? '1 number' : `${count} numbers`;
}
