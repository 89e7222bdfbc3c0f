import { LatencyRecorder, type LatencyRow } from '../../../loadtest/load/recorder.js';

/** What kinds of broken promise there are. `lost`: an acknowledged event, a list or an ack that never came. */
export type ProblemKind = 'lost' | 'list' | 'closed' | 'answer' | 'late';

/** Problems of one kind that showed in one window: how many, and the first in words. */
export interface ProblemRow {
  readonly window: string;
  readonly kind: ProblemKind;
  count: number;
  readonly first: string[];
}

/** All that honest shoppers found, latencies in ms by window and by phase. */
export interface FindingsReport {
  readonly clicks: number;
  readonly overloaded: number;
  readonly ranks: number;
  readonly httpCalls: number;
  readonly reconnects: number;
  readonly latencies: Readonly<Record<string, LatencyRow>>;
  readonly problems: readonly ProblemRow[];
}

/** Words kept of problems of one kind and window. */
const WORDS_MAX = 3;

/** What is going on: an attack by name, and which half of the run it belongs to. */
export interface Window {
  readonly name: string;
  readonly phase: string;
}

/** Where honest shoppers write down what happened to them. A click counts to the window in which it was sent. */
export class Findings {
  window: Window = { name: 'warm-up', phase: 'warm-up' };
  clicks = 0;
  /** Answers `overloaded`; the contract allows them. */
  overloaded = 0;
  ranks = 0;
  httpCalls = 0;
  reconnects = 0;
  readonly #latencies = new Map<string, LatencyRecorder>();
  readonly #problems = new Map<string, ProblemRow>();

  /** From click to the last of its lists. */
  listed({ name, phase }: Window, latencyUs: number): void {
    for (const key of new Set([name, phase])) this.#recorderOf(key).record(latencyUs);
  }

  problem(kind: ProblemKind, words: string, window = this.window): void {
    const key = `${window.name} ${kind}`;
    const row = this.#problems.get(key) ?? { window: window.name, kind, count: 0, first: [] };
    row.count++;
    if (row.first.length < WORDS_MAX) row.first.push(words.slice(0, 300));
    this.#problems.set(key, row);
  }

  report(): FindingsReport {
    const { clicks, overloaded, ranks, httpCalls, reconnects } = this;
    const latencies = Object.fromEntries(
      [...this.#latencies].map(([name, recorder]) => [name, recorder.row()]),
    );
    const problems = [...this.#problems.values()];
    return { clicks, overloaded, ranks, httpCalls, reconnects, latencies, problems };
  }

  #recorderOf(name: string): LatencyRecorder {
    const recorder = this.#latencies.get(name) ?? new LatencyRecorder();
    this.#latencies.set(name, recorder);
    return recorder;
  }
}
