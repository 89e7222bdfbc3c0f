/** Rounds in which nodes may move. Each move makes the modularity greater, so it would end by itself; small graphs need two or three. */
export const PASSES_MAX = 8;
/** A gain below this is none: rounding must not move a node to and fro. */
const GAIN_MIN = 1e-7;

/**
 * Cuts a small weighted graph into communities of great modularity, as Louvain does (Blondel et al. 2008): nodes move, one after the
 * other, to the neighbouring community where modularity gains most, then whole communities join as long as it gains. It begins with
 * the communities of the time before, taken apart where they no longer hang together (as Leiden would), so that little moves from click
 * to click. Deterministic: nodes in their order, ties stay. One per shard; what is given is used again.
 */
export class CommunityFinder {
  /** Uint8 [nodes]: before `find` where each node begins, any numbers; after it its community, from 0 without gaps. */
  readonly community: Uint8Array;
  readonly #max: number;
  /** Float32 [nodes, nodes], symmetric, row-major with `max` numbers a row. */
  readonly #links: Float32Array;
  readonly #degree: Float64Array;
  /** By community: degrees of its nodes, and links to the node that moves. */
  readonly #sum: Float64Array;
  readonly #pull: Float64Array;
  readonly #stack: Uint8Array;
  readonly #number: Uint8Array;
  /** Float64 [communities, communities]: links between communities. */
  readonly #between: Float64Array;
  #count = 0;
  #total = 0;

  /** For graphs of up to `max` nodes, 255 at most. */
  constructor(max: number) {
    this.#max = max;
    this.community = new Uint8Array(max);
    this.#links = new Float32Array(max * max);
    this.#degree = new Float64Array(max);
    this.#sum = new Float64Array(max);
    this.#pull = new Float64Array(max);
    this.#stack = new Uint8Array(max);
    this.#number = new Uint8Array(max);
    this.#between = new Float64Array(max * max);
  }

  /** Begins a graph of `count` nodes without links. */
  begin(count: number): void {
    this.#count = count;
    this.#total = 0;
    for (let a = 0; a < count; a++) this.#links.fill(0, a * this.#max, a * this.#max + count);
    this.#degree.fill(0, 0, count);
  }

  /** Links two nodes, not one with itself; weights of the same two add up. */
  link(a: number, b: number, weight: number): void {
    this.#links[a * this.#max + b] += weight;
    this.#links[b * this.#max + a] += weight;
    this.#degree[a] += weight;
    this.#degree[b] += weight;
    this.#total += 2 * weight;
  }

  /** Communities found, whose numbers are in `community`. */
  find(): number {
    this.#takeApart();
    let passes = 0;
    while (passes < PASSES_MAX && this.#moveNodes()) passes++;
    return this.#join(this.#renumber());
  }

  /** Communities whose nodes do not hang together become several. */
  #takeApart(): void {
    const { community } = this;
    const number = this.#number;
    number.fill(0, 0, this.#count);
    let found = 0;
    for (let node = 0; node < this.#count; node++) {
      if (number[node] !== 0) continue;
      found++;
      number[node] = found;
      this.#stack[0] = node;
      for (let left = 1; left > 0;) {
        const from = this.#stack[--left];
        for (let to = 0; to < this.#count; to++) {
          if (number[to] !== 0 || community[to] !== community[from]) continue;
          if (this.#links[from * this.#max + to] <= 0) continue;
          number[to] = found;
          this.#stack[left++] = to;
        }
      }
    }
    for (let node = 0; node < this.#count; node++) community[node] = number[node] - 1;
  }

  /** True when a node moved. */
  #moveNodes(): boolean {
    if (this.#total <= 0) return false;
    const { community } = this;
    const sum = this.#sum;
    sum.fill(0, 0, this.#count);
    for (let node = 0; node < this.#count; node++) sum[community[node]] += this.#degree[node];
    let hasMoved = false;
    for (let node = 0; node < this.#count; node++) {
      if (this.#degree[node] === 0) continue;
      sum[community[node]] -= this.#degree[node];
      const to = this.#bestFor(node);
      hasMoved ||= to !== community[node];
      community[node] = to;
      sum[to] += this.#degree[node];
    }
    return hasMoved;
  }

  #bestFor(node: number): number {
    const { community } = this;
    const pull = this.#pull;
    const row = node * this.#max;
    pull.fill(0, 0, this.#count);
    for (let other = 0; other < this.#count; other++)
      if (other !== node) pull[community[other]] += this.#links[row + other];
    const share = this.#degree[node] / this.#total;
    let best = community[node];
    let most = pull[best] - share * this.#sum[best] + GAIN_MIN;
    for (let to = 0; to < this.#count; to++) {
      if (pull[to] === 0) continue;
      const gain = pull[to] - share * this.#sum[to];
      if (gain <= most) continue;
      most = gain;
      best = to;
    }
    return best;
  }

  /** Numbers without gaps, in the order of the first nodes; how many there are. */
  #renumber(): number {
    const number = this.#number;
    number.fill(0, 0, this.#count);
    let found = 0;
    for (let node = 0; node < this.#count; node++) {
      const was = this.community[node];
      if (number[was] === 0) number[was] = ++found;
      this.community[node] = number[was] - 1;
    }
    return found;
  }

  /** Joins the two communities that gain most by it, as long as two do; how many are left. */
  #join(found: number): number {
    if (this.#total <= 0) return found;
    this.#countBetween(found);
    for (let left = found; left > 1; left--) if (!this.#joinTwo(found)) return this.#renumber();
    return this.#renumber();
  }

  #countBetween(found: number): void {
    const { community } = this;
    this.#sum.fill(0, 0, found);
    for (let a = 0; a < found; a++) this.#between.fill(0, a * this.#max, a * this.#max + found);
    for (let a = 0; a < this.#count; a++) {
      this.#sum[community[a]] += this.#degree[a];
      for (let b = 0; b < this.#count; b++)
        this.#between[community[a] * this.#max + community[b]] += this.#links[a * this.#max + b];
    }
  }

  #joinTwo(found: number): boolean {
    let most = GAIN_MIN;
    let into = -1;
    let gone = -1;
    for (let a = 0; a < found; a++)
      for (let b = a + 1; b < found; b++) {
        const links = this.#between[a * this.#max + b];
        if (links === 0) continue;
        const gain = links - (this.#sum[a] * this.#sum[b]) / this.#total;
        if (gain <= most) continue;
        most = gain;
        into = a;
        gone = b;
      }
    if (into < 0) return false;
    for (let node = 0; node < this.#count; node++)
      if (this.community[node] === gone) this.community[node] = into;
    this.#sum[into] += this.#sum[gone];
    this.#sum[gone] = 0;
    for (let c = 0; c < found; c++) {
      this.#between[into * this.#max + c] += this.#between[gone * this.#max + c];
      this.#between[c * this.#max + into] = this.#between[into * this.#max + c];
      this.#between[gone * this.#max + c] = this.#between[c * this.#max + gone] = 0;
    }
    return true;
  }
}
