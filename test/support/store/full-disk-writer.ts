// Writes to the stores in a folder and says on stdout, line by line, what became of it: `node full-disk-writer.mjs FOLDER SEED`.
// `shard N` is the position that the shard's store vouches for with its entries, `rows N` with rows that do not follow from them, `wait true` and `wait false` are when it stalls and goes on,
// `put` and `refused MESSAGE` are what the catalogue's store says. Closes both on a line on stdin (`closed`), and on the next one
// checks what the shard's store holds (`holds N`, its journal's end).
import { writeSync } from 'node:fs';
import { openLmdbCatalogueStore } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { nextBatch, restoreTally } from './store-tally.js';

const [folder, seed] = [process.argv[2], Number(process.argv[3])];
const PAUSE_MS = 5;

let state = seed >>> 0;
/** Integer in 0 … limit−1 (xorshift32). */
function random(limit: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const store = await openLmdbStore({
  folder: `${folder}/shard-0`,
  onWait: (reason) => say(`wait ${reason !== undefined}`),
});
const catalogue = await openLmdbCatalogueStore(`${folder}/catalogue`, {
  onFailure: (error) => say(`final ${error.message}`),
});
const tally = restoreTally(store);
const nextLine = () => new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
let index = 0;
let isPutting = false;

function write(): void {
  // As a shard does: what waits is in memory, so nothing more is taken while it waits.
  if (!store.waitsForDisk) {
    const batch = nextBatch(store, tally, random);
    const done = store.commit(batch);
    const position = store.journal.end;
    void done.then(
      () => say(`${batch.rowsFollow ? 'shard' : 'rows'} ${position}`),
      (error: Error) => say(`lost ${error.message}`),
    );
  }
  if (isPutting) return;
  isPutting = true;
  catalogue
    .put([{ index, json: JSON.stringify({ id: `i${index}`, title: 'x'.repeat(20_000) }), isDeleted: false }])
    .then(
      () => say(`put ${index++}`),
      (error: Error) => say(`refused ${error.message}`),
    )
    .finally(() => (isPutting = false));
}

say('ready');
const timer = setInterval(write, PAUSE_MS);
await nextLine();
clearInterval(timer);
await store.close();
await catalogue.close();
say('closed');
await nextLine();
const again = await openLmdbStore({ folder: `${folder}/shard-0` });
restoreTally(again);
say(`holds ${again.journal.end}`);
await again.close();
process.exit(0);
