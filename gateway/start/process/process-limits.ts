import { readFileSync } from 'node:fs';
import { StartupError } from '../../../metrics/process/startup-error.js';
import type { Log } from '../../../metrics/process/log.js';

/** What the system lets this process have; Infinity where there is no limit, or where it does not say. */
export interface ProcessLimits {
  readonly openFiles: number;
  readonly addressSpaceBytes: number;
  readonly fileBytes: number;
}

/** Files that are open whatever the number of shards: program, log, timers, catalogue, a snapshot under way, some to spare. */
const FILES_BASE = 96;
/** Files of a shard: its thread's, its store's, and those of a copy of it. */
const FILES_PER_SHARD = 24;
/** Room for connections that ask over HTTP: they are not counted, and probes must get through. */
const HTTP_CONNECTIONS_MIN = 32;
const HTTP_SHARE = 0.1;
/** Without so many sockets there is no use in starting. */
const SOCKETS_LEAST = 64;

/** Address space that a store reserves, and what everything else does: a model's vectors above all. */
const ADDRESS_BYTES_PER_STORE = 64 * 2 ** 30;
const ADDRESS_BYTES_BASE = 48 * 2 ** 30;
/** A store's file grows by 32 MiB at a time at most. */
const FILE_BYTES_LEAST = 2 ** 30;

/** Reads the limits of this process; Linux says them in `/proc/self/limits`. */
export function readProcessLimits(
  read = (): string => readFileSync('/proc/self/limits', 'latin1'),
): ProcessLimits {
  let text = '';
  try {
    text = read();
  } catch {
    // Another system, or no /proc: nothing is known.
  }
  return {
    openFiles: softLimit(text, 'Max open files'),
    addressSpaceBytes: softLimit(text, 'Max address space'),
    fileBytes: softLimit(text, 'Max file size'),
  };
}

/** The first of the two numbers of a line. */
function softLimit(text: string, name: string): number {
  const value = new RegExp(`^${name}\\s+(\\d+)\\s`, 'm').exec(text)?.[1];
  return value === undefined ? Infinity : Number(value);
}

/**
 * Refuses to start with limits that would look like a damaged store, a full disk or a crash later on.
 * Throws `StartupError` `process_limited`, which names each and what it has to be at least.
 */
export function checkProcessLimits(limits: ProcessLimits, shards: number): void {
  const files = filesOf(shards) + HTTP_CONNECTIONS_MIN + SOCKETS_LEAST;
  const address = (shards + 1) * ADDRESS_BYTES_PER_STORE + ADDRESS_BYTES_BASE;
  const problems = [
    limits.openFiles < files &&
      `this process may have ${limits.openFiles} files open, and ${shards} shards need ${files}: raise the limit (ulimit -n, LimitNOFILE)`,
    limits.addressSpaceBytes < address &&
      `this process may have ${gibibytes(limits.addressSpaceBytes)} GiB of address space, and ${shards} shards reserve ` +
        `${gibibytes(address)}, of which they use little: take the limit away (ulimit -v unlimited, LimitAS=infinity), and bound resident memory instead (MemoryMax)`,
    limits.fileBytes < FILE_BYTES_LEAST &&
      `a file of this process may have ${limits.fileBytes} bytes, and a store grows beyond that: take the limit away (ulimit -f unlimited, LimitFSIZE=infinity)`,
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new StartupError('process_limited', problems);
}

/**
 * How many sockets may be open: as many as are asked for (0: as many as can be) and the files of this process leave room for,
 * and the log says when these are fewer, with a warning when it is less than half. Without files left nothing connects any more, and no snapshot is made.
 */
export function socketsWithin(
  { openFiles }: Pick<ProcessLimits, 'openFiles'>,
  { socketsMax, shards }: { readonly socketsMax: number; readonly shards: number },
  log: Pick<Log, 'info' | 'warn'>,
): number {
  if (openFiles === Infinity) return socketsMax;
  const connections = openFiles - filesOf(shards);
  const most = connections - Math.max(HTTP_CONNECTIONS_MIN, Math.ceil(connections * HTTP_SHARE));
  if (socketsMax === 0) return most;
  if (socketsMax > most)
    log[most < socketsMax / 2 ? 'warn' : 'info'](
      { openFiles, socketsMax: most },
      'this process may have too few files open for AFTERCLICK_SOCKETS_MAX: fewer sockets are taken; raise ulimit -n (LimitNOFILE)',
    );
  return Math.min(socketsMax, most);
}

function filesOf(shards: number): number {
  return FILES_BASE + FILES_PER_SHARD * shards;
}

function gibibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 30);
}
