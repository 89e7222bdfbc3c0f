import { RECORD } from '../../../model/catalogue/shared-catalogue.js';
import { decay } from '../decay.js';
import { strangerMark } from './distinct-shoppers.js';
import { LINK_DISTANCE, pageOfItem, type InteractionGraph } from './interaction-graph.js';

/**
 * Learns sessions of the past into an empty interaction graph, as `InteractionGraph.learn` would click by click, in a fraction
 * of the time: a click counts from the first with what is left of it at `nowMs`, so that no row is decayed on the way. What is
 * stored differs in its rounding, and rows are as of `nowMs`. `end` has to be called once, behind the last session.
 */
export class HistoryLearner {
  readonly #graph: InteractionGraph;
  readonly #nowMs: number;
  /** What is left of a click of the session that is learned, by half-life. */
  #transition = 1;
  #popular = 1;
  #recent = 1;
  #sessions = 0;

  /** @param nowMs epoch ms that weights are as of; no session is later */
  constructor(graph: InteractionGraph, nowMs: number) {
    this.#graph = graph;
    this.#nowMs = nowMs;
  }

  /** Learns a session of the first `count` of `items`, of which no two that follow each other are the same; it is of `ageMs` ago. */
  learn(items: Int32Array, count: number, ageMs: number): void {
    if (count === 0) return;
    const { times } = this.#graph;
    this.#transition = decay(ageMs, times.transitionHalfLifeMs);
    this.#popular = decay(ageMs, times.popularHalfLifeMs);
    this.#recent = decay(ageMs, times.recentHalfLifeMs);
    const session = this.#graph.openSession(strangerMark(this.#sessions++));
    for (let i = 0; i < count; i++) {
      const item = items[i];
      this.#graph.appendToSession(session, item);
      this.#count(item, session);
      for (let d = 1; d <= LINK_DISTANCE && d <= i; d++) {
        if (items[i - d] === item) continue;
        this.#link(item, items[i - d], -d);
        this.#link(items[i - d], item, d);
      }
    }
  }

  /** Says of what was learned as of when it is, and that it is not stored. */
  end(): void {
    const { arrays, records, shared, dirtyItemPages } = this.#graph;
    for (let item = 0; item < shared.bounds.items; item++) {
      if (records.float32[item * RECORD.words + RECORD.popular] === 0) continue;
      records.float64[(item * RECORD.words + RECORD.popularAt) / 2] = this.#nowMs;
      if (arrays.rowCount[item] > 0) arrays.rowAt[item] = this.#nowMs;
      dirtyItemPages.add(pageOfItem(item));
    }
  }

  #count(item: number, session: number): void {
    const { float32 } = this.#graph.records;
    const at = item * RECORD.words;
    float32[at + RECORD.popular] += this.#popular;
    float32[at + RECORD.recent] += this.#recent;
    this.#graph.noteSession(item, session);
  }

  /** Counts in a row that `other` was clicked `steps` clicks after its item; before it, where negative. */
  #link(row: number, other: number, steps: number): void {
    const { arrays } = this.#graph;
    const at = this.#graph.entry(row, other);
    const share = this.#transition;
    arrays.together[at] += share / Math.abs(steps);
    if (steps === -1) arrays.before[at] += share;
    if (steps !== 1) return;
    arrays.next[at] += share;
    arrays.outgoing[row] += share;
  }
}
