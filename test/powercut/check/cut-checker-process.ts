// Looks at some cuts of a recording, one after the other: started by `cut-checkers.ts`, which hears of each over IPC.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CutDisk } from '../disk/cut-disk.js';
import { readLog } from '../recorder/log-records.js';
import { seededRandom } from '../../support/random.js';
import { startRecordable } from '../workload/recorded-gateway.js';
import { PromiseLedger } from '../workload/promise-ledger.js';
import { CutCheck } from './cut-check.js';
import type { Finding } from './cut-findings.js';
import type { CheckerTask, CheckerWord } from './cut-checkers.js';

function say(word: CheckerWord): void {
  process.send!(word);
}

async function main({ recording, cutsFolder, cuts }: CheckerTask): Promise<void> {
  const records = readLog(recording.log);
  const disk = new CutDisk(recording.root, recording.rootInode);
  const ledger = new PromiseLedger();
  const parent = mkdtempSync(join(cutsFolder, 'cut-'));
  let at = 0;
  for (const cut of cuts) {
    say({ begun: cut.number });
    for (; at < cut.position; at++) {
      disk.take(records[at]);
      ledger.take(records[at]);
    }
    const folder = join(parent, String(cut.number));
    disk.write(folder, cut.fate, seededRandom(cut.seed));
    const findings: Finding[] = [];
    const check = new CutCheck({ openByGateway }, (kind, text) => findings.push({ kind, text }));
    await check.run(folder, ledger, cut.by);
    rmSync(folder, { recursive: true, force: true });
    say({ done: cut.number, findings, acknowledged: ledger.acknowledged });
  }
  rmSync(parent, { recursive: true, force: true });
}

async function openByGateway(dataDir: string, end: 'stop' | 'kill'): Promise<void> {
  const gateway = await startRecordable(dataDir);
  if (end === 'kill') return gateway.kill();
  const code = await gateway.stop();
  if (code !== 0) throw new Error(`the gateway that opened it ended with ${code}`);
}

// Nobody listens any more.
process.once('disconnect', () => process.exit(1));
process.once('message', (task: CheckerTask) => {
  main(task).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
