import { EVENT_KIND } from '../../scorer/event-kinds.js';
import { ownText } from '../../tables/own-text.js';
import type { Dataset, Refund } from './dataset.js';
import { orderSessions } from './session-order.js';
import type { Item } from '../../catalogue/shared-catalogue.js';

/** Gives text codes 0, 1, … in order of appearance. */
export class Dictionary {
  readonly texts: string[] = [];
  readonly #codes = new Map<string, number>();

  code(text: string): number {
    const code = this.#codes.get(text);
    return code ?? this.#add(ownText(text));
  }

  /** Undefined for a text that has no code. */
  codeOf(text: string): number | undefined {
    return this.#codes.get(text);
  }

  #add(text: string): number {
    const code = this.texts.push(text) - 1;
    this.#codes.set(text, code);
    return code;
  }
}

/** What may be known of a click besides whose it is. */
export interface ClickDetails {
  readonly kind?: number;
  /** Epoch ms; NaN when unknown. */
  readonly timeMs?: number;
  /** Its place among clicks of the same time. */
  readonly order?: number;
  /** Of a purchase, in the shop's currency; 0 when unknown. */
  readonly money?: number;
  /** False when an evaluation must not ask what comes after it. */
  readonly isAsked?: boolean;
}

/** Int32 [items] each: codes of the items' categories and brands, −1 for none; null where no item has one. */
export type ItemAttributes = Pick<Dataset, 'category' | 'brand'>;

const NO_ATTRIBUTES: ItemAttributes = { category: null, brand: null };

/** Collects clicks by session key, 30 bytes each, and lays them out as a `Dataset`. */
export class DatasetBuilder {
  readonly items = new Dictionary();
  /** Epoch ms of the latest click; NaN before the first and where times are unknown. */
  latestMs = Number.NaN;
  readonly #users = new Dictionary();
  readonly #sessions = new Dictionary();
  readonly #userOf = new GrowingColumn((length) => new Int32Array(length));
  readonly #session = new GrowingColumn((length) => new Int32Array(length));
  readonly #item = new GrowingColumn((length) => new Int32Array(length));
  readonly #kind = new GrowingColumn((length) => new Uint8Array(length));
  readonly #timeMs = new GrowingColumn((length) => new Float64Array(length));
  readonly #order = new GrowingColumn((length) => new Float64Array(length));
  readonly #money = new GrowingColumn((length) => new Float32Array(length));
  readonly #refunds: { readonly user: string; readonly timeMs: number; readonly money: number }[] = [];
  readonly #asked = new GrowingColumn((length) => new Uint8Array(length));
  #isTimed = true;

  /** `items`: ids that take the first rows, in this order. */
  constructor(items: readonly string[] = []) {
    for (const item of items) this.items.code(item);
  }

  get clickCount(): number {
    return this.#item.length;
  }

  /** Appends a click; `user` '' when unknown. */
  click(session: string, user: string, item: string, details: ClickDetails = {}): void {
    const { kind = EVENT_KIND.unknown, timeMs = Number.NaN, order = 0, money = 0, isAsked = true } = details;
    const code = this.#sessions.code(session);
    if (code === this.#userOf.length) this.#userOf.push(user === '' ? -1 : this.#users.code(user));
    this.#session.push(code);
    this.#item.push(this.items.code(item));
    this.#kind.push(kind);
    this.#timeMs.push(timeMs);
    this.#order.push(order);
    this.#money.push(money);
    this.#asked.push(Number(isAsked));
    if (Number.isNaN(timeMs)) this.#isTimed = false;
    else if (!(timeMs <= this.latestMs)) this.latestMs = timeMs;
  }

  /** Takes note of money that a user got back; of nobody, at no time or of no money it says nothing. */
  refund(user: string, timeMs: number, money: number): void {
    if (user !== '' && !Number.isNaN(timeMs) && money > 0)
      this.#refunds.push({ user: ownText(user), timeMs, money });
  }

  /**
   * Sessions in order of their last click (the order of appearance where times are unknown or equal), cut at pauses longer
   * than `gapMs`. Times count when every click has one.
   */
  build(name: string, hash: string, attributes: ItemAttributes = NO_ATTRIBUTES, gapMs = Infinity): Dataset {
    const session = this.#session.view();
    const recordedMs = this.#isTimed && session.length > 0 ? this.#timeMs.view() : null;
    const recorded = { session, timeMs: recordedMs, order: this.#order.view() };
    const { click, start } = orderSessions(recorded, this.#sessions.texts.length, gapMs);
    const [items, kinds, users] = [this.#item.view(), this.#kind.view(), this.#userOf.view()];
    const [money, asked] = [this.#money.view(), this.#asked.view()];
    return {
      name,
      itemIds: this.items.texts,
      category: attributes.category,
      brand: attributes.brand,
      item: click.map((i) => items[i]),
      kind: Uint8Array.from(click, (i) => kinds[i]),
      timeMs: recordedMs && Float64Array.from(click, (i) => recordedMs[i]),
      start,
      user: start.slice(0, -1).map((first) => users[session[click[first]]]),
      hash,
      money: Float32Array.from(click, (i) => money[i]),
      refunds: this.#refundsOfUsers(),
      ...(asked.includes(0) && { asked: Uint8Array.from(click, (i) => asked[i]) }),
    };
  }

  /** Refunds of users who clicked. */
  #refundsOfUsers(): Refund[] {
    return this.#refunds.flatMap(({ user: name, timeMs, money }) => {
      const user = this.#users.codeOf(name);
      return user === undefined ? [] : [{ user, timeMs, money }];
    });
  }
}

/** Codes of the items' categories and brands. */
export function attributesOf(items: readonly Item[]): ItemAttributes {
  return { category: attributeCodes(items, 'category'), brand: attributeCodes(items, 'brand') };
}

function attributeCodes(items: readonly Item[], name: 'category' | 'brand'): Int32Array | null {
  if (items.every((item) => item[name] === undefined)) return null;
  return codes(items, (item) => item[name]);
}

/** Codes of a text per item, −1 where there is none. */
export function codes<T>(items: readonly T[], textOf: (item: T) => string | undefined): Int32Array {
  const known = new Dictionary();
  return Int32Array.from(items, (item) => {
    const text = textOf(item);
    return text === undefined || text === '' ? -1 : known.code(text);
  });
}

type Numbers = Int32Array | Uint8Array | Float32Array | Float64Array;

/** A column of numbers that doubles when it is full: bytes per value, not objects. */
class GrowingColumn<A extends Numbers> {
  length = 0;
  #values: A;
  readonly #make: (length: number) => A;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#values = make(1_024);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = this.#make(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  /** The values so far; borrowed until the next `push`. */
  view(): A {
    return this.#values.subarray(0, this.length) as A;
  }
}
