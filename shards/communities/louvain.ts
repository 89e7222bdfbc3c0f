import { degreesOf, joined, withinGroups, type WeightedLinks } from './weighted-links.js';

/** How often the nodes of a level are looked at, in the mean, and levels. Each move makes the modularity greater, so it would end by itself. */
const VISITS_MAX = 32;
const LEVELS_MAX = 32;
/** A gain below this part of a node's degree is none: rounding must not move a node to and fro. */
const GAIN_MIN = 1e-9;

/** Nodes in groups. */
export interface Cut {
  /** Int32 [nodes]: the group of each, from 0 without gaps. */
  readonly label: Int32Array;
  readonly labels: number;
}

/** A graph whose nodes may stand for several. */
interface Level {
  readonly links: WeightedLinks;
  /** Float64 [nodes]: weight of a node's links, and of all links in the part of the graph that it is cut with. */
  readonly degree: Float64Array;
  readonly total: Float64Array;
}

/**
 * Cuts a graph into communities of great modularity by Louvain's method (Blondel et al. 2008): nodes move, one after the other, to the
 * neighbouring community where modularity gains most; then each community becomes a node, until nothing gains. Communities hang
 * together. Deterministic: nodes in their order, ties stay.
 * @param groups each of these is cut by itself, as if there were no others
 * @param begin where nodes begin; each by itself when absent
 */
export function louvain(links: WeightedLinks, { groups, begin }: { groups?: Cut; begin?: Cut } = {}): Cut {
  const parts = groups ?? { label: new Int32Array(links.count), labels: 1 };
  const own = groups === undefined ? links : withinGroups(links, groups.label);
  let level = firstLevel(own, parts);
  let step = moved(level, begin === undefined ? singles(links.count) : hangingTogether(own, begin));
  let cut = step;
  for (let n = 1; n < LEVELS_MAX; n++) {
    level = nextLevel(level, step);
    step = moved(level, singles(level.links.count));
    if (step.labels === level.links.count) break;
    cut = composed(cut, step);
  }
  return hangingTogether(own, cut);
}

/** Modularity of a cut (Newman 2004), −0.5 to 1: the part of the weight inside communities above what chance would put there. */
export function modularityOf(links: WeightedLinks, { label, labels }: Cut): number {
  const degree = degreesOf(links);
  const inside = new Float64Array(labels);
  const sum = new Float64Array(labels);
  let total = 0;
  for (let node = 0; node < links.count; node++) {
    const c = label[node];
    sum[c] += degree[node];
    total += degree[node];
    inside[c] += links.inside[node];
    for (let i = links.start[node]; i < links.start[node + 1]; i++)
      if (label[links.to[i]] === c) inside[c] += links.weight[i];
  }
  if (total === 0) return 0;
  let modularity = 0;
  for (let c = 0; c < labels; c++) modularity += inside[c] / total - (sum[c] / total) ** 2;
  return modularity;
}

/** Groups whose nodes do not hang together become several. */
export function hangingTogether(links: WeightedLinks, { label }: Cut): Cut {
  const part = new Int32Array(links.count).fill(-1);
  const stack = new Int32Array(links.count);
  let labels = 0;
  for (let first = 0; first < links.count; first++) {
    if (part[first] >= 0) continue;
    part[first] = labels;
    stack[0] = first;
    for (let height = 1; height > 0;) {
      const node = stack[--height];
      for (let i = links.start[node]; i < links.start[node + 1]; i++) {
        const other = links.to[i];
        if (part[other] >= 0 || label[other] !== label[node]) continue;
        part[other] = labels;
        stack[height++] = other;
      }
    }
    labels++;
  }
  return { label: part, labels };
}

function firstLevel(links: WeightedLinks, { label, labels }: Cut): Level {
  const degree = degreesOf(links);
  const sums = new Float64Array(labels);
  for (let node = 0; node < links.count; node++) sums[label[node]] += degree[node];
  return { links, degree, total: Float64Array.from(label, (part) => sums[part]) };
}

