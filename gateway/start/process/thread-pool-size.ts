import type { Log } from '../../../metrics/process/log.js';

/** Threads that libuv starts for work on files when nobody says how many. */
const USUAL_THREADS = 4;

/**
 * How many threads for files this process should have and does not: each shard and the catalogue hold one while they sync, and with
 * more of them than threads, acks wait for each other. Undefined when there are enough. Only whoever starts the process can change it.
 */
export function missingThreads(shards: number, size: string | undefined): number | undefined {
  const threads = Number(size ?? '') || USUAL_THREADS;
  return shards + 1 > threads ? shards + 1 : undefined;
}

/** Says in the log what to set. */
export function warnOfThreads(shards: number, env: NodeJS.ProcessEnv, log: Pick<Log, 'warn'>): void {
  const wanted = missingThreads(shards, env['UV_THREADPOOL_SIZE']);
  if (wanted === undefined) return;
  log.warn(
    { shards, threads: env['UV_THREADPOOL_SIZE'] ?? USUAL_THREADS },
    `with ${shards} shards acks wait for each other's disk: start with UV_THREADPOOL_SIZE=${wanted}, as in UV_THREADPOOL_SIZE=${wanted} npm start`,
  );
}
