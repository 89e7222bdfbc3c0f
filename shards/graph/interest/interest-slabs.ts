import { InterestRows } from '../interest-rows.js';
import { RowBlocks } from '../row-blocks.js';
import { UserFacts } from '../user-facts.js';
import { PackedVectors } from './packed-vectors.js';
import { clearVector } from './vector-table.js';

/** Bounds of one user's graph. */
export interface InterestBounds {
  /** Users in memory, and one spare row. */
  readonly users: number;
  /** Nodes N a user keeps hot. */
  readonly nodes: number;
  readonly edges: number;
  /** Last clicks kept in order, repeats included. */
  readonly clicks: number;
  /** Items remembered as seen, bought or dismissed. */
  readonly seen: number;
  /** Width D of states. */
  readonly width: number;
}

export const NODE = { item: 1, category: 2, brand: 3, term: 4 } as const;

/** Places of the blocks that users' nodes, edges and seen items lie in, up to their bounds. */
const NODE_BLOCKS = [4, 12, 22];
const EDGE_BLOCKS = [8, 24];
const SEEN_BLOCKS = [8, 32];
/** Numbers of all states in one array, 8 GiB; with more users than that leaves room for, blocks have fewer sizes. */
const NUMBERS_MAX = 2 ** 31;

/**
 * The interest graphs of all users of a shard as a struct of arrays: one typed array per field, so that a batch is gathered by
 * copying rows. What every user has lies at their row; nodes, edges, seen items and the slow interest, of which some have many
 * and most few or none, lie in blocks (`RowBlocks`): the index of a node's field is `nodeStart[row] + node`. A block moves when
 * it gets too small, so an index is valid until the next node of the same user is made. Pages that no user has touched cost no
 * memory: the arrays are zero and the system hands out zero pages on first write.
 */
export class InterestSlabs {
  readonly bounds: InterestBounds;

  readonly nodes: RowBlocks;
  /** Int32 [users]: index of each user's first node; the same of edges, seen items and slow interests. */
  readonly nodeStart: Int32Array;
  readonly nodeCount: Uint8Array;
  /** `NODE` kind. */
  readonly nodeKind: Uint8Array;
  /** Item index, category or brand code, hash of a search term; −1: the node of everything without a category. */
  readonly nodeKey: Int32Array;
  /** Weight as of `nodeAt`; may be negative. */
  readonly nodeWeight: Float32Array;
  /** Epoch ms of the last touch. */
  readonly nodeAt: Float64Array;
  /** Epoch seconds of the first touch; 0: not known, as in states that older versions wrote. */
  readonly nodeSince: Uint32Array;
  /** `EVENT_KIND` of the last touch. */
  readonly nodeEvent: Uint8Array;
  /** Click number of the last click on an item node; 0: never clicked. */
  readonly nodeOrder: Uint32Array;
  /** Clicks of an item node in the current session. */
  readonly nodeClicks: Uint16Array;
  /** Id of the interest that the node belongs to; 0: to none. */
  readonly nodeInterest: Uint16Array;
  /** Item nodes: h; a term: mean of its hits; others: what was folded into them, zeros before. */
  readonly nodeState: PackedVectors;

  /** The interests themselves, and what users said of them. */
  readonly rows: InterestRows;
  /** Visits, purchases and segments. */
  readonly facts: UserFacts;

  readonly edges: RowBlocks;
  readonly edgeStart: Int32Array;
  readonly edgeCount: Uint8Array;
  readonly edgeFrom: Uint8Array;
  readonly edgeTo: Uint8Array;
  /** How often `to` followed `from`, decayed as of `edgeAt`. */
  readonly edgeWeight: Float32Array;
  readonly edgeAt: Float64Array;
  /** e_ij: how far the two states moved together. */
  readonly edgeTogether: Float32Array;

  readonly clickCount: Uint8Array;
  /** Item indices, oldest first. */
  readonly clickItem: Int32Array;
  readonly clickKind: Uint8Array;

  readonly seen: RowBlocks;
  readonly seenStart: Int32Array;
  readonly seenCount: Uint8Array;
  readonly seenItem: Int32Array;
  /** `SEEN` bits. */
  readonly seenMarks: Uint8Array;

  /** Float32 [users, D]: interest u of the last step, sum of the session's item vectors, last change of a state. */
  readonly interest: Float32Array;
  readonly sessionSum: Float32Array;
  readonly lastMove: Float32Array;
  /** Slow interests l, Float32 [users who have one, D]: that of a user begins at `slowStart[row] * D`, where zeros are for one without. */
  readonly slows: RowBlocks;
  readonly slowStart: Int32Array;
  readonly slow: Float32Array;

