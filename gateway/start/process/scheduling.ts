import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A policy of Linux: `SCHED_OTHER`, what every process has that nobody gave another one. */
const USUAL_POLICY = '0';

/**
 * Gives all threads of this process, and those they start, the policy SCHED_BATCH of Linux (`man 7 sched`): a thread that wakes does
 * not interrupt the one that has its core. Otherwise each frame that comes in stops a shard in the middle of a round, and each answer
 * of a shard stops the gateway in the middle of a turn, 3.6 times a click (docs/decisions/0055-scheduling.md).
 *
 * Whoever started the process with a policy of their own keeps it. Resolves in any case: also where there is no such policy, no `chrt`
 * of util-linux to set it with, or no right to.
 */
export function letThreadsFinish(): Promise<void> {
  if (process.platform !== 'linux' || schedulingPolicy() !== USUAL_POLICY) return Promise.resolve();
  return new Promise((resolve) => {
    const command = ['--batch', '--all-tasks', '--pid', '0', String(process.pid)];
    execFile('chrt', command, { timeout: 2_000 }, () => resolve());
  });
}

/** The number of a thread's policy; `self` is the main thread of this process. */
export function schedulingPolicy(task = 'self'): string {
  const [, fields] = readFileSync(`/proc/${task}/stat`, 'latin1').split(') ');
  return fields.split(' ')[POLICY_FIELD - FIRST_FIELD];
}

/** Fields of `/proc/[pid]/stat` (`man 5 proc`): the policy, and the first one behind the name in brackets. */
const POLICY_FIELD = 41;
const FIRST_FIELD = 3;
