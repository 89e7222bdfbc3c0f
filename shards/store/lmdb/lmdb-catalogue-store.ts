import type {
  CatalogueStore,
  StoredCatalogue,
  StoredCode,
  StoredItem,
} from '../../../model/catalogue/catalogue-journal.js';
import { checkCount, checkName } from '../batch-check.js';
import { indexKey, nameNumberKey, readIndex, readNameNumber } from '../keys.js';
import { LmdbEnvironment } from './lmdb-environment.js';
import type { LmdbTable } from './lmdb-table.js';
import { Overlay } from './overlay.js';
import { settleSchema } from './store-schema.js';

/** Version of the tables inside the catalogue's store. */
const CATALOGUE_SCHEMA = 1;

/**
 * Opens or makes the catalogue's store in `folder`; one thread of one process does. Puts of one turn of the event loop
 * share a transaction and its sync.
 * @throws StartupError `store_unreadable`, `store_schema_newer`
 */
export async function openLmdbCatalogueStore(folder: string): Promise<CatalogueStore> {
  let store: LmdbCatalogueStore | undefined;
  const environment = await LmdbEnvironment.open({ folder }, (ticket) => store?.settle(ticket));
  try {
    await settleSchema(environment, CATALOGUE_SCHEMA);
    store = new LmdbCatalogueStore(environment);
    return store;
  } catch (error) {
    await environment.close();
    throw error;
  }
}

/** The same without a disk, for tests and offline evaluation. */
export function openMemoryCatalogueStore(): CatalogueStore {
  return new MemoryCatalogueStore();
}

class LmdbCatalogueStore implements CatalogueStore {
  readonly #environment: LmdbEnvironment;
  readonly #items: LmdbTable;
  readonly #codes: LmdbTable;
  readonly #pendingItems = new Overlay<number, StoredItem>();
  readonly #pendingCodes = new Overlay<string, StoredCode>();
  #ticket = 0;

  constructor(environment: LmdbEnvironment) {
    this.#environment = environment;
    this.#items = environment.table('items');
    this.#codes = environment.table('codes');
  }

  settle(ticket: number): void {
    this.#pendingItems.settle(ticket);
    this.#pendingCodes.settle(ticket);
  }

  load(): StoredCatalogue {
    return { items: this.#loadItems(), codes: this.#loadCodes() };
  }

  *#loadItems(): Generator<StoredItem> {
    const pending = this.#pendingItems.snapshot();
    for (const { key, value } of this.#items.range()) {
      const index = readIndex(key);
      yield pending.get(index) ?? { index, json: value.toString('utf8', 1), isDeleted: value[0] === 1 };
      pending.delete(index);
    }
    yield* [...pending.values()].filter((item) => item !== undefined).sort((a, b) => a.index - b.index);
  }

  *#loadCodes(): Generator<StoredCode> {
    const pending = this.#pendingCodes.snapshot();
    for (const { key, value } of this.#codes.range()) {
      const { name, number } = readNameNumber(key);
      pending.delete(codeName(name, number));
      yield { dictionary: name, code: number, value: JSON.parse(value.toString('utf8')) as string };
    }
    yield* sortedByCode([...pending.values()].filter((code) => code !== undefined));
  }

  put(items: readonly StoredItem[], codes: readonly StoredCode[] = []): Promise<void> {
    checkRows(items, codes);
    const ticket = ++this.#ticket;
    return this.#environment.commit(ticket, () => {
      for (const item of items) this.#putItem(item, ticket);
      for (const code of codes) this.#putCode(code, ticket);
    });
  }

  #putItem(item: StoredItem, ticket: number): void {
    this.#items.put(indexKey(item.index), itemValue(item));
    this.#pendingItems.set(item.index, item, ticket);
  }

  #putCode(code: StoredCode, ticket: number): void {
    this.#codes.put(nameNumberKey(code.dictionary, code.code), codeValue(code));
    this.#pendingCodes.set(codeName(code.dictionary, code.code), code, ticket);
  }

  copyTo(folder: string): Promise<void> {
    return this.#environment.copyTo(folder);
  }

  close(): Promise<void> {
    return this.#environment.close();
  }
}

class MemoryCatalogueStore implements CatalogueStore {
  readonly #items = new Map<number, StoredItem>();
  readonly #codes = new Map<string, StoredCode>();

  load(): StoredCatalogue {
    return {
      items: [...this.#items.values()].sort((a, b) => a.index - b.index),
      codes: sortedByCode([...this.#codes.values()]),
    };
  }

  put(items: readonly StoredItem[], codes: readonly StoredCode[] = []): Promise<void> {
    checkRows(items, codes);
    for (const item of items) this.#items.set(item.index, item);
    for (const code of codes) this.#codes.set(codeName(code.dictionary, code.code), code);
    return Promise.resolve();
  }

  copyTo(folder: string): Promise<void> {
    return Promise.reject(new Error(`a catalogue in memory cannot be copied to ${folder}: it has no files`));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** One byte `isDeleted`, then the JSON in UTF-8. */
function itemValue(item: StoredItem): Buffer {
  const value = Buffer.allocUnsafe(1 + Buffer.byteLength(item.json));
  value[0] = item.isDeleted ? 1 : 0;
  value.write(item.json, 1, 'utf8');
  return value;
}

/** As JSON, because UTF-8 alone would change a lone surrogate. */
function codeValue(code: StoredCode): Buffer {
  return Buffer.from(JSON.stringify(code.value), 'utf8');
}

function sortedByCode(codes: StoredCode[]): StoredCode[] {
  return codes.sort((a, b) => a.code - b.code);
}

function codeName(dictionary: string, code: number): string {
  return `${code}:${dictionary}`;
}

function checkRows(items: readonly StoredItem[], codes: readonly StoredCode[]): void {
  for (const item of items) checkCount(item.index, 0, 'item index');
  for (const { dictionary, code } of codes) {
    checkName(dictionary, 'dictionary name');
    checkCount(code, 0, `code in ${dictionary}`);
  }
}
