import { join } from 'node:path';
import { snapshotsFolder } from '../../../shards/store/data-folder.js';
import { findSnapshots, verifyWholeSnapshot } from '../../../shards/store/snapshot/whole-snapshot.js';
import type { PromiseLedger } from '../workload/promise-ledger.js';
import type { FindingListener } from './cut-findings.js';

/** What looks like a snapshot is one, to the last byte; the last that was answered is there, unless a newer one is. */
export async function checkSnapshots(
  { snapshot }: PromiseLedger,
  dataDir: string,
  found: FindingListener,
): Promise<void> {
  const folder = snapshotsFolder(dataDir);
  const { whole, broken } = findSnapshots(folder);
  for (const problem of broken) found('broken', `a snapshot: ${problem}`);
  for (const { name } of whole)
    for (const problem of await verifyWholeSnapshot(join(folder, name)))
      found('broken', `a snapshot: ${problem}`);
  if (snapshot === undefined || whole.some(({ name }) => name === snapshot.name)) return;
  const isReplaced = snapshot.isNewerAsked && whole.some(({ name }) => name > snapshot.name);
  if (!isReplaced) found('lost', `the snapshot ${snapshot.name}, which was complete`);
}
