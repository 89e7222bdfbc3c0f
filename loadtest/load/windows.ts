import { LatencyRecorder, type LatencyRow } from './recorder.js';

/** What happened to the clicks that were due in one piece of the measured time. Latencies in ms. */
export interface WindowRow {
  /** Begin, in seconds of the measured time. */
  readonly atSec: number;
  /** Clicks due, a second. */
  readonly duePerSec: number;
  /** Lists that came within the piece, whenever their click was due, a second. */
  readonly listedPerSec: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly ackP99: number;
  /** Latest that the generator was. */
  readonly lateMax: number;
}

/** One piece of time. */
class Window {
  readonly lists = new LatencyRecorder(2);
  readonly acks = new LatencyRecorder(2);
  due = 0;
  listedWithin = 0;
  lateMaxUs = 0;
}

/** A piece as it is told to another process. */
export interface SavedWindow {
  readonly lists: string;
  readonly acks: string;
  readonly due: number;
  readonly listedWithin: number;
  readonly lateMaxUs: number;
}

/** So many pieces at most; they are whole seconds long: ten minutes have pieces of 5 s. */
const WINDOWS_MAX = 120;

/** The measured time in pieces of a second, or of more seconds when the run is long. Clicks belong to the piece they were due in. */
export class Windows {
  /** Of each piece. */
  readonly seconds: number;
  readonly #fromUs: number;
  readonly #windows: Window[];

  constructor(fromUs: number, seconds: number) {
    this.#fromUs = fromUs;
    this.seconds = Math.max(1, Math.ceil(seconds / WINDOWS_MAX));
    this.#windows = Array.from({ length: Math.ceil(seconds / this.seconds) }, () => new Window());
  }

  due(dueUs: number): void {
    const window = this.#of(dueUs);
    if (window !== undefined) window.due++;
  }

  sentLate(dueUs: number, nowUs: number): void {
    const window = this.#of(dueUs);
    if (window !== undefined) window.lateMaxUs = Math.max(window.lateMaxUs, nowUs - dueUs);
  }

  listed(dueUs: number, nowUs: number): void {
    this.#of(dueUs)?.lists.record(nowUs - dueUs);
    const now = this.#of(nowUs);
    if (now !== undefined) now.listedWithin++;
  }

  acked(dueUs: number, nowUs: number): void {
    this.#of(dueUs)?.acks.record(nowUs - dueUs);
  }

  /** Latencies of clicks to lists that were due between two seconds of the measured time, whole pieces that begin in it. */
  between(fromSec: number, toSec: number): LatencyRow {
    const all = new LatencyRecorder(2);
    for (const [i, window] of this.#windows.entries()) {
      const atSec = i * this.seconds;
      if (atSec >= fromSec && atSec < toSec) all.add(window.lists);
    }
    return all.row();
  }

  save(): SavedWindow[] {
    return this.#windows.map(({ lists, acks, due, listedWithin, lateMaxUs }) => ({
      lists: lists.save(),
      acks: acks.save(),
      due,
      listedWithin,
      lateMaxUs,
    }));
  }

  /** Takes in those of another process, whose measured time was the same. */
  take(saved: readonly SavedWindow[]): void {
    for (const [i, { lists, acks, due, listedWithin, lateMaxUs }] of saved.entries()) {
      const window = this.#windows[i];
      window.lists.take(lists);
      window.acks.take(acks);
      window.due += due;
      window.listedWithin += listedWithin;
      window.lateMaxUs = Math.max(window.lateMaxUs, lateMaxUs);
    }
  }

  rows(): WindowRow[] {
    return this.#windows.map((window, i) => ({
      atSec: i * this.seconds,
      duePerSec: window.due / this.seconds,
      listedPerSec: window.listedWithin / this.seconds,
      p50: window.lists.at(50),
      p99: window.lists.at(99),
      max: window.lists.at(100),
      ackP99: window.acks.at(99),
      lateMax: window.lateMaxUs / 1_000,
    }));
  }

  #of(atUs: number): Window | undefined {
    return this.#windows[Math.floor((atUs - this.#fromUs) / 1e6 / this.seconds)];
  }
}
