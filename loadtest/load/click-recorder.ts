import { LatencyRecorder, Tally } from './recorder.js';
import { Windows, type SavedWindow } from './windows.js';

/** What a recorder has, as it is told to another process. */
export interface SavedClicks {
  readonly histograms: readonly [list: string, ack: string, late: string];
  readonly refused: Readonly<Record<string, number>>;
  readonly closed: Readonly<Record<string, number>>;
  readonly windows: readonly SavedWindow[];
  readonly counts: readonly [due: number, measured: number, sent: number, listed: number, acked: number];
  readonly lastListUs: number;
}

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

  save(): SavedClicks {
    const { dueCount, measuredCount, sentCount, listedCount, ackedCount, lastListUs } = this;
    return {
      histograms: [this.clickToList.save(), this.clickToAck.save(), this.sendLateness.save()],
      refused: this.refused.toJSON(),
      closed: this.closed.toJSON(),
      windows: this.#windows.save(),
      counts: [dueCount, measuredCount, sentCount, listedCount, ackedCount],
      lastListUs,
    };
  }

  /** Takes in what another process recorded of the same measured time. */
  take({ histograms, refused, closed, windows, counts, lastListUs }: SavedClicks): void {
    [this.clickToList, this.clickToAck, this.sendLateness].forEach((one, i) => one.take(histograms[i]));
    for (const [name, count] of Object.entries(refused)) this.refused.add(name, count);
    for (const [name, count] of Object.entries(closed)) this.closed.add(name, count);
    this.#windows.take(windows);
    const [due, measured, sent, listed, acked] = counts;
    this.dueCount += due;
    this.measuredCount += measured;
    this.sentCount += sent;
    this.listedCount += listed;
    this.ackedCount += acked;
    this.lastListUs = Math.max(this.lastListUs, lastListUs);
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
