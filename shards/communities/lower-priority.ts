import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** Five steps of niceness: about a third of the time that a thread beside it gets when both want all. */
const STEPS = 5;

/**
 * Lets other threads go first: what this one does can wait. On Linux it gets the policy SCHED_IDLE (`man 7 sched`): whoever wakes takes the
 * core from it at once, which threads in batches (docs/decisions/0055-scheduling.md) do from nobody else; beside threads that want all, next
 * to nothing is left for it. Where there is no `chrt` of util-linux, or no right to, five steps of niceness have to do; elsewhere than on
 * Linux, where a priority would be the whole process's, nothing is done.
 */
export function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + STEPS));
  // The link is that of the thread that reads it.
  const task = readlinkSync('/proc/thread-self').split('/').at(-1) ?? '';
  // While the thread waits its number is nobody else's.
  spawnSync('chrt', ['--idle', '--pid', '0', task], { stdio: 'ignore', timeout: 2_000 });
}
