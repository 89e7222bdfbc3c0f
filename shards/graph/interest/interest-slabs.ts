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

/**
 * The interest graphs of all users of a shard as a struct of arrays: one typed array per field, `users` rows each, so that
 * a batch is gathered by copying rows. Row-major; the index of a node's field is `row * nodes + node`. Pages that no user
 * has touched cost no memory: the arrays are zero and the system hands out zero pages on first write.
 */
export class InterestSlabs {
  readonly bounds: InterestBounds;

  readonly nodeCount: Uint8Array;
  /** `NODE` kind. */
  readonly nodeKind: Uint8Array;
  /** Item index, category or brand code, hash of a search term; −1: the node of everything without a category. */
  readonly nodeKey: Int32Array;
  /** Weight as of `nodeAt`; may be negative. */
  readonly nodeWeight: Float32Array;
  /** Epoch ms of the last touch. */
  readonly nodeAt: Float64Array;
  /** `EVENT_KIND` of the last touch. */
  readonly nodeEvent: Uint8Array;
  /** Click number of the last click on an item node; 0: never clicked. */
  readonly nodeOrder: Uint32Array;
  /** Clicks of an item node in the current session. */
  readonly nodeClicks: Uint16Array;
  /** Float32 [users, nodes, D]. Item nodes: h; a term: mean of its hits; others: what was folded into them, zeros before. */
  readonly nodeState: Float32Array;

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

  readonly seenCount: Uint8Array;
  readonly seenItem: Int32Array;
  /** `SEEN` bits. */
  readonly seenMarks: Uint8Array;

  /** Float32 [users, D]: interest u of the last step, slow interest l, sum of the session's item vectors, last change of a state. */
  readonly interest: Float32Array;
  readonly slow: Float32Array;
  readonly sessionSum: Float32Array;
  readonly lastMove: Float32Array;

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

  constructor(bounds: InterestBounds) {
    if (bounds.nodes > 255 || bounds.edges > 255 || bounds.clicks > 255 || bounds.seen > 255) {
      throw new RangeError('a user has at most 255 nodes, edges, clicks and seen items');
    }
    this.bounds = bounds;
    const { users, width } = bounds;
    const nodes = users * bounds.nodes;
    const edges = users * bounds.edges;
    this.nodeCount = new Uint8Array(users);
    this.nodeKind = new Uint8Array(nodes);
    this.nodeKey = new Int32Array(nodes);
    this.nodeWeight = new Float32Array(nodes);
    this.nodeAt = new Float64Array(nodes);
    this.nodeEvent = new Uint8Array(nodes);
    this.nodeOrder = new Uint32Array(nodes);
    this.nodeClicks = new Uint16Array(nodes);
    this.nodeState = new Float32Array(nodes * width);
    this.edgeCount = new Uint8Array(users);
    this.edgeFrom = new Uint8Array(edges);
    this.edgeTo = new Uint8Array(edges);
    this.edgeWeight = new Float32Array(edges);
    this.edgeAt = new Float64Array(edges);
    this.edgeTogether = new Float32Array(edges);
    this.clickCount = new Uint8Array(users);
    this.clickItem = new Int32Array(users * bounds.clicks);
    this.clickKind = new Uint8Array(users * bounds.clicks);
    this.seenCount = new Uint8Array(users);
    this.seenItem = new Int32Array(users * bounds.seen);
    this.seenMarks = new Uint8Array(users * bounds.seen);
    this.interest = new Float32Array(users * width);
    this.slow = new Float32Array(users * width);
    this.sessionSum = new Float32Array(users * width);
    this.lastMove = new Float32Array(users * width);
    this.order = new Uint32Array(users);
    this.sessionOrder = new Uint32Array(users);
    this.lastClickMs = new Float64Array(users);
    this.sessionId = new Int32Array(users);
    this.position = new Float64Array(users);
    this.isPartial = new Uint8Array(users);
  }

  /** Makes `row` an empty graph. Node and edge rows need no clearing: their counts rule them. */
  clear(row: number): void {
    const { width } = this.bounds;
    this.nodeCount[row] = 0;
    this.edgeCount[row] = 0;
    this.clickCount[row] = 0;
    this.seenCount[row] = 0;
    for (const vectors of [this.interest, this.slow, this.sessionSum, this.lastMove]) {
      vectors.fill(0, row * width, (row + 1) * width);
    }
    this.order[row] = 0;
    this.sessionOrder[row] = 0;
    this.lastClickMs[row] = 0;
    this.sessionId[row] = 0;
    this.position[row] = 0;
    this.isPartial[row] = 0;
  }
}
