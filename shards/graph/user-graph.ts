/** A node of a user's interest graph, as it is told. */
export interface GraphNode {
  /** `NODE` kind. */
  readonly kind: number;
  /** Item index, code of a category or brand; −1: the node of what has no category. Of a term its hash. */
  readonly key: number;
  /** Text of a search term; '' for any other. */
  readonly term: string;
  /** Now, decayed; may be negative. */
  readonly weight: number;
  /** Epoch ms, to the second; 0: not known. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** An edge between two nodes, by their places in the list of nodes. */
export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** How often `to` followed `from`; now, decayed. */
  readonly weight: number;
  /** Epoch ms of the last time. */
  readonly lastMs: number;
}

/** A user's interest graph, read at `atMs`: plain numbers that share nothing with the slabs. At most 255 nodes and edges. */
export interface UserGraph {
  readonly atMs: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
