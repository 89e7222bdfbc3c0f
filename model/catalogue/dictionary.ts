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

/** Stands in the store for a value that was let go: JSON that no attribute is, a name that nothing has. */
const GONE_ATTRIBUTE = 'null';
const GONE_NAME = '';
/** Values that one look at a dictionary takes off the disk; the others go with later starts. */
export const BLANKED_MAX = 10_000;

/** What the dictionaries of one catalogue hold together, in characters. */
export interface TextBudget {
  used: number;
}

/**
 * Values and their codes 0, 1, 2, …. A list is one value; `codesWith` finds the values that hold a member.
 * New codes are appended to `unsaved`, which its owner writes to the store before anyone sees them.
 * Uses are counted: a value that no item has any more is forgotten by `letGoUnused`, and leaves the store with the next write; when
 * it comes again it gets another code. The code of an attribute's value goes to another value after a start alone, when nothing
 * but rows and filters made since has codes. Those of categories and brands stand in states of users, and go to nothing else
 * for ever: `DICTIONARY_MAX` names in the life of a catalogue.
 */
export class Dictionary {
  readonly name: string;
  readonly #unsaved: StoredCode[];
  readonly #budget: TextBudget;
  readonly #membersOf: (value: string) => readonly string[];
  readonly #values: string[] = [];
  readonly #codes = new Map<string, number>();
  readonly #byMember = new Map<string, number[]>();
  /** Items that have the value of each code. */
  readonly #uses: number[] = [];
  /** Codes that no item had when they were given out or released. */
  readonly #idle = new Set<number>();
  /** Codes that may be given out again, the lowest last. */
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
    const code = this.#free.pop() ?? this.#newCode();
    invariant(code < DICTIONARY_MAX, `dictionary ${this.name} is full`);
    this.#add(code, value);
    this.#unsaved.push({ dictionary: this.name, code, value });
    return code;
  }

  /** Gives the next code to a value that the store already holds. */
  restore(value: string): void {
    const code = this.#newCode();
    if (value !== this.#gone) this.#add(code, value);
  }

  /** Items that have the value; 0 for a code that was never given out. */
  usesOf(code: number): number {
    return this.#uses[code] ?? 0;
  }

  /** One more item has the value. */
  retain(code: number): void {
    this.#uses[code]++;
  }

  /** One item fewer has the value. */
  release(code: number): void {
    if (--this.#uses[code] === 0) this.#idle.add(code);
  }

  /** Forgets values that no item has. Call when no item is on its way that was given a code and is not counted yet. */
  letGoUnused(): void {
    let blanked = 0;
    for (const code of this.#idle) {
      if (this.#uses[code] > 0 || this.#values[code] === '') continue;
      this.#forget(code);
      if (blanked++ < BLANKED_MAX) this.#unsaved.push({ dictionary: this.name, code, value: this.#gone });
    }
    this.#idle.clear();
  }

  /** Gives codes of attributes that no item has to values to come. Call before anything is made of codes but rows. */
  reuseCodes(): void {
    this.letGoUnused();
    this.#free = [];
    if (!this.#isOfAttribute) return;
    for (let code = this.#values.length - 1; code >= 0; code--)
      if (this.#values[code] === '') this.#free.push(code);
  }

  get #isOfAttribute(): boolean {
    return this.#membersOf === attributeMembers;
  }

  get #gone(): string {
    return this.#isOfAttribute ? GONE_ATTRIBUTE : GONE_NAME;
  }

  #newCode(): number {
    this.#uses.push(0);
    return this.#values.push('') - 1;
  }

  #add(code: number, value: string): void {
    const members = this.#membersOf(value);
    this.#values[code] = value;
    this.#codes.set(value, code);
    this.#budget.used += charsOf(value, members);
    this.#version++;
    this.#idle.add(code);
    for (const key of members) {
      const codes = this.#byMember.get(key);
      if (codes === undefined) this.#byMember.set(key, [code]);
      else if (codes[codes.length - 1] < code) codes.push(code);
      else codes.splice(placeOf(codes, code), 0, code);
    }
  }

  #forget(code: number): void {
    const value = this.#values[code];
    const members = this.#membersOf(value);
    this.#budget.used -= charsOf(value, members);
    this.#values[code] = '';
    if (this.#codes.get(value) === code) this.#codes.delete(value);
    for (const key of members) {
      const codes = this.#byMember.get(key);
      if (codes?.length === 1) this.#byMember.delete(key);
      else codes?.splice(placeOf(codes, code), 1);
    }
  }
}

/** What an entry takes, in characters. */
function charsOf(value: string, members: readonly string[]): number {
  let chars = value.length + ENTRY_CHARS;
  for (const key of members) if (key !== value) chars += key.length + ENTRY_CHARS;
  return chars;
}

/** Where `code` stands, or would stand, among codes in ascending order. */
function placeOf(codes: readonly number[], code: number): number {
  let [from, to] = [0, codes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (codes[middle] < code) from = middle + 1;
    else to = middle;
  }
  return from;
}
