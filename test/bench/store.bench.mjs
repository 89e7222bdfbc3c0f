// What a commit costs: `node build.mjs && node test/bench/store.bench.mjs`. One and sixteen clicks, with their journal records, sessions
// and the wait for the disk, on the store of the build in dist (or of the folder named).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bench, run } from 'mitata';

const dist = resolve(process.argv[2] ?? 'dist');
const built = (path) => import(pathToFileURL(join(dist, path)));
const { openLmdbStore } = await built('shards/store/lmdb/lmdb-store.js');
const { encodeRecord } = await built('shards/store/journal-record.js');

const folder = mkdtempSync(join(tmpdir(), 'store-bench-'));
const store = await openLmdbStore({ folder });
const atMs = Date.now();
let clicks = 0;

function commit(size) {
  const events = [];
  const sessions = [];
  for (let i = 0; i < size; i++) {
    const userId = `user-${clicks++ % 10_000}`;
    const seq = 1 + Math.floor(clicks / 10_000);
    const session = `session-of-${userId}`;
    events.push({
      user: userId,
      session,
      seq,
      kind: 2,
      items: [clicks % 3_000],
      tsMs: atMs,
      value: 0,
      quantity: 1,
      query: '',
    });
    sessions.push({ userId, sessionId: session, seq, atMs });
  }
  return store.commit({ sessions, journal: { count: size, bytes: encodeRecord(events, atMs) } });
}

for (const size of [1, 16]) bench(`commit of ${size}, to the disk`, () => commit(size));
await run();
await store.close();
rmSync(folder, { recursive: true });
