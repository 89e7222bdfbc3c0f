import { COUNTER } from '../../metrics/table.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardCall } from '../wire/calls.js';
import { ShardThread } from './shard-thread.js';
import type { ShardModel } from '../wire/shard-model.js';
import type { ThreadBatch } from '../wire/thread-batch.js';
import type { WorkerData } from '../wire/worker-data.js';
import type { ShardEvent } from '../wire/shard-event.js';

/** Crashes within `RESTART_WINDOW_MS` after which a thread is given up. */
const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;

export interface SupervisedInputs {
  readonly worker: Omit<WorkerData, 'keepsInteractions'>;
  /** The gateway thread's own stats; restarts are counted there. */
  readonly stats: ThreadStats;
  readonly log: Log;
  /** What the thread said, and how long it was on its way. */
  readonly batch: (batch: ThreadBatch, onWayUs: number) => void;
  /** A fresh thread has recovered and takes calls, in the place of one that crashed; it knows of nothing but the store. */
  readonly restarted: () => void;
  /** Called when the thread has crashed `RESTARTS_MAX` + 1 times within the window; it is not started again. */
  readonly fatal: (error: Error) => void;
}

/**
 * The thread of one shard, started again whenever it crashes or fails to start again. Calls made while there is none are
 * dropped: whoever makes them keeps what matters and tells it again when `restarted` is called.
 */
export class SupervisedThread {
  readonly #inputs: SupervisedInputs;
  #thread: ShardThread | undefined;
  /** A restart under way; resolves when it is over, whatever came of it. */
  #starting: Promise<void> | undefined;
  /** When it crashed, epoch ms, within the window. */
  #crashes: number[] = [];
  #model: ShardModel;
  #isStopping = false;

  constructor(inputs: SupervisedInputs) {
    this.#inputs = inputs;
    this.#model = inputs.worker.model;
  }

  /** Name of the model that the thread serves. */
  get model(): string {
    return this.#model.name;
  }

  /** The next thread serves this model; the one that runs is told by a call. */
  useModel(model: ShardModel): void {
    this.#model = model;
  }

  /** The first start; resolves when the shard has recovered, rejects with what it threw: this one is not tried again. */
  start(): Promise<void> {
    return this.#start(false);
  }

  send(call: ShardCall): void {
    this.#thread?.send(call);
  }

  sendEvent(channel: number, session: number, event: ShardEvent): void {
    this.#thread?.sendEvent(channel, session, 0, event);
  }

  /** Resolves when the thread has written everything out and ended, also when it was about to be started again. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#starting;
    await this.#thread?.stop();
    this.#thread = undefined;
  }

  async #start(keepsInteractions: boolean): Promise<void> {
    const { worker, log, batch } = this.#inputs;
    const { thread, recovery } = await ShardThread.start(
      { ...worker, model: this.#model, keepsInteractions },
      { batch, died: (error) => this.#restart(error) },
    );
    this.#thread = thread;
    log.info({ shard: worker.shard, ...recovery }, 'shard ready');
  }

  #restart(error: Error): void {
    this.#thread = undefined;
    if (this.#isStopping) return;
    const { worker, log, stats, fatal, restarted } = this.#inputs;
    const { shard } = worker;
    const nowMs = Date.now();
    this.#crashes = [...this.#crashes.filter((atMs) => nowMs - atMs < RESTART_WINDOW_MS), nowMs];
    const crashes = this.#crashes.length;
    log.error({ shard, err: error, crashes }, 'shard crashed');
    if (crashes > RESTARTS_MAX) {
      fatal(new Error(`shard ${shard} crashed ${crashes} times within a minute: ${error.message}`));
      return;
    }
    stats.count(COUNTER.shardRestarts);
    this.#starting = this.#start(true).then(restarted, (failure: Error) => this.#restart(failure));
  }
}
