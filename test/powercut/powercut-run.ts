import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LMDB_LOCK_FILE } from '../../shards/store/lmdb/commits/lmdb-file.js';
import { writeTinyBundle } from '../support/model/tiny-bundles.js';
import { seededRandom } from '../support/random.js';
import { checkCuts, type CheckedCut } from './check/cut-checkers.js';
import type { FindingKind } from './check/cut-findings.js';
import { type Moment, MOMENTS } from './check/cut-moments.js';
import { planCuts } from './check/cut-plan.js';
import { CutDisk } from './disk/cut-disk.js';
import { killedCalls } from './recorder/killed-calls.js';
import { LogMarks, mendLog, readLog } from './recorder/log-records.js';
import { filesIn, recordingIn, startRecordable, type Recording } from './workload/recorded-gateway.js';
import { PromiseLedger } from './workload/promise-ledger.js';
import { ShopWorkload } from './workload/shop-workload.js';

/** A recording to be made and cut. */
export interface PowercutPlan {
  /** Built `gateway/main.js`. */
  readonly entry: string;
  /** The compiled recorder. */
  readonly library: string;
  /** Of the recording; one that is there is taken as it is. */
  readonly folder: string;
  /** Where the folders are made that are looked at. */
  readonly cutsFolder: string;
  readonly seed: number;
  readonly points: number;
  readonly rounds: number;
}

/** What came of it. */
export interface PowercutResult {
  readonly points: number;
  /** Events that were acknowledged in the recording. */
  readonly acknowledged: number;
  readonly records: number;
  /** Cuts in each kind of moment. */
  readonly moments: Readonly<Record<Moment, number>>;
  readonly counts: Readonly<Record<FindingKind, number>>;
  /** Cuts with findings, oldest first. */
  readonly bad: readonly CheckedCut[];
}

/** Records a day of the gateway, checks that the recording tells all, cuts it at many points and looks at what is left. */
export async function runPowercut(
  plan: PowercutPlan,
  progress: (checked: number) => void,
): Promise<PowercutResult> {
  const random = seededRandom(plan.seed);
  const recording = await record(plan, random);
  const records = readLog(recording.log);
  const ledger = new PromiseLedger();
  for (const one of records) ledger.take(one);
  const counts = { lost: 0, double: 0, disorder: 0, unexpected: 0, refused: 0, differs: 0, broken: 0 };
  checkWhole(recording, join(plan.folder, 'whole'));
  const moments = Object.fromEntries(MOMENTS.map((moment) => [moment, 0])) as Record<Moment, number>;
  const bad: CheckedCut[] = [];
  let checked = 0;
  const task = { recording, cutsFolder: plan.cutsFolder, cuts: planCuts(records, plan.points, random) };
  await checkCuts(task, (cut) => {
    progress(++checked);
    for (const moment of cut.cut.moments) moments[moment]++;
    for (const { kind } of cut.findings) counts[kind]++;
    if (cut.findings.length > 0) bad.push(cut);
  });
  bad.sort((a, b) => a.cut.number - b.cut.number);
  return {
    points: checked,
    acknowledged: ledger.acknowledged,
    records: records.length,
    moments,
    counts,
    bad,
  };
}

async function record(
  { folder, entry, library, rounds }: PowercutPlan,
  random: (limit: number) => number,
): Promise<Recording> {
  const recording = recordingIn(folder);
  if (existsSync(recording.log)) return recording;
  const bundle = join(folder, 'bundle');
  await writeTinyBundle({ folder: bundle, name: 'tiny', width: 4 });
  const marks = new LogMarks(recording.log);
  const killFile = join(folder, 'kill');
  const env = {
    LD_PRELOAD: library,
    POWERCUT_LOG: recording.log,
    POWERCUT_ROOT: recording.root,
    POWERCUT_KILL: killFile,
    UV_USE_IO_URING: '0',
  };
  const start = (isCutting: boolean) =>
    startRecordable(recording.root, {
      entry,
      env: { ...env, AFTERCLICK_JOURNAL_KEPT_BYTES: isCutting ? '1' : '0' },
      args: ['--bundles-dir', folder],
    });
  const orderDeath = (): void => writeFileSync(killFile, '');
  const killed = (): void => {
    mendLog(recording.log);
    marks.append(killedCalls(readLog(recording.log), recording.root));
  };
  try {
    await new ShopWorkload({ start, marks, orderDeath, killed, random, rounds, bundle }).play();
  } finally {
    marks.close();
  }
  return recording;
}

/** With all that was recorded, the disk is what the folder is now: nothing has escaped the recorder. */
function checkWhole({ log, root, rootInode }: Recording, target: string): void {
  const disk = new CutDisk(root, rootInode);
  for (const one of readLog(log)) disk.take(one);
  disk.write(target, 'kept', seededRandom(0));
  const isLock = (path: string): boolean => path.endsWith(LMDB_LOCK_FILE);
  const [expected, found] = [filesIn(root, isLock), filesIn(target, isLock)];
  for (const [path, bytes] of expected)
    if (found.get(path)?.equals(bytes) !== true) throw new Error(`the recording tells of another ${path}`);
  if (found.size !== expected.size) throw new Error('the recording tells of files that are not there');
  rmSync(target, { recursive: true });
}
