import type { DiskSpace } from '../../../metrics/process/disk-space.js';
import type {
  CatalogueStore,
  LogPlace,
  StoredCatalogue,
  StoredCode,
  StoredItem,
} from '../../../model/catalogue/catalogue-journal.js';
import type { StoreIdentity } from '../store-marks.js';
import { checkCount, checkName } from '../batch-check.js';
import type { DamageListener } from '../damage.js';
import { indexKey, nameKey, nameNumberKey } from '../keys.js';
import { settleIdentity } from './identity-row.js';
import { LmdbEnvironment, unreadable } from './commits/lmdb-environment.js';
import { SealedTable } from './rows/sealed-table.js';
import { Overlay } from './rows/overlay.js';
import { codesOf, itemsOf } from './stored-catalogue.js';
import { settleSchema } from './store-schema.js';

/** Version of the tables inside the catalogue's store. */
const CATALOGUE_SCHEMA = 1;

/** Where the place of the log is kept that the catalogue follows. */
const LOG_TABLE = 'log';
const LOG_KEY = 'place';

/** Who hears of the catalogue's disk, and where its room is looked up. */
export interface CatalogueStoreOptions {
  readonly space?: DiskSpace;
  /** Which store it is from now on; without one it says what it said. */
  readonly identity?: StoreIdentity;
  /** Called when the disk takes no puts, with why, and with undefined when it does again. */
  readonly onStall?: (reason: Error | undefined) => void;
  /** Hears of each damaged row when the catalogue is loaded: its item is gone until it is put again. */
  readonly damaged?: DamageListener;
  /** Called once when no put can be taken any more, whatever is done. */
  readonly onFailure?: (error: Error) => void;
}

/**
 * Opens or makes the catalogue's store in `folder`; one thread of one process does. Puts of one turn of the event loop
 * share a transaction and its sync.
 * A put that the disk does not take is rejected, with a `DiskFullError` when it is full. So are later ones, until the disk has
 * taken a trial: the store makes one after growing pauses.
 * @throws StartupError `store_unreadable`, `store_schema_newer`, `disk_full`
 */
export async function openLmdbCatalogueStore(
  folder: string,
  { space, identity, damaged, onStall, onFailure }: CatalogueStoreOptions = {},
): Promise<CatalogueStore> {
  let store: LmdbCatalogueStore | undefined;
  const environment = await LmdbEnvironment.open(
    { folder, whenFull: 'refuse', ...(space && { space }) },
    {
      onDurable: (ticket) => store?.settle(ticket),
      // What was refused is not read any more.
      onRefused: (ticket) => store?.settle(ticket),
      ...(onStall && { onStall }),
      ...(onFailure && { onFailure }),
    },
  );
  try {
    await settleSchema(environment, CATALOGUE_SCHEMA);
    if (identity) await settleIdentity(environment, identity);
    store = new LmdbCatalogueStore(environment, damaged);
    return store;
  } catch (error) {
    await environment.close();
    throw unreadable(folder, error);
  }
}

/** Reads a catalogue's store without changing it, into one in memory. Rejects with `StartupError` `store_unreadable`. */
export async function readLmdbCatalogue(folder: string): Promise<CatalogueStore> {
  const environment = await LmdbEnvironment.open({ folder });
  try {
    const items = itemsOf(new SealedTable(environment, 'items').entries());
    const codes = codesOf(new SealedTable(environment, 'codes').entries());
    const store = openMemoryCatalogueStore();
    await store.put(items, codes);
    return store;
  } finally {
    await environment.close();
  }
}

/** The same without a disk, for tests and offline evaluation. */
export function openMemoryCatalogueStore(): CatalogueStore {
  return new MemoryCatalogueStore();
}

class LmdbCatalogueStore implements CatalogueStore {
  readonly #environment: LmdbEnvironment;
  readonly #items: SealedTable;
  readonly #codes: SealedTable;
  readonly #log: SealedTable;
  readonly #pendingItems = new Overlay<number, StoredItem>();
  readonly #pendingCodes = new Overlay<string, StoredCode>();
  #ticket = 0;
  #place: LogPlace | undefined;

  constructor(environment: LmdbEnvironment, damaged: DamageListener | undefined) {
    this.#environment = environment;
    this.#items = new SealedTable(environment, 'items', damaged);
    this.#codes = new SealedTable(environment, 'codes', damaged);
    this.#log = new SealedTable(environment, LOG_TABLE, damaged);
    const found = this.#log.get(nameKey(LOG_KEY));
    this.#place = found && (JSON.parse(found.toString('utf8')) as LogPlace);
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
    for (const item of itemsOf(this.#items.entries())) {
      yield pending.get(item.index) ?? item;
      pending.delete(item.index);
    }
    yield* [...pending.values()].filter((item) => item !== undefined).sort((a, b) => a.index - b.index);
  }

  *#loadCodes(): Generator<StoredCode> {
    const pending = this.#pendingCodes.snapshot();
    for (const code of codesOf(this.#codes.entries())) {
      pending.delete(codeName(code.dictionary, code.code));
      yield code;
    }
    yield* sortedByCode([...pending.values()].filter((code) => code !== undefined));
  }

  get place(): LogPlace | undefined {
    return this.#place;
  }

  put(items: readonly StoredItem[], codes: readonly StoredCode[] = [], place?: LogPlace): Promise<void> {
    checkRows(items, codes);
    const ticket = ++this.#ticket;
    const durable = this.#environment.commit(ticket, () => {
      for (const item of items) this.#putItem(item, ticket);
      for (const code of codes) this.#putCode(code, ticket);
      if (place !== undefined) this.#log.put(nameKey(LOG_KEY), Buffer.from(JSON.stringify(place)));
    });
    return durable.then(() => {
      this.#place = place ?? this.#place;
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
  #place: LogPlace | undefined;

  get place(): LogPlace | undefined {
    return this.#place;
  }

  load(): StoredCatalogue {
    return {
      items: [...this.#items.values()].sort((a, b) => a.index - b.index),
      codes: sortedByCode([...this.#codes.values()]),
    };
  }

  put(items: readonly StoredItem[], codes: readonly StoredCode[] = [], place?: LogPlace): Promise<void> {
    checkRows(items, codes);
    this.#place = place ?? this.#place;
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
