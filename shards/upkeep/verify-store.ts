import { CATALOGUE_TABLES, SHARD_TABLES } from '../store/lmdb/rows/store-tables.js';
import { statePosition } from '../graph/interest/state/state-header.js';
import type { Damage } from '../store/damage.js';
import { decodeRecord } from '../store/journal-record.js';
import { nameKey, readName } from '../store/keys.js';
import { isPseudonym } from '../store/vault/keys/user-keys.js';
import { expectedJournal } from '../store/inspection/expected-journal.js';
import { lookAtJournal } from '../store/inspection/journal-look.js';
import { journalFolder } from '../store/journal-file/journal-folder.js';
import type { JournalRecord } from '../store/journal.js';
import { LmdbJournal } from '../store/lmdb/lmdb-journal.js';
import { LmdbEnvironment } from '../store/lmdb/commits/lmdb-environment.js';
import { SealedTable } from '../store/lmdb/rows/sealed-table.js';

/** Broken things that are named; all are counted. */
export const NAMED_MAX = 20;
/** Rows looked at in one call. */
const BITE_ROWS = 10_000;

/** What was looked at in a store, and what is broken there. */
export interface VerifiedStore {
  readonly rows: number;
  readonly entries: number;
  /** A sentence each, the first `NAMED_MAX`. */
  readonly problems: readonly string[];
  readonly problemCount: number;
  /** Of a shard's store. */
  readonly journal?: { readonly start: number; readonly end: number; readonly checkpoint: number };
}

/**
 * Reads every row of a store that nobody has open, without changing it: checksums of all rows; heads and checksums of all files of
 * the journal; versions, checksums and places of all its records; positions of states and of the checkpoint. Its pages were looked at before (`inspectStores`).
 */
export async function verifyStore(folder: string, isCatalogue: boolean): Promise<VerifiedStore> {
  const environment = await LmdbEnvironment.open({ folder });
  try {
    return new StoreVerification(environment).run(isCatalogue);
  } finally {
    await environment.close();
  }
}

class StoreVerification {
  readonly #environment: LmdbEnvironment;
  readonly #problems: string[] = [];
  #problemCount = 0;
  #rows = 0;
  #entries = 0;

  constructor(environment: LmdbEnvironment) {
    this.#environment = environment;
  }

  run(isCatalogue: boolean): VerifiedStore {
    for (const name of isCatalogue ? CATALOGUE_TABLES : [...SHARD_TABLES, 'setAside']) this.#table(name);
    const journal = isCatalogue ? undefined : this.#journal();
    return {
      rows: this.#rows,
      entries: this.#entries,
      problems: this.#problems,
      problemCount: this.#problemCount,
      ...(journal && { journal }),
    };
  }

  #table(name: string): void {
    if (!this.#environment.has(name)) return;
    const table = new SealedTable(this.#environment, name, (damage) => this.#damaged(damage));
    let after: Buffer | undefined;
    do {
      const bite = table.verify(after, BITE_ROWS);
      this.#rows += bite.count;
      ({ after } = bite);
    } while (after !== undefined);
  }

  #damaged({ kind, names, reason }: Damage): void {
    this.#broken(`${kind} ${names.map((name) => JSON.stringify(name)).join(', ')}: ${reason}`);
  }

  #journal(): { start: number; end: number; checkpoint: number } {
    const older = new LmdbJournal(new SealedTable(this.#environment, 'journal'));
    let expected = older.start;
    for (const { position, count, bytes } of older.from(0)) {
      if (position !== expected)
        this.#broken(`journal: the entries from ${expected} to ${position - 1} are missing`);
      expected = position + count;
      this.#record({ position, count, bytes });
    }
    const known = expectedJournal(this.#environment);
    const files = lookAtJournal(journalFolder(this.#environment.folder), known, true, {
      broken: (problem) => this.#broken(problem),
      record: (record, segment) => this.#record(record, segment),
    });
    const { end } = files;
    // When its last entries are damaged that is named already.
    const reach = Math.max(end, known.rowsTo);
    const start = older.start < older.end ? older.start : (files.start ?? end);
    const checkpoint =
      new SealedTable(this.#environment, 'meta').get(nameKey('checkpoint'))?.readDoubleLE(0) ?? 0;
    if (checkpoint > reach || (checkpoint < start && start > known.lostTo))
      this.#broken(
        `recovery begins at position ${checkpoint}, and the journal has those from ${start} to ${end}`,
      );
    for (const table of ['users', 'users1']) this.#states(table, reach);
    return { start, end, checkpoint };
  }

  /** @param segment undefined: it is in the table of earlier versions. */
  #record({ position, count, bytes }: JournalRecord, segment?: string): void {
    const name = segment === undefined ? `journal "${position}"` : `journal "${position}" in ${segment}`;
    try {
      const entries = decodeRecord(bytes).length;
      this.#entries += entries;
      if (entries !== count) this.#broken(`${name}: it has ${entries} entries of ${count}`);
    } catch (error) {
      this.#broken(`${name}: ${(error as Error).message}`);
    }
  }

  /** A state that contains entries which are not there was made by a journal that is lost. */
  #states(name: string, end: number): void {
    if (!this.#environment.has(name)) return;
    for (const { key, value } of new SealedTable(this.#environment, name).range()) {
      // Whose state is encrypted says nothing without a key.
      if (isPseudonym(readName(key))) continue;
      const position = statePosition(value);
      if (position > end)
        this.#broken(
          `user ${JSON.stringify(readName(key))}: their state contains entries up to ${position}, and the journal ends at ${end}`,
        );
    }
  }

  #broken(problem: string): void {
    this.#problemCount++;
    if (this.#problems.length < NAMED_MAX) this.#problems.push(problem);
  }
}
