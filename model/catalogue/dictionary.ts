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
 * Characters that all dictionaries of a catalogue may hold together, members of lists counted again: a bound on memory, of
 * which they take up to four times as many bytes. What a store holds already is read whatever it is.
 */
export const DICTIONARY_TEXT_MAX = 64 * 1024 * 1024;
/** What an entry takes beside its text, in characters. */
const ENTRY_CHARS = 32;

/** Stands in the store for the value of an attribute that was let go: JSON that no attribute is. */
const GONE = 'null';
/** Values that one start of a dictionary takes off the disk; the others go with later starts. */
export const BLANKED_MAX = 10_000;

/** What the dictionaries of one catalogue hold together, in characters. */
export interface TextBudget {
  used: number;
}

/**
 * Values and their codes 0, 1, 2, …. A list is one value; `codesWith` finds the values that hold a member.
 * New codes are appended to `unsaved`, which its owner writes to the store before anyone sees them.
 * A code is its value's until `letGo`, which is called at a start alone: then nothing but rows and filters made since has codes
 * of an attribute. Those of categories and brands stand in states of users, and are for ever.
 */
export class Dictionary {
  readonly name: string;
  readonly #unsaved: StoredCode[];
  readonly #budget: TextBudget;
  readonly #membersOf: (value: string) => readonly string[];
  readonly #values: string[] = [];
  readonly #codes = new Map<string, number>();
  readonly #byMember = new Map<string, number[]>();
  /** Codes whose values were let go, the lowest last. */
  #free: number[] = [];
  #version = 0;

  constructor(
    name: string,
    unsaved: StoredCode[],
    budget: TextBudget,
    membersOf: (value: string) => readonly string[],
  ) {
    this.name = name;
    this.#unsaved = unsaved;
    this.#budget = budget;
    this.#membersOf = membersOf;
  }

  /** Codes given out, those let go included. */
  get size(): number {
    return this.#values.length;
  }

  /** Grows with every value that comes. */
  get version(): number {
    return this.#version;
  }

  /** −1 when there is no such value. */
  codeOf(value: string): number {
    return this.#codes.get(value) ?? -1;
  }

  /** The value with this code, which must have been given out; '' when it was let go. */
  value(code: number): string {
    return this.#values[code];
  }

  /** Codes of all values that are or hold the member, ascending. Borrowed. */
  codesWith(key: string): readonly number[] {
    return this.#byMember.get(key) ?? [];
  }

  /** True when `intern(value)` would find the dictionary, or all of them together, full. */
  hasNoRoomFor(value: string): boolean {
    if (this.#codes.has(value)) return false;
    const isFull = this.#free.length === 0 && this.#values.length >= DICTIONARY_MAX;
    return isFull || this.#budget.used + value.length + ENTRY_CHARS > DICTIONARY_TEXT_MAX;
  }

  /** The value's code, a new one if need be. Check `hasNoRoomFor` first. */
  intern(value: string): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = this.#free.pop() ?? this.#values.length;
    invariant(code < DICTIONARY_MAX, `dictionary ${this.name} is full`);
    this.#add(code, value);
    this.#unsaved.push({ dictionary: this.name, code, value });
    return code;
  }

  /** Gives the next code to a value that the store already holds. */
  restore(value: string): void {
    const code = this.#values.length;
    if (value !== GONE || this.#membersOf !== attributeMembers) this.#add(code, value);
    else this.#free.unshift(this.#values.push('') - 1);
  }

  /**
   * Keeps the values whose code is 1 in `used`, Uint8 [size]; the codes of the others go to values to come, and their values
   * leave the store with the next write.
   */
  letGo(used: Uint8Array): void {
    const values = [...this.#values];
    this.#codes.clear();
    this.#byMember.clear();
    this.#free = [];
    for (const value of values) this.#budget.used -= this.#charsOf(value);
    let blanked = 0;
    for (let code = values.length - 1; code >= 0; code--) {
      if (used[code] === 1) continue;
      if (values[code] !== '' && blanked++ < BLANKED_MAX)
        this.#unsaved.push({ dictionary: this.name, code, value: GONE });
      this.#values[code] = '';
      this.#free.push(code);
    }
    for (let code = 0; code < values.length; code++) if (used[code] === 1) this.#add(code, values[code]);
  }

  #add(code: number, value: string): void {
    this.#values[code] = value;
    this.#codes.set(value, code);
    this.#budget.used += this.#charsOf(value);
    this.#version++;
    for (const key of this.#membersOf(value)) {
      const codes = this.#byMember.get(key);
      if (codes === undefined) this.#byMember.set(key, [code]);
      else if (codes[codes.length - 1] < code) codes.push(code);
      else
        codes.splice(
          codes.findIndex((other) => other > code),
          0,
          code,
        );
    }
  }

  #charsOf(value: string): number {
    if (value === '') return 0;
    let chars = value.length + ENTRY_CHARS;
    for (const key of this.#membersOf(value)) if (key !== value) chars += key.length + ENTRY_CHARS;
    return chars;
  }
}
