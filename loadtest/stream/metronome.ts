import { Worker } from 'node:worker_threads';
import type { Clock } from '../../metrics/process/clock.js';

/** Two wakings are at least so far apart. What falls due between them is late by as much. */
const GAP_US = 200;
/** The thread looks again after so long, should a waking have been lost. */
const SLEEP_MAX_MS = 50;

/**
 * What the other thread does, as text: it needs no file of its own, so that it runs from sources and from a build alike.
 * `cells[0]` goes up with every wish, `times[0]` says when to wake, by the clock of the process.
 */
const THREAD = `
const { parentPort, workerData: { cells, times } } = require('node:worker_threads');
const nowUs = () => Number(process.hrtime.bigint()) / 1000;
let heard = 0;
for (;;) {
  const wish = Atomics.load(cells, 0);
  if (wish < 0) break;
  const leftUs = times[0] - nowUs();
  if (wish === heard) Atomics.wait(cells, 0, wish, ${SLEEP_MAX_MS});
  else if (leftUs > 0) Atomics.wait(cells, 0, wish, Math.min(${SLEEP_MAX_MS}, leftUs / 1000));
  else {
    heard = wish;
    parentPort.postMessage(0);
  }
}
`;

/**
 * Wakes this thread to a tenth of a millisecond, without spinning. Timers of the event loop have whole milliseconds: at 10,000
 * clicks a second they would send ten at once and up to a millisecond late. The time is slept through in a thread of its own.
 */
export class Metronome {
  readonly #clock: Clock;
  readonly #cells = new Int32Array(new SharedArrayBuffer(4));
  readonly #times = new Float64Array(new SharedArrayBuffer(8));
  readonly #thread: Worker;
  #wish: (() => void) | undefined;
  #wokenUs = 0;

  /** @param clock the machine's: the thread compares with the time that all threads have. */
  constructor(clock: Clock) {
    this.#clock = clock;
    const workerData = { cells: this.#cells, times: this.#times };
    this.#thread = new Worker(THREAD, { eval: true, workerData });
    this.#thread.on('message', () => {
      const wish = this.#wish;
      this.#wish = undefined;
      this.#wokenUs = this.#clock.nowUs();
      wish?.();
    });
  }

  /** Calls `wake` at `atUs` or as soon after as can be. One wish at a time: the next one replaces it. */
  wakeAt(atUs: number, wake: () => void): void {
    this.#wish = wake;
    this.#times[0] = Math.max(atUs, this.#wokenUs + GAP_US);
    Atomics.add(this.#cells, 0, 1);
    Atomics.notify(this.#cells, 0);
  }

  /** Ends the thread; a wish that is left is forgotten. */
  stop(): void {
    this.#wish = undefined;
    Atomics.store(this.#cells, 0, -1);
    Atomics.notify(this.#cells, 0);
  }
}
