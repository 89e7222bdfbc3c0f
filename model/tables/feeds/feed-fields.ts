import { ITEM_FIELDS } from '../../catalogue/item.js';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { ITEM_COLUMN } from '../items-table.js';
import type { FieldMap } from './feed-options.js';

/** What fills a field of an item where no mapping says so: the first of these names that a record has. */
const USUAL_NAMES: Readonly<Record<string, readonly string[]>> = {
  id: ['id', ...ITEM_COLUMN],
  title: ['title', 'name', 'product_name'],
  price: ['price', 'median_price_gbp', 'median_price'],
  category: ['category', 'product_type', 'category_code', 'category_id', 'google_product_category'],
  brand: ['brand', 'vendor', 'manufacturer', 'brand_id'],
  stock: ['stock', 'quantity', 'inventory', 'inventory_quantity'],
  availability: ['availability', 'available', 'in_stock'],
  imageUrl: ['imageurl', 'image_url', 'image_link', 'image', 'image_src'],
  url: ['url', 'link', 'product_url'],
  createdMs: ['createdms', 'created_ms', 'created_at', 'first_sold'],
  attributes: ['attributes'],
  vector: ['vector'],
  vectors: ['vectors'],
};

/** Names that become attributes of the same name. */
const USUAL_ATTRIBUTES = [
  'color',
  'colour',
  'size',
  'gender',
  'age_group',
  'material',
  'pattern',
  'condition',
  'item_group_id',
  'tags',
];

/** How many names of a feed are remembered to be told. */
const NAMES_MAX = 200;

/** Which names of a feed fill which fields, and which names nobody asked for. */
export class FeedFields {
  readonly #names = new Map<string, readonly string[]>();
  readonly #attributes: ReadonlyMap<string, string>;
  /** Names that are asked for by a field or an attribute. */
  readonly #wanted: ReadonlySet<string>;
  readonly #mapped: ReadonlySet<string>;
  readonly #seen = new Set<string>();

  constructor(map: FieldMap) {
    for (const [field, names] of Object.entries(USUAL_NAMES)) this.#names.set(field, names);
    const attributes = new Map(USUAL_ATTRIBUTES.map((name) => [name, name]));
    for (const [field, name] of map) {
      if (ITEM_FIELDS.has(field) || this.#names.has(field)) this.#names.set(field, [name]);
      else attributes.set(field, name);
    }
    this.#attributes = attributes;
    this.#mapped = new Set(map.values());
    this.#wanted = new Set([...[...this.#names.values()].flat(), ...attributes.values()]);
  }

  /** What a record has for a field, and under which name; `undefined` where it has nothing. */
  value(fields: ReadonlyMap<string, unknown>, field: string): { name: string; value: unknown } | undefined {
    for (const name of this.#names.get(field) ?? []) {
      const value = fields.get(name);
      if (value !== undefined && value !== null && value !== '') return { name, value };
    }
    return undefined;
  }

  /** Attributes by the names that they get, with those that they have in the feed. */
  get attributes(): Iterable<readonly [attribute: string, name: string]> {
    return this.#attributes;
  }

  /** Remembers which names there are. */
  note(names: Iterable<string>): void {
    for (const name of names) if (this.#seen.size < NAMES_MAX) this.#seen.add(name);
  }

  /** Names that a mapping asks for and nothing has had. */
  get missing(): string[] {
    return [...this.#mapped].filter((name) => !this.#seen.has(name));
  }

  get seen(): string[] {
    return [...this.#seen];
  }

  /** Names that nothing asks for. */
  get unused(): string[] {
    return this.seen.filter((name) => !this.#wanted.has(name));
  }

  /** Throws `StartupError` `data_unreadable` when a table has no column that a mapping names, or none for ids. */
  checkColumns(path: string, columns: readonly string[]): void {
    this.note(columns);
    const problems = this.missing.map((name) => `${path}: no column is called "${name}", as --map says`);
    const ids = this.#names.get('id') ?? [];
    if (!ids.some((name) => columns.includes(name)) && problems.length === 0)
      problems.push(`${path}: no column holds ids; say which with --map id=NAME`);
    if (problems.length > 0)
      throw new StartupError('data_unreadable', [...problems, `its columns are: ${columns.join(', ')}`]);
  }
}
