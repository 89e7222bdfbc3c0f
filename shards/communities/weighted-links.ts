/** An undirected weighted graph in rows: the links of node n are at `start[n]` to `start[n + 1]`, and each link stands in both its rows. */
export interface WeightedLinks {
  readonly count: number;
  /** Int32 [count + 1]. */
  readonly start: Int32Array;
  /** Int32 [links]: the other node. The same one may come twice; a node is never linked to itself. */
  readonly to: Int32Array;
  /** Float32 [links], above 0. */
  readonly weight: Float32Array;
  /** Float64 [count]: twice the weight inside a node, which stands for several. */
  readonly inside: Float64Array;
}

/** Makes the rows of a graph from its links: all of them are counted first, then put. */
export class LinkRows {
  readonly #start: Int32Array;
  #next: Int32Array | undefined;
  #to = new Int32Array(0);
  #weight = new Float32Array(0);

  constructor(count: number) {
    this.#start = new Int32Array(count + 1);
  }

  /** Says that there will be a link. */
  count(a: number, b: number): void {
    this.#start[a + 1]++;
    this.#start[b + 1]++;
  }

  /** Adds a link that was counted. One that was not is left out: what is counted may change meanwhile. */
  put(a: number, b: number, weight: number): void {
    const next = (this.#next ??= this.#open());
    if (next[a] === this.#start[a + 1] || next[b] === this.#start[b + 1]) return;
    this.#set(next[a]++, b, weight);
    this.#set(next[b]++, a, weight);
  }

  /** The graph. Of rows that were counted longer than they have become the rest is left out. */
  links(): WeightedLinks {
    const next = (this.#next ??= this.#open());
    const count = next.length;
    const start = new Int32Array(count + 1);
    for (let node = 0; node < count; node++) {
      const from = this.#start[node];
      this.#to.copyWithin(start[node], from, next[node]);
      this.#weight.copyWithin(start[node], from, next[node]);
      start[node + 1] = start[node] + next[node] - from;
    }
    const end = start[count];
    return {
      count,
      start,
      to: this.#to.slice(0, end),
      weight: this.#weight.slice(0, end),
      inside: new Float64Array(count),
    };
  }

  #open(): Int32Array {
    const start = this.#start;
    for (let node = 1; node < start.length; node++) start[node] += start[node - 1];
    this.#to = new Int32Array(start[start.length - 1]);
    this.#weight = new Float32Array(this.#to.length);
    return start.slice(0, -1);
  }

  #set(at: number, to: number, weight: number): void {
    this.#to[at] = to;
    this.#weight[at] = weight;
  }
}

/** Float64 [count]: weight of the links of each node, with twice what is inside it. */
export function degreesOf({ count, start, weight, inside }: WeightedLinks): Float64Array {
  const degrees = Float64Array.from(inside);
  for (let node = 0; node < count; node++)
    for (let i = start[node]; i < start[node + 1]; i++) degrees[node] += weight[i];
  return degrees;
}

/** The links of a graph that stay within a group. */
export function withinGroups(
  { count, start, to, weight, inside }: WeightedLinks,
  group: Int32Array,
): WeightedLinks {
  const kept = {
    start: new Int32Array(count + 1),
    to: new Int32Array(to.length),
    weight: new Float32Array(to.length),
  };
  let end = 0;
  for (let node = 0; node < count; node++) {
    for (let i = start[node]; i < start[node + 1]; i++) {
      if (group[to[i]] !== group[node]) continue;
      kept.to[end] = to[i];
      kept.weight[end++] = weight[i];
    }
    kept.start[node + 1] = end;
  }
  return { count, start: kept.start, to: kept.to.slice(0, end), weight: kept.weight.slice(0, end), inside };
}

/** The graph of the groups: one node for each label, 0 to `labels` − 1, and one link between two that were linked. */
export function joined(links: WeightedLinks, label: Int32Array, labels: number): WeightedLinks {
  const { order, from } = sortedByLabel(label, labels);
  const inside = new Float64Array(labels);
  const pull = new Float64Array(labels);
  const start = new Int32Array(labels + 1);
  const to = new Int32Array(links.to.length);
  const weight = new Float32Array(links.to.length);
  for (let c = 0; c < labels; c++) {
    const first = start[c];
    let end = first;
    for (let n = from[c]; n < from[c + 1]; n++) {
      const node = order[n];
      inside[c] += links.inside[node];
      for (let i = links.start[node]; i < links.start[node + 1]; i++) {
        const other = label[links.to[i]];
        if (other === c) inside[c] += links.weight[i];
        else {
          if (pull[other] === 0) to[end++] = other;
          pull[other] += links.weight[i];
        }
      }
    }
    for (let i = first; i < end; i++) {
      weight[i] = pull[to[i]];
      pull[to[i]] = 0;
    }
    start[c + 1] = end;
  }
  const end = start[labels];
  return { count: labels, start, to: to.slice(0, end), weight: weight.slice(0, end), inside };
}

/** Nodes in the order of their labels: those of label c are `order[from[c]]` to `order[from[c + 1] − 1]`. */
function sortedByLabel(label: Int32Array, labels: number): { order: Int32Array; from: Int32Array } {
  const from = new Int32Array(labels + 1);
  for (const c of label) from[c + 1]++;
  for (let c = 0; c < labels; c++) from[c + 1] += from[c];
  const next = from.slice();
  const order = new Int32Array(label.length);
  for (let node = 0; node < label.length; node++) order[next[label[node]]++] = node;
  return { order, from };
}
