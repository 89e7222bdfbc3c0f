import type { Bites } from '../../../metrics/process/bites.js';
import type { Catalogue } from '../../../model/catalogue/catalogue.js';
import { CatalogueView } from '../../../model/catalogue/catalogue-view.js';
import { constantOf } from '../../../model/catalogue/filter/constant-of.js';
import { parseFilter, type Filter } from '../../../model/catalogue/filter/filter.js';
import type { FilterCache } from '../../../model/catalogue/filter/filter-cache.js';
import { isPlainMap } from '../../protocol/codec.js';
import { shapeProblem } from '../../protocol/json-text.js';
import { ENTRIES_MAX } from '../../protocol/limits.js';
import { jsonReply, type HttpReply } from '../../server/http-call.js';
import { problemReply } from '../../server/problem.js';
import { restedListProblem, restedTexts } from '../bodies/body-values.js';

/** Ids that are taken out together: one commit of the catalogue. */
const ITEMS_AT_ONCE = 64;
/** Lines that name nothing, and unknown ids, which an answer names; the others are counted. */
const NAMED_MAX = 100;
/** Lines that name nothing after which the rest of a body is not read. */
export const LINES_REFUSED_MAX = 10_000;

interface RemovalProgress {
  removed: number;
  /** Ids that no item in the catalogue has: they are as gone as the others. */
  unknown: number;
  refused: number;
  readonly unknownIds: string[];
  readonly errors: object[];
}

/**
 * `DELETE /v1/items`: many items at once, by their ids (NDJSON or a list; `"mug-1"` or `{"id": "mug-1"}`), or by a filter
 * (`{"filter": {…}}`). In bites, each durable before the next is begun; what was removed stays so when the call ends early.
 */
export class ItemsRemoval {
  readonly #catalogue: Catalogue;
  readonly #filters: Pick<FilterCache, 'compile' | 'stillCurrent'>;
  readonly #view: CatalogueView;
  readonly #bites: Pick<Bites, 'isOver' | 'rest'>;

  constructor(
    catalogue: Catalogue,
    filters: Pick<FilterCache, 'compile' | 'stillCurrent'>,
    bites: Pick<Bites, 'isOver' | 'rest'>,
  ) {
    this.#catalogue = catalogue;
    this.#filters = filters;
    this.#view = new CatalogueView(catalogue.shared);
    this.#bites = bites;
  }

  async remove(body: Uint8Array): Promise<HttpReply> {
    const texts = restedTexts(body, this.#bites);
    const first = await texts.next();
    if (first.done === true)
      return problemReply('malformed', 'name the items: their ids, one a line, or {"filter": {…}}');
    const filter = filterIn(first.value.text);
    if (filter !== undefined) return this.#removeMatching(filter, (await texts.next()).done === true);
    const problem = await restedListProblem(body, this.#bites);
    return problem === undefined
      ? this.#removeNamed(body)
      : problemReply('malformed', `the body is not a JSON list: ${problem}`);
  }

  async #removeNamed(body: Uint8Array): Promise<HttpReply> {
    const progress: RemovalProgress = { removed: 0, unknown: 0, refused: 0, unknownIds: [], errors: [] };
    let ids: string[] = [];
    for await (const { line, text } of restedTexts(body, this.#bites)) {
      const id = idIn(text);
      if (id === undefined) refuse(progress, line);
      else if (ids.push(id) === ITEMS_AT_ONCE) {
        await this.#take(ids, progress);
        ids = [];
      }
      if (progress.refused === LINES_REFUSED_MAX) break;
    }
    await this.#take(ids, progress);
    return namedReply(progress);
  }

  async #removeMatching(raw: unknown, isAlone: boolean): Promise<HttpReply> {
    if (!isAlone) return problemReply('malformed', 'a filter stands alone: send ids in a call of their own');
    const parsed = parseFilter(raw);
    if ('problem' in parsed) return problemReply('invalid_field', parsed.problem);
    if (constantOf(parsed.filter) === true)
      return problemReply(
        'invalid_field',
        'filter: one that every item passes would remove them all; say which',
      );
    return jsonReply({ removed: await this.#removeAllThat(parsed.filter), unknown: 0, refused: 0 });
  }

  async #removeAllThat(filter: Filter): Promise<number> {
    const catalogue = this.#catalogue;
    let removed = 0;
    let compiled = this.#filters.compile(filter);
    let ids: string[] = [];
    for (let index = 0; index < catalogue.indexCount; index++) {
      if (catalogue.item(index) !== undefined && this.#view.passes(compiled, index))
        ids.push(catalogue.idOf(index));
      if (ids.length === ITEMS_AT_ONCE) {
        removed += countOf(await catalogue.removeAll(ids));
        ids = [];
      } else if (!this.#bites.isOver) continue;
      await this.#bites.rest();
      // Others put items meanwhile: what they brought may have names that the filter did not know.
      if (!this.#filters.stillCurrent(compiled)) compiled = this.#filters.compile(filter);
    }
    return removed + countOf(await catalogue.removeAll(ids));
  }

  async #take(ids: readonly string[], progress: RemovalProgress): Promise<void> {
    const outcomes = await this.#catalogue.removeAll(ids);
    outcomes.forEach((wasThere, i) => {
      if (wasThere) progress.removed++;
      else if (progress.unknown++ < NAMED_MAX) progress.unknownIds.push(ids[i]);
    });
  }
}

function countOf(outcomes: readonly boolean[]): number {
  return outcomes.filter((wasThere) => wasThere).length;
}

function parsedText(text: string): unknown {
  if (shapeProblem(text, ENTRIES_MAX) !== undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The filter that a text names; undefined when it names none. */
function filterIn(text: string): unknown {
  const value = parsedText(text);
  return isPlainMap(value) ? value.filter : undefined;
}

/** The id that a text names; undefined when it names none. */
function idIn(text: string): string | undefined {
  const value = parsedText(text);
  const id = isPlainMap(value) ? value.id : value;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function refuse(progress: RemovalProgress, line: number): void {
  if (progress.refused++ < NAMED_MAX)
    progress.errors.push({ line, message: 'it names no item: write "id" or {"id": "…"}' });
}

function namedReply({ removed, unknown, refused, unknownIds, errors }: RemovalProgress): HttpReply {
  const counts = { removed, unknown, refused, ...(unknown > 0 && { unknownIds }) };
  if (refused === 0) return jsonReply(counts);
  const detail = `${refused} lines name no item, ${removed} items were removed; mend those lines and send them again`;
  return problemReply('items_refused', detail, { ...counts, errors });
}
