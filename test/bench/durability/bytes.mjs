import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { segmentsOf } from './built-gateway.mjs';
import { Crowd, firstClick } from './crowd.mjs';

const RATES = [200, 2_000];
/** Visitors at the same time; addresses of this machine that they come from, for each has only so many ports. */
const AT_ONCE = 40;
const ADDRESSES = 200;

export async function bytes(bench) {
  for (const rate of RATES) await ofJournal(bench, rate);
  await ofVisitors(bench);
}

/** Clicks of a tick share a record: the more there are, the less each takes. */
async function ofJournal({ dist, work, shoppers, seconds, start, row }, rate) {
  const folder = `bytes-${rate}`;
  const gateway = await start(folder);
  const crowd = await Crowd.open(gateway, 'bytes', shoppers);
  await crowd.click(rate, seconds);
  crowd.close();
  await gateway.stop();
  const { events, size } = await journalOf(dist, join(work, folder, 'shard-0'));
  row('bytes', `of journal a click, at ${rate}/s`, { value: size / events, unit: 'bytes' });
}

/** Bytes of the journal's files, which end with what is written once the gateway has stopped. */
async function journalOf(dist, folder) {
  const { readLmdbStore } = await import(join(dist, 'shards/store/lmdb/lmdb-store.js'));
  const store = await readLmdbStore(folder);
  let events = 0;
  for (const { count } of store.journal.from(0)) events += count;
  await store.close();
  const files = segmentsOf(folder);
  return { events, size: files.reduce((sum, file) => sum + statSync(file).size, 0) };
}

/** The file of a snapshot has no free pages: what it grows by is what the visitors take. */
async function ofVisitors({ dist, work, visitors, start, row }) {
  const gateway = await start('visitors');
  const before = await gateway.snapshot();
  const items = await gateway.items();
  let next = 0;
  const come = async () => {
    for (let n = next++; n < visitors; n = next++)
      await firstClick(gateway.url, {
        item: items[n % items.length],
        address: `127.0.1.${1 + (n % ADDRESSES)}`,
      });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, come));
  const after = await gateway.snapshot();
  await gateway.stop();
  const each = (taken) => ({ value: (taken - before) / visitors, unit: 'bytes' });
  row('bytes', `on disk of a visitor of one click, ${visitors} of them`, each(after));
  const folder = join(work, 'visitors');
  rmSync(join(folder, 'snapshots'), { recursive: true });
  const admin = [join(dist, 'gateway/admin.js'), 'compact', '--data-dir', folder, '--keep-bytes', '0'];
  const said = execFileSync(process.execPath, admin, { encoding: 'utf8' });
  row('bytes', 'the same after `compact --keep-bytes 0`', each(Number(/(\d+) now/.exec(said)[1])));
}
