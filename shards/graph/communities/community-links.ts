/**
 * A small weighted graph without direction, each node with the list of those it is linked to: a user's graph has about four links a
 * node, so that a list is far shorter than a row of a matrix. Used again for one graph after the other; nothing is allocated.
 */
export class CommunityLinks {
  /** Nodes of the graph. */
  count = 0;
  /** Weight of all links, each counted from both ends. */
  total = 0;
  /** Float64 [nodes]: weight of a node's links. */
  readonly degree: Float64Array;
  /** Uint8 [nodes]: how many it is linked to. */
  readonly near: Uint8Array;
  /** Those of node `a` lie at `a * stride`, in ascending order: Uint8 node and Float32 weight of the link. */
  readonly stride: number;
  readonly to: Uint8Array;
  readonly weight: Float32Array;

  /** For graphs of up to `max` nodes, 255 at most. */
  constructor(max: number) {
    this.stride = max;
    this.degree = new Float64Array(max);
    this.near = new Uint8Array(max);
    this.to = new Uint8Array(max * max);
    this.weight = new Float32Array(max * max);
  }

  /** Begins a graph of `count` nodes without links. */
  begin(count: number): void {
    this.count = count;
    this.total = 0;
    this.degree.fill(0, 0, count);
    this.near.fill(0, 0, count);
  }

  /** Links two nodes, not one with itself; weights of the same two add up. */
  add(a: number, b: number, weight: number): void {
    this.#addOne(a, b, weight);
    this.#addOne(b, a, weight);
    this.total += 2 * weight;
  }

  #addOne(from: number, to: number, weight: number): void {
    this.degree[from] += weight;
    const start = from * this.stride;
    let at = start + this.near[from];
    while (at > start && this.to[at - 1] > to) at--;
    if (at > start && this.to[at - 1] === to) {
      this.weight[at - 1] += weight;
      return;
    }
    for (let i = start + this.near[from]++; i > at; i--) {
      this.to[i] = this.to[i - 1];
      this.weight[i] = this.weight[i - 1];
    }
    this.to[at] = to;
    this.weight[at] = weight;
  }
}
