import { COUNTER } from '../../metrics/table.js';
import type { Log } from '../../metrics/process/log.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { FinishedTrace } from './tracer.js';

/** Traces that wait for the collector; what comes then is dropped. A test reaches it. */
export const TRACES_KEPT = 512;
/** Traces of one request: writing it keeps the thread for less than a millisecond. */
const BATCH_TRACES = 16;
/** Pause between two looks at what waits. */
const SEND_EVERY_MS = 1_000;
/** What the end of the process waits for the last request. */
const LAST_SEND_MS = 1_000;

/** Sends some to the collector; rejects when it does not take them in time. */
export type SendTraces = (traces: readonly FinishedTrace[]) => Promise<void>;

/**
 * Finished traces on their way to the collector, one request at a time. Nobody waits for it: a collector that hangs or refuses costs
 * traces, which are counted, and one line of the log when that begins and one when it is over.
 */
export class TraceQueue {
  readonly #send: SendTraces;
  readonly #stats: ThreadStats;
  readonly #log: Log;
  readonly #waiting: FinishedTrace[] = [];
  readonly #timer: NodeJS.Timeout;
  #sending: Promise<void> | undefined;
  #isFailing = false;
  #isStopping = false;

  constructor(send: SendTraces, { log, stats }: { readonly log: Log; readonly stats: ThreadStats }) {
    this.#send = send;
    this.#log = log;
    this.#stats = stats;
    this.#timer = setInterval(() => this.#look(), SEND_EVERY_MS);
    this.#timer.unref();
  }

  add(finished: FinishedTrace): void {
    if (this.#isStopping || this.#waiting.length >= TRACES_KEPT) {
      this.#stats.count(COUNTER.tracesDropped.queue);
      return;
    }
    if (this.#waiting.push(finished) === BATCH_TRACES && !this.#isFailing) setImmediate(() => this.#look());
  }

  /** Sends what waits, within a second, and takes no more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#look();
    this.#isStopping = true;
    if (this.#sending === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const isLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_SEND_MS);
    });
    await Promise.race([this.#sending, isLate]);
    clearTimeout(timer);
  }

  #look(): void {
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    this.#sending = this.#sendAll().finally(() => (this.#sending = undefined));
  }

  /** Until nothing waits, or the collector refuses: then it has a rest. */
  async #sendAll(): Promise<void> {
    do {
      const batch = this.#waiting.splice(0, BATCH_TRACES);
      try {
        await this.#send(batch);
        this.#sent(batch.length);
      } catch (error) {
        this.#failed(batch.length, error as Error);
        return;
      }
    } while (this.#waiting.length > 0);
  }

  #sent(traces: number): void {
    this.#stats.count(COUNTER.tracesSent, traces);
    if (this.#isFailing) this.#log.info('the collector takes traces again');
    this.#isFailing = false;
  }

  #failed(traces: number, { message }: Error): void {
    this.#stats.count(COUNTER.tracesDropped.collector, traces);
    const advice = 'the collector does not take traces: they are dropped; see AFTERCLICK_OTLP_ENDPOINT';
    if (!this.#isFailing) this.#log.warn({ reason: message }, advice);
    this.#isFailing = true;
  }
}
