// Processes on cores of their own, and what they cost.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What servers and generators are pinned to. */
export const SERVER_CORE = 0;
export const CLIENT_CORE = 1;
/** In the place of a core: wherever the system puts it. */
export const ANY_CORE = 'any';

/** Whether this system can pin a process to a core. */
export const CAN_PIN = canPin();

function canPin() {
  try {
    execFileSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The command that runs `command` on `core`; the command itself for `ANY_CORE`, or where nothing can be pinned. */
export function onCore(core, command) {
  if (core === undefined) throw new TypeError('name a core, or ANY_CORE');
  return core === ANY_CORE || !CAN_PIN ? command : ['taskset', '-c', String(core), ...command];
}

/** Starts a command on a core. */
export function start(core, command, options) {
  const [tool, ...args] = onCore(core, command);
  return spawn(tool, args, options);
}

const TICKS_PER_SEC = 100;

/** CPU seconds of a process so far, all its threads; NaN where the system does not say. */
export function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SEC;
  } catch {
    return Number.NaN;
  }
}

/** Resident bytes of a process; NaN where the system does not say. */
export function residentBytes(pid) {
  try {
    return 1_024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  } catch {
    return Number.NaN;
  }
}
