// A shard in a process of its own, on the store in FOLDER, encrypted when SEALED is `yes`: `node user-eraser.mjs FOLDER SEALED STEP`.
// `shop`: ann and bob click and it ends in order; `erase`: ann is erased; `copy`: the same while a copy of the store is made, to FOLDER.copy.
import { eraseUser } from '../../../shards/retention/erase-user.js';
import { openLmdbStore } from '../../../shards/store/lmdb/lmdb-store.js';
import { installRing } from '../../../shards/store/vault/keys/installed-ring.js';
import { aClick } from '../shards/shard-calls.js';
import { ShardHarness } from '../shards/shard-harness.js';
import { RecordingStore } from './recording-store.js';

const [folder, sealed, step] = process.argv.slice(2);
const key = (fill: number) => new Uint8Array(32).fill(fill);
if (sealed === 'yes')
  installRing({ folder: `${folder}.keys`, id: 'ring', wrapping: key(1), pseudonyms: key(2) });
const inner = await openLmdbStore({ folder });
const shard = await ShardHarness.recovered({ store: new RecordingStore(inner) });
await shard.built.shard.commits.idle();

if (step === 'shop') {
  for (const [channel, user] of ['ann', 'bob'].entries()) {
    const by = { user, channel: channel + 1, session: channel + 11 };
    await shard.open(by);
    for (let seq = 1; seq <= 3; seq++) await shard.tick(aClick({ by, seq, on: [seq] }));
    // Half of what ann did is in a state, half in the journal alone.
    if (user === 'ann') await shard.checkpoint();
    await shard.tick(aClick({ by, seq: 4, on: [4] }));
    await shard.built.shard.commits.idle();
  }
} else {
  const copied = step === 'copy' ? inner.copyTo(`${folder}.copy`) : undefined;
  await eraseUser(shard.built, 'ann');
  await copied;
}
shard.built.context.quarantine.stop();
await inner.close();
process.exit(0);
