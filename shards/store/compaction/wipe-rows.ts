import { decodeSetAside } from '../set-aside-record.js';
import { readName, readPosition } from '../keys.js';
import { LmdbEnvironment } from '../lmdb/commits/lmdb-environment.js';
import { SealedTable } from '../lmdb/rows/sealed-table.js';

/** A record of the journal of stores before version 5, without what has to go; undefined where it stays as it is. */
export type WipeRecord = (bytes: Uint8Array, position: number) => Uint8Array | undefined;

/**
 * Takes the rows of users who were erased out of the tables of a store that nobody has open, which removing a user leaves: keys against
 * repeats, damaged records that were set aside, and records of the journal of before there were files. The pages that they were on are
 * free then; `LmdbEnvironment.copyTo` leaves those out. Resolves when it is on the disk.
 */
export async function wipeRows(
  folder: string,
  isErased: (user: string) => boolean,
  wipeRecord: WipeRecord,
): Promise<void> {
  const environment = await LmdbEnvironment.open({ folder }, { onDurable: () => {} });
  try {
    await environment.commit(0, () => {
      for (const name of ['eventIds0', 'eventIds1'])
        removeNamed(new SealedTable(environment, name), isErased);
      removeSetAside(new SealedTable(environment, 'setAside'), isErased);
      wipeOlder(new SealedTable(environment, 'journal'), wipeRecord);
    });
  } finally {
    await environment.close();
  }
}

function removeNamed(table: SealedTable, isErased: (user: string) => boolean): void {
  for (const key of table.keys()) if (isErased(readName(key))) table.remove(key);
}

function removeSetAside(table: SealedTable, isErased: (user: string) => boolean): void {
  for (const { key, value } of table.range())
    if (decodeSetAside(value)?.names.some(isErased)) table.remove(key);
}

/** A value is u32 count and the record's bytes. */
function wipeOlder(table: SealedTable, wipeRecord: WipeRecord): void {
  for (const { key, value } of table.range()) {
    const record = wipeRecord(value.subarray(4), readPosition(key));
    if (record !== undefined) table.put(key, Buffer.concat([value.subarray(0, 4), record]));
  }
}
