import type { Slot } from '../../protocol/messages.js';

/**
 * The slots a page wants, and how far the gateway has taken them.
 *
 * A `hello` names all of them. One refused slot there would keep the page out for ever, so after a refused `hello` the next
 * names none, and each slot is asked for by itself: those that are refused are dropped, and the page stays. Later slots are
 * asked for by `subscribe`, one after the other; a refused one leaves what was taken under its name before.
 * Bounds: one `subscribe` under way; `SLOT_REFUSALS_MAX` refusals on one connection, after which what is not taken yet is
 * dropped with the last of them, because the gateway ends connections that are refused too much.
 */
export const SLOT_REFUSALS_MAX = 8;
/** A `hello` with longer slots than this names none: together they may be more than a frame holds. */
export const HELLO_SLOTS_CHARS = 64 * 1024;

/** One `subscribe`; its `id` comes back in a refusal, and in the `pong` of the `ping` behind it. */
export interface SlotQuestion {
  readonly id: string;
  readonly slots: readonly Slot[];
}

export class PageSlots {
  readonly #wanted = new Map<string, Slot>();
  readonly #taken = new Map<string, Slot>();
  /** Groups to be asked for, in order. */
  #toAsk: (readonly Slot[])[] = [];
  #asked: SlotQuestion | undefined;
  #lastId = 0;
  #refusals = 0;
  /** True from `welcome` to the end of the connection. */
  #isIn = false;
  /** The slots of the last `hello`. */
  #said: readonly Slot[] = [];
  /** True from a refused `hello` to the next `welcome`. */
  #isRefused = false;

  constructor(slots: readonly Slot[]) {
    for (const slot of slots) this.#wanted.set(slot.slot, slot);
  }

  has(name: string): boolean {
    return this.#wanted.has(name);
  }

  /** Wants more slots, or others of the same names. They are asked for together, and refused together. */
  want(slots: readonly Slot[]): void {
    for (const slot of slots) this.#wanted.set(slot.slot, slot);
    if (this.#isIn) this.#toAsk.push(slots);
  }

  drop(names: readonly string[]): void {
    for (const name of names) {
      this.#wanted.delete(name);
      this.#taken.delete(name);
    }
  }

  /** The slots of the next `hello`. */
  hello(): readonly Slot[] {
    const all = [...this.#wanted.values()];
    const isLong = JSON.stringify(all).length > HELLO_SLOTS_CHARS;
    this.#said = this.#isRefused || isLong ? [] : all;
    return this.#said;
  }

  /** A `hello` was refused; true when another one, without the slots, is worth a try. */
  helloRefused(): boolean {
    if (this.#said.length === 0) return false;
    this.#isRefused = true;
    return true;
  }

  /** @returns names of the last `hello` that are not wanted any more. */
  welcomed(): string[] {
    this.#isRefused = false;
    this.#isIn = true;
    for (const slot of this.#said) this.#taken.set(slot.slot, slot);
    const said = new Set(this.#said);
    this.#toAsk = [...this.#wanted.values()].filter((slot) => !said.has(slot)).map((slot) => [slot]);
    return this.#said.map(({ slot }) => slot).filter((name) => !this.#wanted.has(name));
  }

  /** The connection is gone: the next `hello` names what is wanted. */
  lost(): void {
    this.#isIn = false;
    this.#asked = undefined;
    this.#toAsk = [];
    this.#refusals = 0;
  }

  /** What to ask next; undefined while an answer is awaited, or when there is nothing. */
  next(): SlotQuestion | undefined {
    if (this.#asked !== undefined) return undefined;
    for (let group = this.#toAsk.shift(); group !== undefined; group = this.#toAsk.shift()) {
      const slots = group.filter((slot) => this.#wanted.get(slot.slot) === slot);
      if (slots.length > 0) return (this.#asked = { id: `slots-${++this.#lastId}`, slots });
    }
    return undefined;
  }

  isAsked(id: string | number | undefined): boolean {
    return id !== undefined && this.#asked?.id === id;
  }

  /** The question under way was not refused. */
  taken(): void {
    for (const slot of this.#asked?.slots ?? []) this.#taken.set(slot.slot, slot);
    this.#asked = undefined;
  }

  /** There was no room for the question under way: it is to be asked again. */
  postponed(): void {
    if (this.#asked !== undefined) this.#toAsk.unshift(this.#asked.slots);
    this.#asked = undefined;
  }

  /** The question under way was refused. @returns names of slots that are as they were before. */
  refused(): string[] {
    const groups = [this.#asked?.slots ?? []];
    this.#asked = undefined;
    if (++this.#refusals >= SLOT_REFUSALS_MAX) groups.push(...this.#toAsk.splice(0));
    const refused = groups.flat().filter((slot) => this.#wanted.get(slot.slot) === slot);
    for (const { slot: name } of refused) {
      const before = this.#taken.get(name);
      if (before === undefined) this.#wanted.delete(name);
      else this.#wanted.set(name, before);
    }
    return refused.map(({ slot }) => slot);
  }
}
