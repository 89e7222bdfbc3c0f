import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { journalFolder } from '../../../shards/store/journal-file/journal-folder.js';
import { segmentsIn } from '../../../shards/store/journal-file/segments/segment-list.js';
import { LmdbEnvironment } from '../../../shards/store/lmdb/commits/lmdb-environment.js';

/** Flips a bit of everything in a store's journal that reads `text`, of the first `countMax` of it; returns how often. */
export function flipInJournal(folder: string, text: string, countMax = Infinity): number {
  let count = 0;
  for (const { name } of segmentsIn(journalFolder(folder))) {
    const path = join(journalFolder(folder), name);
    const bytes = readFileSync(path);
    for (let at = bytes.indexOf(text); at >= 0 && count < countMax; at = bytes.indexOf(text, at + 1), count++)
      bytes[at] ^= 4;
    writeFileSync(path, bytes);
  }
  return count;
}

/** Flips a bit in the middle of values of a table of a store that nothing has open: of those whose keys are chosen. */
export async function flipRows(
  folder: string,
  name: string,
  choose: (keys: readonly Buffer[]) => readonly Buffer[],
): Promise<number> {
  const environment = await LmdbEnvironment.open({ folder }, { onDurable: () => undefined });
  const table = environment.table(name);
  const rows = [...table.range()];
  const chosen = choose(rows.map(({ key }) => key));
  await environment.commit(1, () => {
    for (const { key, value } of rows) {
      if (!chosen.includes(key)) continue;
      value[value.length >> 1] ^= 4;
      table.put(key, value);
    }
  });
  await environment.close();
  return chosen.length;
}
