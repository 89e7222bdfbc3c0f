// Writes to the store in a folder until it is killed: `node store-writer.mjs FOLDER SEED`. As a worker, with the same and
// a number of commits as `workerData`, it throws after so many. After each durable commit it reports the journal's
// position up to which it vouches.
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { nextBatch, restoreTally } from './store-tally.js';

const [folder, seed, throwAfter] = (workerData as [string, number, number] | null) ?? [
  process.argv[2],
  Number(process.argv[3]),
  Infinity,
];
let commits = 0;
const IN_FLIGHT_MAX = 8;

let state = seed >>> 0;
/** Integer in 0 … limit−1 (xorshift32). */
function random(limit: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

function report(position: number): void {
  if (++commits > throwAfter) throw new Error('an invariant is broken');
  if (parentPort) parentPort.postMessage(position);
  else writeSync(1, `${position}\n`);
}

function fail(error: Error): void {
  writeSync(2, `refused: ${error.message}: ${(error.cause as Error | undefined)?.message}\n`);
  process.exit(3);
}

const store = await openLmdbStore({ folder });
const tally = restoreTally(store);
const inFlight = new Set<Promise<void>>();
for (;;) {
  const batch = nextBatch(store, tally, random);
  const done = store.commit(batch);
  const position = store.journal.end;
  inFlight.add(done);
  void done.then(() => (inFlight.delete(done), report(position)), fail);
  // Now and then several commits in one turn, several turns in flight, and a pause until all are durable.
  if (random(3) > 0) await new Promise((resolve) => setImmediate(resolve));
  if (inFlight.size >= IN_FLIGHT_MAX || (inFlight.size > 0 && random(20) === 0)) await Promise.race(inFlight);
}
