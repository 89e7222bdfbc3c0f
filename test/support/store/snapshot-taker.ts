// Takes a snapshot of the data folder FOLDER, and dies after a step of it: `node snapshot-taker.mjs FOLDER KEPT STEP`. With a
// step that there is not it ends in order.
import { createLog } from '../../../metrics/process/log.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { SnapshotFolder } from '../../../gateway/snapshots/snapshot-folder.js';
import { openLmdbCatalogueStore } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { writeSnapshot } from '../../../shards/store/snapshot/snapshot.js';

const [dataDir, kept, step] = process.argv.slice(2);
const nowMs = Date.now();
const store = await openLmdbStore({ folder: `${dataDir}/shard-0` });
const catalogue = await openLmdbCatalogueStore(`${dataDir}/catalogue`);
await store.commit({ journal: { count: 1, bytes: Buffer.from('x') }, checkpoint: 1 });
await catalogue.put([{ index: 0, json: '{"id":"i0"}', isDeleted: false }]);

const folder = `${dataDir}/snapshots`;
const snapshots = await SnapshotFolder.open(
  {
    folder,
    kept: Number(kept),
    keptMs: 0,
    clock: { nowMs: () => nowMs, nowUs: () => nowMs * 1_000 },
    log: createLog({ level: 'silent' }),
    stats: ThreadStats.create(),
    files: { sparing: (work) => work() },
    reached: (reached) => {
      if (reached === step) process.kill(process.pid, 'SIGKILL');
    },
  },
  {
    dataDir,
    catalogue,
    pool: {
      snapshot: async (target) => {
        const facts = { shard: 0, shards: 1, model: 'none', createdAt: new Date(nowMs).toISOString() };
        const { users, journalEnd, bytes, files } = await writeSnapshot(store, `${target}/shard-0`, facts);
        return [{ shard: 0, folder: target, users, journalEnd, bytes, sha256: files[0].sha256 }];
      },
    },
  },
);
await snapshots.take();
await store.close();
await catalogue.close();
