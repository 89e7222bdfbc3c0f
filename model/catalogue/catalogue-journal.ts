/**
 * Where the catalogue lives on disk: its items by permanent index, and the codes of its dictionaries.
 *
 * Order: everything handed to one `put` becomes durable together, and puts become durable in the order of the calls.
 * The promise resolves after fsync; it rejects when the disk refuses.
 * Reads: `load` yields all puts that had been called before it, durable or not.
 * Permanence: an index and a code, once written, are never given to anything else. A removed item stays with
 * `isDeleted`, because journals and user states hold its index.
 */
export interface CatalogueStore {
  /** All items by ascending index, and all codes, those of one dictionary by ascending code. Read once, at start. */
  load(): StoredCatalogue;
  /** Writes items (an index already there is replaced), new dictionary codes, and how far it is in a log, in one transaction. */
  put(items: readonly StoredItem[], codes?: readonly StoredCode[], place?: LogPlace): Promise<void>;
  /** The last one that was put; undefined for a catalogue that follows no log. */
  readonly place?: LogPlace | undefined;
  /** Consistent copy into `folder` (made if missing), while it goes on serving; resolves when it is fsynced. */
  copyTo(folder: string): Promise<void>;
  /** Resolves when all puts are durable and the file is closed. */
  close(): Promise<void>;
}

/** How far a catalogue has carried out a log of changes that others follow as well. */
export interface LogPlace {
  /** Fingerprint of the catalogue that the log began with. */
  readonly base: string;
  /** Sequence of the last message that was carried out; 0 for none. */
  readonly sequence: number;
  /** Checksum of that message: another log has another one there. */
  readonly checksum: number;
  /** Of what all messages came to: equal on all who have carried out the same. */
  readonly digest: number;
}

export interface StoredCatalogue {
  readonly items: Iterable<StoredItem>;
  readonly codes: Iterable<StoredCode>;
}

/** One item as it is stored. */
export interface StoredItem {
  /** Permanent index, 0 … 2³²−1. */
  readonly index: number;
  /** The item as JSON, its id included; also of a deleted item, so that its id keeps its index. */
  readonly json: string;
  readonly isDeleted: boolean;
}

/** One entry of a dictionary: `value` has `code` in `dictionary`. */
export interface StoredCode {
  /** Name of the dictionary, e.g. `category`, `brand`, `columns` (attribute name → column), `column:colour`. At most 256 UTF-16 units. */
  readonly dictionary: string;
  /** 0 … 2³²−1. */
  readonly code: number;
  readonly value: string;
}

/** What the id of an item, and the text of a code, begins with whose row was damaged. */
export const LOST = '\u0000lost ';

/** Id of the item that had this index, and is lost. */
export function lostId(index: number): string {
  return `${LOST}item ${index}`;
}