  /** Clicks so far; the order of the session's first click; epoch ms of the last click. */
  readonly order: Uint32Array;
  readonly sessionOrder: Uint32Array;
  readonly lastClickMs: Float64Array;
  /** Id of the user's session in the interaction graph; 0: none yet. */
  readonly sessionId: Int32Array;
  /** Journal position after the last event that the graph contains. */
  readonly position: Float64Array;
  /** 1: the graph holds what the journal beside it does not, as versions before the entries of moves and merges left it; it cannot be rebuilt from there. */
  readonly isPartial: Uint8Array;
  /** Bits of `WITHHELD`: what the user does not allow. */
  readonly withheld: Uint8Array;
  /** Epoch ms when they said so; 0 where nothing is withheld. */
  readonly withheldMs: Float64Array;

  constructor(bounds: InterestBounds) {
    if (bounds.nodes > 255 || bounds.edges > 255 || bounds.clicks > 255 || bounds.seen > 255) {
      throw new RangeError('a user has at most 255 nodes, edges, clicks and seen items');
    }
    this.bounds = bounds;
    const { users, width } = bounds;
    this.nodes = new RowBlocks(users, NODE_BLOCKS, bounds.nodes, NUMBERS_MAX / width);
    this.nodeStart = this.nodes.start;
    this.nodeCount = new Uint8Array(users);
    this.nodeKind = this.nodes.array(Uint8Array);
    this.nodeKey = this.nodes.array(Int32Array);
    this.nodeWeight = this.nodes.array(Float32Array);
    this.nodeAt = this.nodes.array(Float64Array);
    this.nodeSince = this.nodes.array(Uint32Array);
    this.nodeEvent = this.nodes.array(Uint8Array);
    this.nodeOrder = this.nodes.array(Uint32Array);
    this.nodeClicks = this.nodes.array(Uint16Array);
    this.nodeInterest = this.nodes.array(Uint16Array);
    this.nodeState = new PackedVectors(this.nodes, width);
    this.rows = new InterestRows(users);
    this.facts = new UserFacts(users);
    this.edges = new RowBlocks(users, EDGE_BLOCKS, bounds.edges);
    this.edgeStart = this.edges.start;
    this.edgeCount = new Uint8Array(users);
    this.edgeFrom = this.edges.array(Uint8Array);
    this.edgeTo = this.edges.array(Uint8Array);
    this.edgeWeight = this.edges.array(Float32Array);
    this.edgeAt = this.edges.array(Float64Array);
    this.edgeTogether = this.edges.array(Float32Array);
    this.clickCount = new Uint8Array(users);
    this.clickItem = new Int32Array(users * bounds.clicks);
    this.clickKind = new Uint8Array(users * bounds.clicks);
    this.seen = new RowBlocks(users, SEEN_BLOCKS, bounds.seen);
    this.seenStart = this.seen.start;
    this.seenCount = new Uint8Array(users);
    this.seenItem = this.seen.array(Int32Array);
    this.seenMarks = this.seen.array(Uint8Array);
    this.interest = new Float32Array(users * width);
    this.slows = new RowBlocks(users, [], 1);
    this.slowStart = this.slows.start;
    this.slow = this.slows.array(Float32Array, width);
    this.sessionSum = new Float32Array(users * width);
    this.lastMove = new Float32Array(users * width);
    this.order = new Uint32Array(users);
    this.sessionOrder = new Uint32Array(users);
    this.lastClickMs = new Float64Array(users);
    this.sessionId = new Int32Array(users);
    this.position = new Float64Array(users);
    this.isPartial = new Uint8Array(users);
    this.withheld = new Uint8Array(users);
    this.withheldMs = new Float64Array(users);
  }

  /** Makes `row` an empty graph, which takes no blocks. */
  clear(row: number): void {
    const { width } = this.bounds;
    for (const blocks of [this.nodes, this.edges, this.seen, this.slows]) blocks.release(row);
    this.rows.clear(row);
    this.facts.clear(row);
    this.nodeCount[row] = 0;
    this.edgeCount[row] = 0;
    this.clickCount[row] = 0;
    this.seenCount[row] = 0;
    for (const vectors of [this.interest, this.sessionSum, this.lastMove])
      clearVector(vectors, row * width, width);
    this.order[row] = 0;
    this.sessionOrder[row] = 0;
    this.lastClickMs[row] = 0;
    this.sessionId[row] = 0;
    this.position[row] = 0;
    this.isPartial[row] = 0;
    this.withheld[row] = 0;
    this.withheldMs[row] = 0;
  }

  /** Makes the slow interest of a user one that can be written: zeros, where they had none. */
  ownSlow(row: number): void {
    if (this.slows.roomOf(row) > 0) return;
    this.slows.reserve(row, 1, 0);
    const at = this.slowStart[row] * this.bounds.width;
    this.slow.fill(0, at, at + this.bounds.width);
  }
}
