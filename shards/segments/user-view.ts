import { readGraph } from '../disclosure/read-graph.js';
import type { ReturnHead } from '../../model/intent/return-head.js';
import type { InterestGraph } from '../graph/interest/interest-graph.js';
import type { GraphNode, UserInterest } from '../graph/user-graph.js';
import { readNearestRisk } from '../graph/return-risk.js';
import type { NumberFact, Scalar } from '../graph/segment-rule.js';

const DAY_MS = 86_400_000;

/** What rules see of one user: read when it is asked for, and once. */
export class UserView {
  readonly #graph: InterestGraph;
  readonly #row: number;
  readonly #nowMs: number;
  readonly #returns: ReturnHead | undefined;
  #interests: { readonly nodes: readonly GraphNode[]; readonly all: readonly UserInterest[] } | undefined;
  #attributes: Readonly<Record<string, Scalar>> | undefined;

  /** @param returns says who does not come back; undefined: nobody knows. */
  constructor(graph: InterestGraph, row: number, nowMs: number, returns: ReturnHead | undefined) {
    this.#returns = returns;
    this.#graph = graph;
    this.#row = row;
    this.#nowMs = nowMs;
  }

  /** `spend` in the shop's currency, counts so far, days since the last click, the probability not to come back, 0..1. NaN where it is not known. */
  number(fact: NumberFact): number {
    const { facts, lastClickMs } = this.#graph.slabs;
    switch (fact) {
      case 'spend':
        return facts.spend[this.#row];
      case 'purchases':
        return facts.purchases[this.#row];
      case 'visits':
        return facts.visits[this.#row];
      case 'recencyDays':
        return lastClickMs[this.#row] === 0 ? NaN : (this.#nowMs - lastClickMs[this.#row]) / DAY_MS;
      case 'risk':
        return readNearestRisk(facts, this.#row, this.#nowMs, this.#returns)?.risk ?? NaN;
    }
  }

  /** What a client said of the user under that name. */
  attribute(name: string): Scalar | undefined {
    const text = this.#graph.slabs.facts.attributes[this.#row];
    this.#attributes ??= text === '' ? {} : (JSON.parse(text) as Record<string, Scalar>);
    return Object.hasOwn(this.#attributes, name) ? this.#attributes[name] : undefined;
  }

  /** The interest that the node belongs to; undefined when they have no such node, or it belongs to none. */
  interestOf(kind: number, key: number): UserInterest | undefined {
    this.#interests ??= this.#read();
    const node = this.#interests.nodes.find((other) => other.kind === kind && other.key === key);
    if (node === undefined || node.interest === 0 || node.weight <= 0) return undefined;
    return this.#interests.all.find(({ id }) => id === node.interest);
  }

  #read(): { readonly nodes: readonly GraphNode[]; readonly all: readonly UserInterest[] } {
    const { nodes, interests } = readGraph(this.#graph, this.#row, this.#nowMs);
    return { nodes, all: interests };
  }
}
