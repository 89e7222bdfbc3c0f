import { invariant } from '../../metrics/invariant.js';
import type { StoredCode } from './catalogue-journal.js';

/** Distinct values a dictionary may hold: a bound on memory and on the width of a compiled filter (128 KiB of bits). */
export const DICTIONARY_MAX = 1 << 20;

/** Equality key of a scalar, so that `"1"`, `1` and `true` stay apart. */
export function memberKey(scalar: string | number | boolean): string {
  return JSON.stringify(scalar);
}

/** Members of a dictionary of plain strings, such as categories. */
export function plainMembers(value: string): readonly string[] {
  return [memberKey(value)];
}

/** Members of an attribute's dictionary, whose values are JSON: those of a list, or the scalar itself. */
export function attributeMembers(value: string): readonly string[] {
  const parsed: unknown = JSON.parse(value);
  return Array.isArray(parsed) ? [...new Set(parsed.map(memberKey))] : [value];
}

/**
 * Values and their permanent codes 0, 1, 2, …. A list is one value; `codesWith` finds the values that hold a member.
 * New codes are appended to `unsaved`, which its owner writes to the store before anyone sees them.
 */
export class Dictionary {
  readonly name: string;
  readonly #unsaved: StoredCode[];
  readonly #membersOf: (value: string) => readonly string[];
  readonly #values: string[] = [];
  readonly #codes = new Map<string, number>();
  readonly #byMember = new Map<string, number[]>();

  constructor(name: string, unsaved: StoredCode[], membersOf: (value: string) => readonly string[]) {
    this.name = name;
    this.#unsaved = unsaved;
    this.#membersOf = membersOf;
  }

  get size(): number {
    return this.#values.length;
  }

  /** −1 when there is no such value. */
  codeOf(value: string): number {
    return this.#codes.get(value) ?? -1;
  }

  /** The value with this code, which must have been given out. */
  value(code: number): string {
    return this.#values[code];
  }

  /** Codes of all values that are or hold the member, ascending. Borrowed. */
  codesWith(key: string): readonly number[] {
    return this.#byMember.get(key) ?? [];
  }

  /** True when `intern(value)` would find the dictionary full. */
  hasNoRoomFor(value: string): boolean {
    return this.#values.length >= DICTIONARY_MAX && !this.#codes.has(value);
  }

  /** The value's code, a new one if need be. Check `hasNoRoomFor` first. */
  intern(value: string): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    invariant(this.#values.length < DICTIONARY_MAX, `dictionary ${this.name} is full`);
    const code = this.#values.length;
    this.restore(value);
    this.#unsaved.push({ dictionary: this.name, code, value });
    return code;
  }

  /** Gives the next code to a value that the store already holds. */
  restore(value: string): void {
    const code = this.#values.length;
    this.#values.push(value);
    this.#codes.set(value, code);
    for (const key of this.#membersOf(value)) {
      const codes = this.#byMember.get(key);
      if (codes === undefined) this.#byMember.set(key, [code]);
      else codes.push(code);
    }
  }
}
