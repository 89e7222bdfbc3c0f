import { StartupError } from '../../../metrics/process/startup-error.js';
import { ITEM_LIMITS, firstProblem, itemSchema } from '../../catalogue/item.js';
import type { Item } from '../../catalogue/shared-catalogue.js';
export type { Item } from '../../catalogue/shared-catalogue.js';
import { idProblem } from '../id-check.js';
import type { LineProblems } from '../line-problems.js';
import { isNothing, readNumber } from '../read-number.js';
import { TimeReader } from '../time-reader.js';
import { isAvailable } from './availability.js';
import { FeedFields } from './feed-fields.js';
import type { FeedOptions } from './feed-options.js';
import type { FeedRecord } from './feed-record.js';
import { vectorsIn } from './feed-vectors.js';
import { PriceReader } from './price-reader.js';

/** Ids of one feed that are remembered: each stands once, and what the feed does not hold may be removed. */
const IDS_MAX = 1 << 22;

/**
 * Makes items of a feed's records. What cannot be an item is left out, and told with its line: nothing is guessed, and no other item
 * pays for it.
 */
export class FeedItems {
  readonly fields: FeedFields;
  readonly #path: string;
  readonly #problems: LineProblems;
  readonly #prices: PriceReader;
  readonly #times: TimeReader;
  readonly #ids = new Set<string>();
  #records = 0;
  #taken = 0;
  /** Records that were left out although their ids could be read. */
  #leftOutWithId = 0;
  /** Attributes that were left out of items that were taken. */
  #attributesLeftOut = 0;

  /** @param problems whatever stands there already is of records without an id */
  constructor(
    path: string,
    options: Pick<FeedOptions, 'map' | 'currency' | 'decimalMark' | 'timeFormat' | 'timeZone'>,
    problems: LineProblems,
  ) {
    this.#path = path;
    this.#problems = problems;
    this.fields = new FeedFields(options.map);
    this.#prices = new PriceReader(options.decimalMark, options.currency);
    this.#times = new TimeReader(options);
  }

  /** Ids that the feed holds, those of items that were left out included. */
  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** Records and lines that nobody could tell the id of: they may be any item. */
  get unknownCount(): number {
    return this.#problems.count - this.#leftOutWithId;
  }

  get counts(): { readonly records: number; readonly taken: number; readonly attributesLeftOut: number } {
    return { records: this.#records, taken: this.#taken, attributesLeftOut: this.#attributesLeftOut };
  }

  /** The item of a record; undefined when it is left out. */
  item(record: FeedRecord): Item | undefined {
    this.#records++;
    this.fields.note(record.fields.keys());
    const own = this.#id(record);
    if (own === undefined) return undefined;
    const before = this.#problems.count;
    const item = this.#itemOf(own, record);
    if (this.#problems.count > before) {
      this.#leftOutWithId += this.#problems.count - before;
      return undefined;
    }
    this.#taken++;
    return item;
  }

  #id({ line, fields }: FeedRecord): string | undefined {
    const found = this.fields.value(fields, 'id');
    const id = found === undefined ? '' : textOf(found.value);
    const problem =
      idProblem(id) ?? (id === '.' || id === '..' ? 'an id that an address can name' : undefined);
    if (problem !== undefined) {
      this.#problems.add(line, found?.name ?? 'id', problem, id);
      return undefined;
    }
    if (this.#ids.has(id)) {
      this.#problems.add(line, found?.name ?? 'id', 'an id once', id);
      this.#leftOutWithId++;
      return undefined;
    }
    if (this.#ids.size === IDS_MAX)
      throw new StartupError('data_unreadable', `${this.#path}, line ${line}: more than ${IDS_MAX} items`);
    this.#ids.add(id);
    return id;
  }

  #itemOf(id: string, record: FeedRecord): Item | undefined {
    const item = {
      id,
      ...this.#texts(record),
      ...this.#numbers(record),
      ...this.#natives(record),
    };
    const checked = itemSchema.safeParse(item);
    if (checked.success) return checked.data;
    const problem = firstProblem(checked.error);
    this.#problems.add(record.line, String(checked.error.issues[0].path[0] ?? 'id'), problem, '');
    return undefined;
  }

  #texts({ line, fields }: FeedRecord): Partial<Item> {
    const found: Record<string, string> = {};
    for (const [field, lengthMax] of TEXT_FIELDS) {
      const given = this.fields.value(fields, field);
      const text = given === undefined ? '' : textOf(given.value).trim();
      if (given === undefined || isNothing(text)) continue;
      if (text.length <= lengthMax) found[field] = text;
      else this.#problems.add(line, given.name, `at most ${lengthMax} characters`, text);
    }
    return found;
  }

  #numbers(record: FeedRecord): Partial<Item> {
    const price = this.#number(record, 'price', this.#prices, (text) => this.#prices.read(text));
    const createdMs = this.#number(record, 'createdMs', this.#times, (text) => this.#times.read(text));
    const stock = this.#number(record, 'stock', { expected: 'a number of units' }, readNumber);
    const isOut = this.#isOut(record);
    return {
      ...(price !== undefined && { price }),
      ...(createdMs !== undefined && { createdMs: Math.round(createdMs) }),
      ...((isOut || stock !== undefined) && { stock: isOut ? 0 : (stock ?? 0) }),
    };
  }

  #number(
    { line, fields }: FeedRecord,
    field: string,
    kind: { readonly expected: string },
    read: (text: string) => number,
  ): number | undefined {
    const given = this.fields.value(fields, field);
    const text = given === undefined ? '' : textOf(given.value);
    if (given === undefined || isNothing(text)) return undefined;
    const value = read(text);
    if (value >= 0) return value;
    this.#problems.add(line, given.name, kind.expected, text);
    return undefined;
  }

  /** True when the feed says that an item cannot be ordered, whatever its stock is. */
  #isOut({ line, fields }: FeedRecord): boolean {
    const given = this.fields.value(fields, 'availability');
    const text = given === undefined ? '' : textOf(given.value).trim();
    if (given === undefined || isNothing(text)) return false;
    const available = isAvailable(text);
    if (available === undefined)
      this.#problems.add(line, given.name, 'in_stock, out_of_stock, preorder or backorder', text);
    return available === false;
  }

  /** What only JSON has: a map of attributes, vectors; and attributes under names of their own. */
  #natives(record: FeedRecord): object {
    const { fields } = record;
    const map = this.fields.value(fields, 'attributes')?.value;
    const own: Record<string, unknown> = typeof map === 'object' ? { ...map } : {};
    for (const [attribute, name] of this.fields.attributes) {
      const value = fields.get(name);
      if (value === undefined || value === null || value === '') continue;
      if (isAttribute(value)) own[attribute] ??= value;
      else this.#attributesLeftOut++;
    }
    return {
      ...(Object.keys(own).length > 0 && { attributes: own }),
      ...vectorsIn(record, this.fields, this.#problems),
    };
  }
}

const TEXT_FIELDS = [
  ['title', ITEM_LIMITS.title],
  ['category', ITEM_LIMITS.name],
  ['brand', ITEM_LIMITS.name],
  ['imageUrl', ITEM_LIMITS.url],
  ['url', ITEM_LIMITS.url],
] as const;

/** The first of several; '' for what is no text. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return textOf(value[0]);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

function isAttribute(value: unknown): boolean {
  const isText = (one: unknown): boolean =>
    typeof one === 'string' && one.length <= ITEM_LIMITS.attributeText;
  if (Array.isArray(value)) return value.length <= ITEM_LIMITS.listMembers && value.every(isText);
  return isText(value) || typeof value === 'boolean' || Number.isFinite(value);
}
