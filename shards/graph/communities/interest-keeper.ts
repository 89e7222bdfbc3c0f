import { invariant } from '../../../metrics/invariant.js';
import { decay } from '../decay.js';
import { INTERESTS_MAX } from '../interest-rows.js';
import { NODE, type InterestSlabs } from '../interest/interest-slabs.js';
import { weightOf } from '../interest/nodes.js';
import { CommunityFinder } from './community-finder.js';

/** How strongly an edge ties an item to its category and to its brand; other edges count as they are. */
const CATEGORY_PULL = 2;
const BRAND_PULL = 0.5;
/** Weight that every node has when it is looked which communities are the same: one that the shopper dislikes counts too. */
const NODE_LEAST = 0.01;
/** Part of a new share that goes into the smoothed one with each event. */
const SHARE_RATE = 0.25;
/** Clicks after which a graph is settled: until then each event may change what belongs together. */
export const SETTLED_CLICKS = 12;
/** Clicks between two cuts of a settled graph. */
export const CUT_EVERY = 4;
/** As `SHARE_RATE`, of all clicks since the cut before. */
const SETTLED_RATE = 1 - (1 - SHARE_RATE) ** CUT_EVERY;
/** An interest that was not touched for so long is back when it is. */
export const INTEREST_PAUSE_MS = 7 * 86_400_000;

/** Time constants of the graph that it reads. */
interface HalfLives {
  readonly nodeHalfLifeMs: number;
  readonly edgeHalfLifeMs: number;
}

/**
 * Keeps the interests of a user: the communities of their graph, each under an id that stays while it lives. After each event of the
 * first clicks, of the shopper and of each session, and from then on after every fourth click, the graph is cut anew, beginning with
 * the communities so far; then those of before and now are matched by the weight that they have in common, the greatest first. What is
 * left without an id gets a new one, strongest first, as far as there is room. Between two cuts a new node is of the interest that it
 * hangs on most, and shares stay.
 *
 * It reads counted weights and times alone, no vectors: they round differently in other batches, and a journal replayed must lead to the
 * same ids. One per served model; nothing of a user stays in it. Nothing is allocated.
 */
export class InterestKeeper {
  readonly #slabs: InterestSlabs;
  readonly #times: HalfLives;
  readonly #finder: CommunityFinder;
  /** By node: decayed weight, 0 at least. */
  readonly #weight: Float64Array;
  /** By node: place of the interest that it was of, −1 for none. */
  readonly #before: Int8Array;
  /** By community: weight, whether it is an interest, last touch, its id. */
  readonly #mass: Float64Array;
  readonly #isMeant: Uint8Array;
  readonly #lastMs: Float64Array;
  readonly #id: Uint16Array;
  /** Float64 [communities, interests of before]: weight in common. */
  readonly #common: Float64Array;
  /** Interests of before, by their place. */
  readonly #isTaken = new Uint8Array(INTERESTS_MAX);
  readonly #shareBefore = new Float32Array(INTERESTS_MAX);
  readonly #atBefore = new Float64Array(INTERESTS_MAX);
  readonly #bornBefore = new Uint32Array(INTERESTS_MAX);
  readonly #backBefore = new Uint32Array(INTERESTS_MAX);
  readonly #idBefore = new Uint16Array(INTERESTS_MAX);

  constructor(slabs: InterestSlabs, times: HalfLives) {
    const { nodes } = slabs.bounds;
    invariant(nodes + INTERESTS_MAX <= 256, 'nodes and interests are told apart by one byte');
    this.#slabs = slabs;
    this.#times = times;
    this.#finder = new CommunityFinder(nodes);
    this.#weight = new Float64Array(nodes);
    this.#before = new Int8Array(nodes);
    this.#mass = new Float64Array(nodes);
    this.#isMeant = new Uint8Array(nodes);
    this.#lastMs = new Float64Array(nodes);
    this.#id = new Uint16Array(nodes);
    this.#common = new Float64Array(nodes * INTERESTS_MAX);
  }

  /** Brings the interests of the user in `row` up to date with their graph after an event of `items` items. */
  update(row: number, items: number): void {
    if (this.#isUnsettled(row) || this.#slabs.order[row] % CUT_EVERY < items) this.cut(row);
    else this.#joinNew(row);
  }

  /** True while each event cuts: with the first clicks of a shopper, and of a session. */
  #isUnsettled(row: number): boolean {
    const { order, sessionOrder } = this.#slabs;
    return order[row] <= SETTLED_CLICKS || order[row] < sessionOrder[row] + CUT_EVERY;
  }

