import { firstProblem, ITEM_FIELDS, itemPatchSchema } from '../../../model/catalogue/item.js';
import { readItemText } from '../../../model/bundle/items-ndjson.js';
import type { Bites } from '../../../metrics/process/bites.js';
import type { Item } from '../../../model/catalogue/shared-catalogue.js';
import type { Catalogue } from '../../../model/catalogue/catalogue.js';
import type { FilterCache } from '../../../model/catalogue/filter/filter-cache.js';
import { restedListProblem, restedTexts } from '../bodies/body-values.js';
import { BulkGate } from '../bodies/bulk-gate.js';
import { ItemsPages, shown } from './items-pages.js';
import { ItemsRemoval } from './items-removal.js';
import { LONG_BYTES, readJsonBody, readValues } from '../http-body-json.js';
import { jsonReply, type HttpCall, type HttpReply } from '../../server/http-call.js';
import { problemReply } from '../../server/problem.js';
import { isPlainMap } from '../../protocol/codec.js';
import { hasProtoKey, PROTO_PROBLEM, shapeProblem } from '../../protocol/json-text.js';
import { ENTRIES_MAX } from '../../protocol/limits.js';
import { isPlain, isWellFormed, NAME_PROBLEM, textProblem } from '../../protocol/text.js';

/** Refused items that an answer names; the others are counted. */
const ERRORS_NAMED_MAX = 100;
/** Refused items after which the rest of a body is not read: a body of 8 MiB may hold millions, and others wait behind it. */
export const ITEMS_REFUSED_MAX = 10_000;
/** Names of fields that no item has, which an answer names. */
const IGNORED_NAMED_MAX = 20;
/** Items that are read before they are put: with more of them nothing is saved. */
const ITEMS_AT_ONCE = 256;
/** Changes of items that wait for the disk. Who comes then is told to come again. */
export const WRITES_WAITING_MAX = 1_024;

/** The communities that an item is in, the large one first, by what they are called. */
export interface CommunitiesOfItems {
  of(item: number): readonly { readonly id: number; readonly name: string }[];
}

/** What has become of a body of items so far. */
interface PutProgress {
  created: number;
  updated: number;
  refused: number;
  /** The first item that was not read, after `ITEMS_REFUSED_MAX` refused ones. */
  unreadFrom?: number;
  /** The first `ERRORS_NAMED_MAX`. */
  readonly errors: object[];
  /** Names of fields that no item has: the first `IGNORED_NAMED_MAX`. */
  readonly ignored: Set<string>;
}

/**
 * `/v1/items` and `/v1/items/{id}`: the catalogue over HTTP. Every write is durable when it is answered. A large body is read
 * and put in bites, and one after the other.
 */
export class HttpItems {
  readonly #catalogue: Catalogue;
  readonly #bites: Pick<Bites, 'isOver' | 'rest'>;
  readonly #largeCalls = new BulkGate();
  readonly #pages: ItemsPages;
  readonly #removal: ItemsRemoval;
  readonly #communities: CommunitiesOfItems;

  constructor(
    catalogue: Catalogue,
    filters: Pick<FilterCache, 'compile' | 'stillCurrent'>,
    bites: Pick<Bites, 'isOver' | 'rest'>,
    communities: CommunitiesOfItems,
  ) {
    this.#catalogue = catalogue;
    this.#bites = bites;
    this.#communities = communities;
    this.#pages = new ItemsPages(catalogue, bites);
    this.#removal = new ItemsRemoval(catalogue, filters, bites);
  }

  /** `GET /v1/items`. */
  readonly list = (call: HttpCall): Promise<HttpReply> => this.#pages.list(call);

  readonly get = (_call: HttpCall, id: string): HttpReply => {
    const item = this.#item(id);
    if (item === undefined) return unknownItem(id);
    const communities = this.#communities.of(this.#catalogue.indexOf(id));
    return jsonReply({ ...shown(item), ...(communities.length > 0 && { communities }) });
  };