function nextLevel({ links, total }: Level, cut: Cut): Level {
  const next = joined(links, cut.label, cut.labels);
  const totals = new Float64Array(cut.labels);
  for (let node = 0; node < links.count; node++) totals[cut.label[node]] = total[node];
  return { links: next, degree: degreesOf(next), total: totals };
}

/** Moves nodes until none gains by it: first each of them, then those whose neighbours have moved (Traag et al. 2019). */
function moved({ degree, links, total }: Level, begin: Cut): Cut {
  const { count, start, to } = links;
  const label = begin.label.slice();
  const sum = new Float64Array(begin.labels);
  const pull = new Float64Array(begin.labels);
  for (let node = 0; node < count; node++) sum[label[node]] += degree[node];
  const waiting = new WaitingNodes(count);
  for (let node = waiting.next(); node >= 0; node = waiting.next()) {
    if (degree[node] === 0) continue;
    const own = label[node];
    sum[own] -= degree[node];
    const best = bestFor(links, node, { label, sum, pull, share: degree[node] / total[node] });
    label[node] = best;
    sum[best] += degree[node];
    if (best === own) continue;
    for (let i = start[node]; i < start[node + 1]; i++) if (label[to[i]] !== best) waiting.add(to[i]);
  }
  return renumbered(label, begin.labels);
}

/** Nodes that may gain by a move, each once, in the order in which they came; at first all of them. */
class WaitingNodes {
  readonly #nodes: Int32Array;
  readonly #waits: Uint8Array;
  #first = 0;
  #count: number;
  #visitsLeft: number;

  constructor(count: number) {
    this.#nodes = Int32Array.from({ length: count }, (_, node) => node);
    this.#waits = new Uint8Array(count).fill(1);
    this.#count = count;
    this.#visitsLeft = VISITS_MAX * count;
  }

  /** The next one, which waits no more; −1 when none does, or when all had their visits. */
  next(): number {
    if (this.#count === 0 || this.#visitsLeft-- <= 0) return -1;
    const node = this.#nodes[this.#first];
    this.#first = (this.#first + 1) % this.#nodes.length;
    this.#count--;
    this.#waits[node] = 0;
    return node;
  }

  add(node: number): void {
    if (this.#waits[node] === 1) return;
    this.#waits[node] = 1;
    this.#nodes[(this.#first + this.#count++) % this.#nodes.length] = node;
  }
}

interface Moving {
  readonly label: Int32Array;
  readonly sum: Float64Array;
  readonly pull: Float64Array;
  /** The node's degree, as a part of all. */
  readonly share: number;
}

/** Where modularity gains most by a node: its own community unless another one is better. */
function bestFor({ start, to, weight }: WeightedLinks, node: number, { label, sum, pull, share }: Moving) {
  const end = start[node + 1];
  for (let i = start[node]; i < end; i++) pull[label[to[i]]] += weight[i];
  let best = label[node];
  let most = pull[best] - share * sum[best] + GAIN_MIN * share;
  for (let i = start[node]; i < end; i++) {
    const other = label[to[i]];
    const gain = pull[other] - share * sum[other];
    if (gain <= most) continue;
    most = gain;
    best = other;
  }
  for (let i = start[node]; i < end; i++) pull[label[to[i]]] = 0;
  return best;
}

function singles(count: number): Cut {
  return { label: Int32Array.from({ length: count }, (_, node) => node), labels: count };
}

function composed({ label }: Cut, step: Cut): Cut {
  return { label: label.map((c) => step.label[c]), labels: step.labels };
}

/** The same groups, numbered from 0 without gaps in the order of their first nodes. */
export function renumbered(label: Int32Array, labels: number): Cut {
  const number = new Int32Array(labels).fill(-1);
  let found = 0;
  const result = label.map((was) => (number[was] >= 0 ? number[was] : (number[was] = found++)));
  return { label: result, labels: found };
}