  /** Gives nodes without an interest that of the node to which their strongest edge leads. */
  #joinNew(row: number): void {
    const { nodeCount, nodeStart, nodeKind, nodeInterest } = this.#slabs;
    const { edgeStart, edgeCount, edgeFrom, edgeTo, edgeWeight } = this.#slabs;
    const start = nodeStart[row];
    this.#weight.fill(0, 0, nodeCount[row]);
    this.#id.fill(0, 0, nodeCount[row]);
    for (let i = edgeStart[row]; i < edgeStart[row] + edgeCount[row]; i++) {
      const weight = edgeWeight[i] * pullOf(nodeKind[start + edgeTo[i]]);
      const from = nodeInterest[start + edgeFrom[i]];
      const to = nodeInterest[start + edgeTo[i]];
      if (from === 0) this.#offer(edgeFrom[i], to, weight);
      if (to === 0) this.#offer(edgeTo[i], from, weight);
    }
    for (let node = 0; node < nodeCount[row]; node++)
      if (nodeInterest[start + node] === 0) nodeInterest[start + node] = this.#id[node];
  }

  #offer(node: number, interest: number, weight: number): void {
    if (interest === 0 || weight <= this.#weight[node]) return;
    this.#weight[node] = weight;
    this.#id[node] = interest;
  }

  /** Cuts the graph of the user in `row` anew, as of its last touch. */
  cut(row: number): void {
    const count = this.#slabs.nodeCount[row];
    if (count === 0) return;
    this.#link(row, count, lastTouch(this.#slabs, row));
    const found = this.#finder.find();
    this.#weigh(row, count, found);
    this.#match(row, found);
    this.#nameNew(row, found);
    this.#write(row, count, found);
  }

  /** Gives the finder the graph, with the communities of before. */
  #link(row: number, count: number, nowMs: number): void {
    const { nodeStart, nodeKind, nodeInterest, edgeStart, edgeCount, edgeFrom, edgeTo } = this.#slabs;
    const { edgeWeight, edgeAt, rows } = this.#slabs;
    const finder = this.#finder;
    const start = nodeStart[row];
    finder.links.begin(count);
    for (let node = 0; node < count; node++) {
      this.#weight[node] = Math.max(
        0,
        weightOf(this.#slabs, start + node, nowMs, this.#times.nodeHalfLifeMs),
      );
      const before = rows.find(row, nodeInterest[start + node]);
      this.#before[node] = before;
      // Those without an interest begin alone.
      finder.community[node] = before >= 0 ? before : INTERESTS_MAX + node;
    }
    // Edges of one click lie together, and are of one age.
    let atMs = nowMs;
    let left = 1;
    for (let i = edgeStart[row]; i < edgeStart[row] + edgeCount[row]; i++) {
      if (edgeFrom[i] === edgeTo[i]) continue;
      if (edgeAt[i] !== atMs) {
        atMs = edgeAt[i];
        left = decay(nowMs - atMs, this.#times.edgeHalfLifeMs);
      }
      const weight = edgeWeight[i] * left;
      finder.links.add(edgeFrom[i], edgeTo[i], weight * pullOf(nodeKind[start + edgeTo[i]]));
    }
  }

  /** What each community weighs, and what it has in common with the interests of before. */
  #weigh(row: number, count: number, found: number): void {
    const { nodeStart, nodeKind, nodeKey, nodeAt } = this.#slabs;
    this.#mass.fill(0, 0, found);
    this.#isMeant.fill(0, 0, found);
    this.#lastMs.fill(0, 0, found);
    this.#id.fill(0, 0, found);
    this.#common.fill(0, 0, found * INTERESTS_MAX);
    for (let node = 0; node < count; node++) {
      const at = nodeStart[row] + node;
      const c = this.#finder.community[node];
      this.#mass[c] += this.#weight[node];
      this.#lastMs[c] = Math.max(this.#lastMs[c], nodeAt[at]);
      const isNameless = nodeKind[at] === NODE.brand || nodeKey[at] < 0;
      if (!isNameless && this.#weight[node] > 0) this.#isMeant[c] = 1;
      const before = this.#before[node];
      if (before >= 0) this.#common[c * INTERESTS_MAX + before] += this.#weight[node] + NODE_LEAST;
    }
  }

  /** Interests of before go on in the communities that have most of them, the greatest part first. */
  #match(row: number, found: number): void {
    const { rows } = this.#slabs;
    const known = rows.interestCount[row];
    this.#isTaken.fill(0);
    for (let left = Math.min(known, found); left > 0; left--) {
      let most = 0;
      let at = -1;
      for (let c = 0; c < found; c++) {
        if (this.#id[c] !== 0) continue;
        for (let before = 0; before < known; before++) {
          const common = this.#common[c * INTERESTS_MAX + before];
          if (common <= most || this.#isTaken[before] === 1) continue;
          most = common;
          at = c * INTERESTS_MAX + before;
        }
      }
      if (at < 0) return;
      const before = at % INTERESTS_MAX;
      this.#isTaken[before] = 1;
      this.#id[(at - before) / INTERESTS_MAX] = rows.interestId[rows.interestStart[row] + before];
    }
  }

  /** Communities without an id get one, the heaviest first; where there are too many, the lightest of all have none. */
  #nameNew(row: number, found: number): void {
    let named = 0;
    for (let c = 0; c < found; c++) {
      if (this.#isMeant[c] === 0) this.#id[c] = 0;
      if (this.#id[c] !== 0) named++;
    }
    for (;;) {
      const heaviest = this.#extreme(found, false);
      if (heaviest < 0) return;
      if (named === INTERESTS_MAX) {
        const lightest = this.#extreme(found, true);
        if (this.#mass[lightest] >= this.#mass[heaviest]) return;
        this.#id[lightest] = 0;
        this.#isMeant[lightest] = 0;
        named--;
      }
      this.#id[heaviest] = this.#slabs.rows.newId(row);
      named++;
    }
  }

  /** The lightest community with an id, or the heaviest that could have one; −1: there is none. */
  #extreme(found: number, isNamed: boolean): number {
    let at = -1;
    for (let c = 0; c < found; c++) {
      if (this.#isMeant[c] === 0 || (this.#id[c] !== 0) !== isNamed) continue;
      if (at < 0 || (isNamed ? this.#mass[c] < this.#mass[at] : this.#mass[c] > this.#mass[at])) at = c;
    }
    return at;
  }

  #write(row: number, count: number, found: number): void {
    const { nodeStart, nodeInterest } = this.#slabs;
    for (let node = 0; node < count; node++)
      nodeInterest[nodeStart[row] + node] = this.#id[this.#finder.community[node]];
    this.#keepBefore(row);
    let total = 0;
    let named = 0;
    for (let c = 0; c < found; c++) {
      if (this.#id[c] === 0) continue;
      total += this.#mass[c];
      named++;
    }
    const { rows } = this.#slabs;
    const known = rows.interestCount[row];
    rows.interests.reserve(row, named, 0);
    rows.interestCount[row] = named;
    let at = rows.interestStart[row];
    for (let c = 0; c < found; c++) if (this.#id[c] !== 0) this.#writeOne(row, at++, c, { total, known });
  }

  /** The rows are written over in another order. */
  #keepBefore(row: number): void {
    const { rows } = this.#slabs;
    const start = rows.interestStart[row];
    for (let n = 0; n < rows.interestCount[row]; n++) {
      this.#idBefore[n] = rows.interestId[start + n];
      this.#shareBefore[n] = rows.interestShare[start + n];
      this.#atBefore[n] = rows.interestAt[start + n];
      this.#bornBefore[n] = rows.interestBorn[start + n];
      this.#backBefore[n] = rows.interestBack[start + n];
    }
  }

  #writeOne(row: number, at: number, c: number, { total, known }: Totals): void {
    const { rows, order } = this.#slabs;
    const share = total > 0 ? this.#mass[c] / total : 0;
    let before = 0;
    while (before < known && this.#idBefore[before] !== this.#id[c]) before++;
    rows.interestId[at] = this.#id[c];
    rows.interestAt[at] = this.#lastMs[c];
    if (before === known) {
      rows.interestShare[at] = share;
      rows.interestBorn[at] = order[row];
      rows.interestBack[at] = 0;
      return;
    }
    const shareBefore = this.#shareBefore[before];
    const rate = this.#isUnsettled(row) ? SHARE_RATE : SETTLED_RATE;
    const isBack = this.#lastMs[c] - this.#atBefore[before] > INTEREST_PAUSE_MS;
    rows.interestShare[at] = shareBefore + rate * (share - shareBefore);
    rows.interestBorn[at] = this.#bornBefore[before];
    rows.interestBack[at] = isBack ? order[row] : this.#backBefore[before];
  }
}

interface Totals {
  /** Weight of all interests, and how many there were before. */
  readonly total: number;
  readonly known: number;
}

function pullOf(kind: number): number {
  if (kind === NODE.category) return CATEGORY_PULL;
  return kind === NODE.brand ? BRAND_PULL : 1;
}

/** Epoch ms of the last touch of a graph with nodes. */
function lastTouch({ nodeStart, nodeCount, nodeAt }: InterestSlabs, row: number): number {
  let lastMs = 0;
  for (let i = nodeStart[row]; i < nodeStart[row] + nodeCount[row]; i++) lastMs = Math.max(lastMs, nodeAt[i]);
  return lastMs;
}
