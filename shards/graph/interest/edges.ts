import { decay } from '../decay.js';
import type { InterestSlabs } from './interest-slabs.js';

/** Position of the edge `from → to` in the edge arrays, −1 when there is none. */
export function findEdge(slabs: InterestSlabs, row: number, from: number, to: number): number {
  const start = slabs.edgeStart[row];
  for (let i = start; i < start + slabs.edgeCount[row]; i++) {
    if (slabs.edgeFrom[i] === from && slabs.edgeTo[i] === to) return i;
  }
  return -1;
}

/**
 * Adds edges to users' graphs. Past the bound the weakest edge makes room: an edge, unlike a node, stands for a habit that
 * shows again when it matters.
 */
export class Edges {
  readonly #slabs: InterestSlabs;
  readonly #halfLifeMs: number;

  /** An edge loses half of its weight in `halfLifeMs`. */
  constructor(slabs: InterestSlabs, halfLifeMs: number) {
    this.#slabs = slabs;
    this.#halfLifeMs = halfLifeMs;
  }

  /** Adds 1 to the decayed weight of the edge `from → to` and returns its position. */
  add(row: number, from: number, to: number, nowMs: number): number {
    const slabs = this.#slabs;
    let at = findEdge(slabs, row, from, to);
    if (at < 0) at = this.#begin(from, to, roomForEdge(slabs, row, nowMs, this.#halfLifeMs), nowMs);
    slabs.edgeWeight[at] = slabs.edgeWeight[at] * decay(nowMs - slabs.edgeAt[at], this.#halfLifeMs) + 1;
    slabs.edgeAt[at] = Math.max(slabs.edgeAt[at], nowMs);
    return at;
  }

  /** Leaves `left`, 0 to 1, of the weight of each edge at a node. */
  weaken(row: number, node: number, left: number): void {
    const slabs = this.#slabs;
    const start = slabs.edgeStart[row];
    for (let at = start; at < start + slabs.edgeCount[row]; at++)
      if (slabs.edgeFrom[at] === node || slabs.edgeTo[at] === node) slabs.edgeWeight[at] *= left;
  }

  /** Weight of the edge at position `at` at `nowMs`, decayed. */
  weightAt(at: number, nowMs: number): number {
    const { edgeAt, edgeWeight } = this.#slabs;
    return edgeWeight[at] * decay(nowMs - edgeAt[at], this.#halfLifeMs);
  }

  /** Adds the edge at position `source`, of another user, to the edge `from → to`. No weight decays: what is brought over is not old. */
  bring(row: number, from: number, to: number, source: number): void {
    const slabs = this.#slabs;
    const atMs = slabs.edgeAt[source];
    let at = findEdge(slabs, row, from, to);
    if (at < 0) at = this.#begin(from, to, roomForEdge(slabs, row, atMs, Infinity), atMs);
    slabs.edgeWeight[at] += slabs.edgeWeight[source];
    slabs.edgeTogether[at] += slabs.edgeTogether[source];
    slabs.edgeAt[at] = Math.max(slabs.edgeAt[at], atMs);
  }

  #begin(from: number, to: number, at: number, nowMs: number): number {
    const slabs = this.#slabs;
    slabs.edgeFrom[at] = from;
    slabs.edgeTo[at] = to;
    slabs.edgeWeight[at] = 0;
    slabs.edgeTogether[at] = 0;
    slabs.edgeAt[at] = nowMs;
    return at;
  }
}

function roomForEdge(slabs: InterestSlabs, row: number, nowMs: number, halfLifeMs: number): number {
  const start = slabs.edgeStart[row];
  const count = slabs.edgeCount[row];
  if (count < slabs.bounds.edges) {
    slabs.edges.reserve(row, count + 1, count);
    return slabs.edgeStart[row] + slabs.edgeCount[row]++;
  }
  let weakest = start;
  let least = Infinity;
  for (let i = start; i < start + slabs.bounds.edges; i++) {
    const weight = slabs.edgeWeight[i] * decay(nowMs - slabs.edgeAt[i], halfLifeMs);
    if (weight >= least) continue;
    least = weight;
    weakest = i;
  }
  return weakest;
}

function removeEdgeAt(slabs: InterestSlabs, row: number, at: number): void {
  const last = slabs.edgeStart[row] + --slabs.edgeCount[row];
  slabs.edgeFrom[at] = slabs.edgeFrom[last];
  slabs.edgeTo[at] = slabs.edgeTo[last];
  slabs.edgeWeight[at] = slabs.edgeWeight[last];
  slabs.edgeAt[at] = slabs.edgeAt[last];
  slabs.edgeTogether[at] = slabs.edgeTogether[last];
}

/** Makes every edge of node `gone` an edge of node `into`, merging doubles and dropping loops. */
export function redirectEdges(slabs: InterestSlabs, row: number, gone: number, into: number): void {
  const start = slabs.edgeStart[row];
  for (let i = start; i < start + slabs.edgeCount[row];) {
    const from = slabs.edgeFrom[i] === gone ? into : slabs.edgeFrom[i];
    const to = slabs.edgeTo[i] === gone ? into : slabs.edgeTo[i];
    const touched = from !== slabs.edgeFrom[i] || to !== slabs.edgeTo[i];
    const double = touched ? findEdge(slabs, row, from, to) : -1;
    if (touched && (from === to || double >= 0)) {
      if (double >= 0 && from !== to) {
        slabs.edgeWeight[double] += slabs.edgeWeight[i];
        slabs.edgeTogether[double] += slabs.edgeTogether[i];
        slabs.edgeAt[double] = Math.max(slabs.edgeAt[double], slabs.edgeAt[i]);
      }
      removeEdgeAt(slabs, row, i);
      continue;
    }
    slabs.edgeFrom[i] = from;
    slabs.edgeTo[i] = to;
    i++;
  }
}

/** Renumbers node `from` to `to` in all edges, after the node moved within its row. */
export function renumberEdges(slabs: InterestSlabs, row: number, from: number, to: number): void {
  const start = slabs.edgeStart[row];
  for (let i = start; i < start + slabs.edgeCount[row]; i++) {
    if (slabs.edgeFrom[i] === from) slabs.edgeFrom[i] = to;
    if (slabs.edgeTo[i] === from) slabs.edgeTo[i] = to;
  }
}