  /** NDJSON upsert. Sound items are taken even when others are refused; the answer is then a problem that names the refused. */
  readonly put = async (call: HttpCall): Promise<HttpReply> => {
    const body = await readValues(call, this.#bites);
    if ('reply' in body) return body.reply;
    if (this.#isFull) return tooManyWrites();
    if (body.value.length < LONG_BYTES) return this.#put(body.value);
    return (await this.#largeCalls.enter(() => this.#put(body.value))) ?? tooManyWrites();
  };

  readonly patch = async (call: HttpCall, id: string): Promise<HttpReply> => {
    if (this.#isFull) return tooManyWrites();
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
    const ignored = new Set<string>();
    noteIgnored(body.value, ignored);
    if (isPlainMap(body.value) && (body.value.id ?? id) !== id) ignored.add('id');
    // Another call may have removed it since.
    const item = this.#item(id);
    return item === undefined ? unknownItem(id) : jsonReply({ ...shown(item), ...named(ignored) });
  };

  readonly delete = async (_call: HttpCall, id: string): Promise<HttpReply> => {
    if (this.#isFull) return tooManyWrites();
    return (await this.#catalogue.remove(id))
      ? { status: 204, contentType: 'application/json', body: '' }
      : unknownItem(id);
  };

  /** Many at once; one after the other with large bodies that are put. */
  readonly deleteMany = async (call: HttpCall): Promise<HttpReply> => {
    const body = await readValues(call, this.#bites);
    if ('reply' in body) return body.reply;
    if (this.#isFull) return tooManyWrites();
    return (await this.#largeCalls.enter(() => this.#removal.remove(body.value))) ?? tooManyWrites();
  };

  get #isFull(): boolean {
    return this.#catalogue.waiting >= WRITES_WAITING_MAX;
  }

  async #put(body: Uint8Array): Promise<HttpReply> {
    const problem = await restedListProblem(body, this.#bites);
    if (problem !== undefined) return problemReply('malformed', `the body is not a JSON list: ${problem}`);
    const progress: PutProgress = { created: 0, updated: 0, refused: 0, errors: [], ignored: new Set() };
    let items: Item[] = [];
    let lines: number[] = [];
    for await (const { line, text } of restedTexts(body, this.#bites)) {
      if (progress.refused >= ITEMS_REFUSED_MAX) {
        progress.unreadFrom = line;
        break;
      }
      const item = readShaped(text, progress.ignored);
      if (typeof item === 'string') refuse(progress, { line, message: lineProblem(text, item) });
      else if (lines.push(line) && items.push(item) === ITEMS_AT_ONCE) {
        await this.#take(items, lines, progress);
        items = [];
        lines = [];
      }
    }
    await this.#take(items, lines, progress);
    return putReply(progress);
  }

  async #take(items: readonly Item[], lines: readonly number[], progress: PutProgress): Promise<void> {
    const outcomes = await this.#catalogue.upsert(items);
    outcomes.forEach((outcome, i) => {
      if (outcome.status !== 'refused') progress[outcome.status]++;
      else refuse(progress, { line: lines[i], id: outcome.id, code: outcome.code, message: outcome.message });
    });
  }

  #item(id: string): Item | undefined {
    return this.#catalogue.item(this.#catalogue.indexOf(id));
  }
}

/** An item, or what is wrong with it; `ignored` gets the names of fields that no item has. */
function readShaped(text: string, ignored: Set<string>): Item | string {
  return (
    shapeProblem(text, ENTRIES_MAX) ??
    readItemText(text, (value) => itemTextProblem(value) ?? noteIgnored(value, ignored))
  );
}

/** What is wrong with the texts of an item that is put: none is broken Unicode, no key is `__proto__`, and an id is plain. */
function itemTextProblem(value: unknown): string | undefined {
  const id = isPlainMap(value) ? value.id : undefined;
  if (hasProtoKey(value)) return PROTO_PROBLEM;
  return textProblem(value) ?? (typeof id === 'string' && !isPlain(id) ? `id ${NAME_PROBLEM}` : undefined);
}

/** Notes the names of fields that no item has: a slip of the pen would vanish without a word. No problem: newer shops may send more. */
function noteIgnored(value: unknown, ignored: Set<string>): undefined {
  if (!isPlainMap(value)) return;
  for (const name of Object.keys(value))
    if (!ITEM_FIELDS.has(name) && ignored.size < IGNORED_NAMED_MAX) ignored.add(name.slice(0, 100));
}

/** As a member of an answer, when there are any. */
function named(ignored: ReadonlySet<string>): { readonly ignored?: readonly string[] } {
  return ignored.size === 0 ? {} : { ignored: [...ignored] };
}

/** What is wrong with a line: JavaScript's message about what is no JSON quotes it, and what it quotes may be no Unicode. */
function lineProblem(text: string, problem: string): string {
  if (!problem.startsWith('not JSON')) return problem;
  return isWellFormed(text)
    ? `${problem}; send one item a line, a list of items, or one item`
    : 'bytes that are not UTF-8';
}

function refuse(progress: PutProgress, error: object): void {
  progress.refused++;
  if (progress.errors.length < ERRORS_NAMED_MAX) progress.errors.push(error);
}

function putReply({ created, updated, refused, errors, ignored, unreadFrom }: PutProgress): HttpReply {
  const counts = { created, updated, refused, ...named(ignored), ...(unreadFrom && { unreadFrom }) };
  if (refused === 0) return jsonReply(counts);
  const rest = unreadFrom === undefined ? '' : `, and from item ${unreadFrom} on none was read`;
  const detail = `${refused} items were refused, ${created + updated} were taken${rest}; mend those and send them again`;
  return problemReply('items_refused', detail, { ...counts, errors });
}

function tooManyWrites(): HttpReply {
  const detail = 'as many changes of items as may wait are waiting for the disk; send it again in a second';
  return problemReply('overloaded', detail, {}, { 'retry-after': '1' });
}

function unknownItem(id: string): HttpReply {
  return problemReply('unknown_item', `item "${id}" is not in the catalogue`);
}
