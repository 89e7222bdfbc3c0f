import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../metrics/process/log.js';
import type { ServiceStack } from '../metrics/process/service-stack.js';
import type { Gateway } from './gateway.js';
import type { MarkKeeper } from './start/mark-keeper.js';
import type { SnapshotFolder } from './snapshots/snapshot-folder.js';
import { storedBytes, type ShardPool } from '../shards/api.js';

/** What is ended, and how. */
export interface ServiceParts {
  readonly stack: ServiceStack;
  readonly gateway: Gateway;
  readonly pool: Pick<ShardPool, 'halt'>;
  readonly marks: MarkKeeper;
  readonly snapshots: SnapshotFolder;
  readonly config: { readonly drainGraceMs: number; readonly snapshotAtEnd: 'auto' | 'on' | 'off' };
  /** Absolute. */
  readonly dataDir: string;
  readonly log: Log;
}

/** How long what was taken may take to be answered before `bye`. */
const SETTLE_MS = 3_000;
/** With `auto`, no snapshot is made at the end of stores larger than that: it would take longer than a stop may. */
const AUTO_SNAPSHOT_BYTES = 256 * 1024 * 1024;
/** How long the one at the end may take, or one that is under way already; closing the stores gives it up then. */
const LAST_SNAPSHOT_MS = 4_000;

/**
 * The end of a running gateway, step by step: `/readyz` turns red while all is served (the grace); nothing more is taken, what
 * was taken is answered, and everybody is told `bye`; a last snapshot; everything is written, and all threads end.
 */
export class ServiceEnd {
  readonly #parts: ServiceParts;
  readonly #halted = new AbortController();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** All of it. `hasGrace` is false when no load balancer needs to hear of it first. */
  async stop(hasGrace: boolean): Promise<void> {
    const { config, gateway, stack } = this.#parts;
    const { signal } = this.#halted;
    stack.drain();
    if (hasGrace && config.drainGraceMs > 0)
      await pause(config.drainGraceMs, undefined, { signal }).catch(() => undefined);
    await gateway.depart(SETTLE_MS, signal);
    if (!signal.aborted) await Promise.race([this.#takeLastSnapshot(), aborted(signal)]);
    await stack.stop();
  }

  /** Without grace, answers and the last snapshot: a part of the gateway does not live any more. */
  async abandon(): Promise<void> {
    const { gateway, marks, stack } = this.#parts;
    marks.abandon();
    stack.drain();
    await gateway.depart(0, this.#halted.signal);
    await stack.stop();
  }

  /** A stop under way leaves out all that is not needed for closing the stores whole. */
  halt(): void {
    this.#parts.pool.halt();
    this.#halted.abort();
  }

  async #takeLastSnapshot(): Promise<void> {
    const { config, dataDir, log } = this.#parts;
    if (config.snapshotAtEnd === 'off') return;
    try {
      const bytes = storedBytes(dataDir);
      if (config.snapshotAtEnd === 'on' || bytes <= AUTO_SNAPSHOT_BYTES) await this.#takeInTime();
      else log.info({ bytes }, 'no snapshot at the end: the stores are large (AFTERCLICK_SNAPSHOT_AT_END)');
    } catch (error) {
      if (!this.#halted.signal.aborted) log.error({ err: error }, 'the snapshot at the end failed');
    }
  }

  async #takeInTime(): Promise<void> {
    const { log, snapshots } = this.#parts;
    const taken = snapshots.take().then(() => true);
    // Whatever becomes of it after its time.
    taken.catch(() => undefined);
    if (await Promise.race([taken, pause(LAST_SNAPSHOT_MS, false, { ref: false })])) return;
    log.warn({ afterMs: LAST_SNAPSHOT_MS }, 'the snapshot at the end is given up: it would take too long');
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
