import { CommunityLinks } from './community-links.js';

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
  /** The graph that is cut: `begin` it, and `add` its links. */
  readonly links: CommunityLinks;
  readonly #max: number;
  /** By community: degrees of its nodes, and links to the node that moves. */
  readonly #sum: Float64Array;
  readonly #pull: Float64Array;
  readonly #stack: Uint8Array;
  readonly #number: Uint8Array;
  /** Float64 [communities, communities]: links between communities. */
  readonly #between: Float64Array;

  /** For graphs of up to `max` nodes, 255 at most. */
  constructor(max: number) {
    this.#max = max;
    this.community = new Uint8Array(max);
    this.links = new CommunityLinks(max);
    this.#sum = new Float64Array(max);
    this.#pull = new Float64Array(max);
    this.#stack = new Uint8Array(max);
    this.#number = new Uint8Array(max);
    this.#between = new Float64Array(max * max);
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
    const { count } = this.links;
    const number = this.#number;
    number.fill(0, 0, count);
    let found = 0;
    for (let node = 0; node < count; node++) {
      if (number[node] !== 0) continue;
      number[node] = ++found;
      this.#stack[0] = node;
      for (let left = 1; left > 0;) left = this.#spread(left - 1, found);
    }
    for (let node = 0; node < count; node++) community[node] = number[node] - 1;
  }

  /** Numbers those of its community that the node on top of the stack is linked to, and puts them there in its place; the new height. */
  #spread(top: number, found: number): number {
    const { community } = this;
    const { near, stride, to, weight } = this.links;
    const number = this.#number;
    const from = this.#stack[top];
    const start = from * stride;
    let left = top;
    for (let i = start; i < start + near[from]; i++) {
      const other = to[i];
      if (number[other] !== 0 || community[other] !== community[from] || weight[i] <= 0) continue;
      number[other] = found;
      this.#stack[left++] = other;
    }
    return left;
  }

  /** True when a node moved. */
  #moveNodes(): boolean {
    const { count, degree, total } = this.links;
    if (total <= 0) return false;
    const { community } = this;
    const sum = this.#sum;
    sum.fill(0, 0, count);
    for (let node = 0; node < count; node++) sum[community[node]] += degree[node];
    let hasMoved = false;
    for (let node = 0; node < count; node++) {
      if (degree[node] === 0) continue;
      sum[community[node]] -= degree[node];
      const to = this.#bestFor(node);
      hasMoved ||= to !== community[node];
      community[node] = to;
      sum[to] += degree[node];
    }
    return hasMoved;
  }

  /** Where modularity gains most by the node: of communities that gain alike the one of least number, its own before all. */
  #bestFor(node: number): number {
    const { community } = this;
    const { degree, near, stride, to, total } = this.links;
    const pull = this.#pull;
    this.#pullAt(node);
    const own = community[node];
    const share = degree[node] / total;
    let best = own;
    let most = pull[own] - share * this.#sum[own] + GAIN_MIN;
    const start = node * stride;
    for (let i = start; i < start + near[node]; i++) {
      const other = community[to[i]];
      if (pull[other] === 0) continue;
      const gain = pull[other] - share * this.#sum[other];
      if (gain < most || (gain === most && (best === own || other >= best))) continue;
      most = gain;
      best = other;
    }
    return best;
  }

  /** What each community, of those that the node is linked to and its own, has of its links. */
  #pullAt(node: number): void {
    const { community } = this;
    const { near, stride, to, weight } = this.links;
    const pull = this.#pull;
    const start = node * stride;
    const end = start + near[node];
    pull[community[node]] = 0;
    for (let i = start; i < end; i++) pull[community[to[i]]] = 0;
    for (let i = start; i < end; i++) pull[community[to[i]]] += weight[i];
  }

  /** Numbers without gaps, in the order of the first nodes; how many there are. */
  #renumber(): number {
    const number = this.#number;
    const { count } = this.links;
    number.fill(0, 0, count);
    let found = 0;
    for (let node = 0; node < count; node++) {
      const was = this.community[node];
      if (number[was] === 0) number[was] = ++found;
      this.community[node] = number[was] - 1;
    }
    return found;
  }

  /** Joins the two communities that gain most by it, as long as two do; how many are left. */
  #join(found: number): number {
    if (this.links.total <= 0) return found;
    this.#countBetween(found);
    for (let left = found; left > 1; left--) if (!this.#joinTwo(found)) return this.#renumber();
    return this.#renumber();
  }

  #countBetween(found: number): void {
    const { community } = this;
    const { count, degree, near, stride, to, weight } = this.links;
    this.#sum.fill(0, 0, found);
    for (let a = 0; a < found; a++) this.#between.fill(0, a * this.#max, a * this.#max + found);
    for (let a = 0; a < count; a++) {
      this.#sum[community[a]] += degree[a];
      const row = community[a] * this.#max;
      for (let i = a * stride; i < a * stride + near[a]; i++)
        this.#between[row + community[to[i]]] += weight[i];
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
        const gain = links - (this.#sum[a] * this.#sum[b]) / this.links.total;
        if (gain <= most) continue;
        most = gain;
        into = a;
        gone = b;
      }
    if (into < 0) return false;
    for (let node = 0; node < this.links.count; node++)
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
