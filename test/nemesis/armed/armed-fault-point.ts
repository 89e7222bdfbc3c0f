import { readFileSync, renameSync } from 'node:fs';

/**
 * What stands in the place of `metrics/process/fault-point.ts` in the suite's build. A file, named by `FAULT_ORDER`, orders a
 * fault: at which point, at which pass, and what. Whoever carries it out renames the file first, so that it is done once by one
 * thread, and that the suite knows that the point was reached.
 */
export interface FaultOrder {
  readonly point: string;
  /** At which pass of one thread, from 1. */
  readonly pass: number;
  /** `kill`: SIGKILL for the process; `stop`: SIGSTOP; `throw`: the thread ends. */
  readonly act: 'kill' | 'stop' | 'throw';
  /** So many µs later, while the thread goes on. */
  readonly afterUs: number;
}

const PATH = process.env['FAULT_ORDER'] ?? '';
/** Passes of the points that were ordered, in this thread. */
const passes = new Map<string, number>();

export function faultPoint(name: string): void {
  const order = orderNow();
  if (order?.point !== name) return;
  const key = JSON.stringify(order);
  const pass = (passes.get(key) ?? 0) + 1;
  passes.set(key, pass);
  if (pass >= order.pass && isTaken()) carryOut(order);
}

function orderNow(): FaultOrder | undefined {
  try {
    return JSON.parse(readFileSync(PATH, 'utf8')) as FaultOrder;
  } catch {
    return undefined;
  }
}

/** True for one thread of all. */
function isTaken(): boolean {
  try {
    renameSync(PATH, `${PATH}.done`);
    return true;
  } catch {
    return false;
  }
}

function carryOut({ act, afterUs, point }: FaultOrder): void {
  if (act === 'throw') throw new Error(`the fault suite ends this thread at ${point}`);
  const signal = act === 'kill' ? 'SIGKILL' : 'SIGSTOP';
  const atMs = performance.now() + afterUs / 1_000;
  const look = (): void => {
    if (performance.now() >= atMs) process.kill(process.pid, signal);
    else setImmediate(look);
  };
  look();
}
