import { LatencyRecorder, Tally } from './recorder.js';
import { Windows } from './windows.js';

/** What happened to the clicks of a load run. Latencies count for clicks that were due at or after `measuredFromUs`. */
export class ClickRecorder {
  readonly clickToList = new LatencyRecorder();
  readonly clickToAck = new LatencyRecorder();
  /** How late the generator itself was: from a click's due time to the moment it was written to its socket. */
  readonly sendLateness = new LatencyRecorder();
  readonly refused = new Tally();
  readonly closed = new Tally();
  #measuredFromUs = 0;
  readonly #seconds: number;
  #windows: Windows;
  /** Clicks due, and how many of them got a list and an ack, warm-up included. */
  dueCount = 0;
  /** Clicks due in the measured time, and how many of these were sent. */
  measuredCount = 0;
  sentCount = 0;
  listedCount = 0;
  ackedCount = 0;
  /** Clock µs of the last list of a measured click. */
  lastListUs = 0;

  /** @param seconds of measured time. */
  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#windows = new Windows(0, seconds);
  }

  /** The measured time begins at `fromUs`, clock µs. Before this nothing may be recorded. */
  begin(fromUs: number): void {
    this.#measuredFromUs = fromUs;
    this.#windows = new Windows(fromUs, this.#seconds);
  }

  get measuredFromUs(): number {
    return this.#measuredFromUs;
  }

  get windows(): Windows {
    return this.#windows;
  }

  due(dueUs: number): void {
    this.dueCount++;
    if (dueUs < this.#measuredFromUs) return;
    this.measuredCount++;
    this.#windows.due(dueUs);
  }

  /** A click is with the kernel: at once, or when there was a connection for it. */
  sent(dueUs: number): void {
    if (dueUs >= this.#measuredFromUs) this.sentCount++;
  }

  /** A click that had nothing to wait for but the generator was sent. */
  sentLate(dueUs: number, nowUs: number): void {
    if (dueUs < this.#measuredFromUs) return;
    this.sendLateness.record(nowUs - dueUs);
    this.#windows.sentLate(dueUs, nowUs);
  }

  listed(dueUs: number, nowUs: number): void {
    this.listedCount++;
    if (dueUs < this.#measuredFromUs) return;
    this.clickToList.record(nowUs - dueUs);
    this.#windows.listed(dueUs, nowUs);
    this.lastListUs = nowUs;
  }

  acked(dueUs: number, nowUs: number): void {
    this.ackedCount++;
    if (dueUs < this.#measuredFromUs) return;
    this.clickToAck.record(nowUs - dueUs);
    this.#windows.acked(dueUs, nowUs);
  }
}
