import { firstProblem, itemPatchSchema } from '../../model/catalogue/item.js';
import { parseItemsNdjson } from '../../model/catalogue/items-ndjson.js';
import type { Item } from '../../model/catalogue/shared-catalogue.js';
import type { Catalogue, UpsertOutcome } from '../../model/catalogue/catalogue.js';
import { readJsonBody, readLines } from './http-body-json.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import { WIRE_LIMITS } from '../protocol/limits.js';

/** Items that one page of `GET /v1/items` holds when it does not say, and at most. */
const PAGE_DEFAULT = 50;
const PAGE_MAX = WIRE_LIMITS.itemsPerEvent;
/** Refused items that an answer names; the others are counted. */
const ERRORS_NAMED_MAX = 100;

/** `/v1/items` and `/v1/items/{id}`: the catalogue over HTTP. Every write is durable when it is answered. */
export class HttpItems {
  readonly #catalogue: Catalogue;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** `GET /v1/items?ids=a,b` in the order asked for, without unknown ones; or a page of all, by `category`, `limit` and `offset`. */
  readonly list = (call: HttpCall): HttpReply => {
    const ids = call.query.get('ids');
    if (ids !== null) return this.#byIds(ids.split(',').filter((id) => id !== ''));
    const limit = whole(call.query.get('limit'), PAGE_DEFAULT);
    const offset = whole(call.query.get('offset'), 0);
    if (limit === undefined || limit > PAGE_MAX || offset === undefined) {
      return problemReply(
        'invalid_field',
        `limit is a whole number up to ${PAGE_MAX}, offset one of 0 or more`,
      );
    }
    return jsonReply({
      items: this.#page(call.query.get('category'), offset, limit),
      total: this.#catalogue.size,
    });
  };

  readonly get = (_call: HttpCall, id: string): HttpReply => {
    const item = this.#item(id);
    return item === undefined ? unknownItem(id) : jsonReply(shown(item));
  };

  /** NDJSON upsert. Sound items are taken even when others are refused; the answer is then a problem that names the refused. */
  readonly put = async (call: HttpCall): Promise<HttpReply> => {
    const lines = readLines(call);
    if ('reply' in lines) return lines.reply;
    const parsed = parseItemsNdjson(lines.value);
    const outcomes = await this.#catalogue.upsert(parsed.items);
    const errors: object[] = [...parsed.errors];
    outcomes.forEach((outcome, i) => {
      if (outcome.status === 'refused')
        errors.push({ line: parsed.lines[i], id: outcome.id, code: outcome.code, message: outcome.message });
    });
    const refused = parsed.refusedCount + outcomes.filter(({ status }) => status === 'refused').length;
    const counts = { created: count(outcomes, 'created'), updated: count(outcomes, 'updated'), refused };
    if (refused === 0) return jsonReply(counts);
    const detail = `${refused} items were refused, ${counts.created + counts.updated} were taken; mend those and send them again`;
    return problemReply('items_refused', detail, { ...counts, errors: errors.slice(0, ERRORS_NAMED_MAX) });
  };

  readonly patch = async (call: HttpCall, id: string): Promise<HttpReply> => {
    const body = readJsonBody(call);
    if ('reply' in body) return body.reply;
    const parsed = itemPatchSchema.safeParse(body.value);
    if (!parsed.success) return problemReply('invalid_field', firstProblem(parsed.error));
    const outcome = await this.#catalogue.patch(id, parsed.data);
    if (outcome.status === 'refused') {
      return outcome.code === 'unknown_item'
        ? unknownItem(id)
        : problemReply('items_refused', outcome.message, { errors: [outcome] });
    }
    return jsonReply(shown(this.#item(id) as Item));
  };

  readonly delete = async (_call: HttpCall, id: string): Promise<HttpReply> =>
    (await this.#catalogue.remove(id))
      ? { status: 204, contentType: 'application/json', body: '' }
      : unknownItem(id);

  #item(id: string): Item | undefined {
    return this.#catalogue.item(this.#catalogue.indexOf(id));
  }

  #byIds(ids: readonly string[]): HttpReply {
    if (ids.length > PAGE_MAX) return problemReply('too_many', `ask for at most ${PAGE_MAX} ids at once`);
    const items = ids.map((id) => this.#item(id)).filter((item) => item !== undefined);
    return jsonReply({ items: items.map(shown), total: this.#catalogue.size });
  }

  #page(category: string | null, offset: number, limit: number): object[] {
    const items: object[] = [];
    let skipped = 0;
    for (const index of this.#catalogue.indices()) {
      if (items.length === limit) break;
      const item = this.#catalogue.item(index);
      if (item === undefined || (category !== null && item.category !== category)) continue;
      if (skipped++ >= offset) items.push(shown(item));
    }
    return items;
  }
}

/** What a storefront needs of an item: all but its vector. */
function shown({ vector: _vector, ...item }: Item): object {
  return item;
}

function count(outcomes: readonly UpsertOutcome[], status: UpsertOutcome['status']): number {
  return outcomes.filter((outcome) => outcome.status === status).length;
}

function whole(text: string | null, fallback: number): number | undefined {
  if (text === null || text === '') return fallback;
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function unknownItem(id: string): HttpReply {
  return problemReply('unknown_item', `item "${id}" is not in the catalogue`);
}
