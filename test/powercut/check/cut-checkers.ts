import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Recording } from '../workload/recorded-gateway.js';
import type { Finding } from './cut-findings.js';
import type { PlannedCut } from './cut-plan.js';
import { patientTimer } from '../../support/patience.js';

/** What a checker's process is to do. */
export interface CheckerTask {
  readonly recording: Recording;
  /** Where folders are made. */
  readonly cutsFolder: string;
  readonly cuts: readonly PlannedCut[];
}

/** What it says. */
export type CheckerWord =
  | { readonly begun: number }
  | { readonly done: number; readonly findings: readonly Finding[]; readonly acknowledged: number };

/** What came of one cut. */
export interface CheckedCut {
  readonly cut: PlannedCut;
  readonly findings: readonly Finding[];
}

const PROGRAM = fileURLToPath(new URL('./cut-checker-process.js', import.meta.url));
const PROCESSES = 2;
/** A checker that says nothing for so long hangs. */
const SILENCE_MS = 120_000;
/** What is kept of what a process that ended said. */
const STDERR_CHARS = 300;

/** Looks at all cuts, in processes of their own: LMDB ends a process that a damaged file gets the better of. Such a cut was refused. */
export async function checkCuts(task: CheckerTask, listen: (checked: CheckedCut) => void): Promise<void> {
  const { cuts } = task;
  const share = Math.ceil(cuts.length / PROCESSES);
  const shares = Array.from({ length: PROCESSES }, (_, i) => cuts.slice(i * share, (i + 1) * share));
  await Promise.all(shares.map((own) => checkShare({ ...task, cuts: own }, listen)));
}

async function checkShare(task: CheckerTask, listen: (checked: CheckedCut) => void): Promise<void> {
  let left = task.cuts;
  while (left.length > 0) {
    const { checked, end } = await runChecker({ ...task, cuts: left }, listen);
    left = left.slice(checked);
    if (left.length === 0) return;
    const [cut, ...others] = left;
    listen({ cut, findings: [{ kind: 'refused', text: `the process that opened it ended with ${end}` }] });
    left = others;
  }
}

/** Resolves when the process has ended, with the number of cuts that it looked at. */
function runChecker(
  task: CheckerTask,
  listen: (checked: CheckedCut) => void,
): Promise<{ readonly checked: number; readonly end: string }> {
  return new Promise((resolve) => {
    const child = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    let checked = 0;
    let last = '';
    child.stderr!.on('data', (text: Buffer) => (last = (last + text.toString()).slice(-STDERR_CHARS)));
    const listenOn = (): (() => void) => patientTimer(SILENCE_MS, () => child.kill('SIGKILL'));
    let heard = listenOn();
    child.on('message', (word: CheckerWord) => {
      heard();
      heard = listenOn();
      if (!('done' in word)) return;
      listen({ cut: task.cuts[checked], findings: word.findings });
      checked++;
    });
    child.once('exit', (code, signal) => {
      heard();
      resolve({ checked, end: `${signal ?? code}: ${last.trim().replaceAll('\n', ' ')}` });
    });
    child.send(task);
  });
}
