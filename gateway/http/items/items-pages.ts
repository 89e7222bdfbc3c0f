import type { Bites } from '../../../metrics/process/bites.js';
import type { Catalogue } from '../../../model/catalogue/catalogue.js';
import type { Item } from '../../../model/catalogue/shared-catalogue.js';
import { withoutVectors } from '../../../model/vectors/given-vectors.js';
import { jsonReply, type HttpCall, type HttpReply } from '../../server/http-call.js';
import { problemReply } from '../../server/problem.js';
import { WIRE_LIMITS } from '../../protocol/limits.js';

/** Items that one page of `GET /v1/items` holds when it does not say, and at most. */
const PAGE_DEFAULT = 50;
const PAGE_MAX = WIRE_LIMITS.itemsPerEvent;
/** Items that are looked at between two looks at the clock. */
const ITEMS_AT_ONCE = 256;

/** Which items a page holds. */
interface PageWanted {
  readonly category: string | null;
  /** Index of the first item that may be on it. */
  readonly from: number;
  /** Items that are left out before that. */
  readonly offset: number;
  readonly limit: number;
}

/** The catalogue, read over HTTP: some items by their ids, or a page after the other. */
export class ItemsPages {
  readonly #catalogue: Catalogue;
  readonly #bites: Pick<Bites, 'isOver' | 'rest'>;

  constructor(catalogue: Catalogue, bites: Pick<Bites, 'isOver' | 'rest'>) {
    this.#catalogue = catalogue;
    this.#bites = bites;
  }

  /**
   * `GET /v1/items?ids=a,b` or `?id=a&id=b` in the order asked for, without unknown ones; or a page of all, by `category`, `limit` and
   * `offset`, or `after` the last item of the page before. `total` counts all that the pages hold together.
   */
  async list({ query }: HttpCall): Promise<HttpReply> {
    const ids = idsOf(query);
    if (ids !== undefined) return this.#byIds(ids);
    const limit = whole(query.get('limit'), PAGE_DEFAULT);
    const offset = whole(query.get('offset'), 0);
    if (limit === undefined || limit > PAGE_MAX || offset === undefined)
      return problemReply(
        'invalid_field',
        `limit is a whole number up to ${PAGE_MAX}, offset one of 0 or more`,
      );
    const after = query.get('after');
    const last = after === null ? -1 : this.#catalogue.everIndexOf(after);
    if (after !== null && last < 0)
      return problemReply('invalid_field', `after is the id of an item; "${after}" was none`);
    const category = query.get('category');
    const items = await this.#page({ category, from: last + 1, offset, limit });
    return jsonReply({ items, total: this.#total(category) });
  }

  #total(category: string | null): number {
    if (category === null) return this.#catalogue.size;
    const { categories } = this.#catalogue;
    return categories.usesOf(categories.codeOf(category));
  }

  #byIds(ids: readonly string[]): HttpReply {
    if (ids.length > PAGE_MAX) return problemReply('too_many', `ask for at most ${PAGE_MAX} ids at once`);
    const catalogue = this.#catalogue;
    const items = ids.map((id) => catalogue.item(catalogue.indexOf(id))).filter((item) => item !== undefined);
    return jsonReply({ items: items.map(shown), total: catalogue.size });
  }

  /** In the order in which items came into the catalogue for the first time. */
  async #page({ category, from, offset, limit }: PageWanted): Promise<object[]> {
    const items: object[] = [];
    let skipped = 0;
    for (let index = from; index < this.#catalogue.indexCount && items.length < limit; index++) {
      if (index % ITEMS_AT_ONCE === 0 && this.#bites.isOver) await this.#bites.rest();
      const item = this.#catalogue.item(index);
      if (item === undefined || (category !== null && item.category !== category)) continue;
      if (skipped++ >= offset) items.push(shown(item));
    }
    return items;
  }
}

/** The ids that are asked for; `ids` is split at commas, and an `id` is one, whatever is in it. */
function idsOf(query: URLSearchParams): readonly string[] | undefined {
  if (!query.has('ids') && !query.has('id')) return undefined;
  const lists = query.getAll('ids').flatMap((ids) => ids.split(','));
  return [...lists, ...query.getAll('id')].filter((id) => id !== '');
}

function whole(text: string | null, fallback: number): number | undefined {
  if (text === null || text === '') return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** What a storefront needs of an item: all but its vectors. */
export function shown(item: Item): object {
  return withoutVectors(item);
}
