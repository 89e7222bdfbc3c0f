import type { ReturnRisk } from './return-risk.js';
import type { Consent } from './user-consent.js';
import type { TunedNode } from './interest-rows.js';

/** A click of the running session. */
export interface SessionClick {
  /** Item index. */
  readonly item: number;
  /** `EVENT_KIND`. */
  readonly kind: number;
}

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
  /** Id of the interest that it belongs to; 0: to none. */
  readonly interest: number;
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

/** What becomes of an interest. */
export type Trend = 'new' | 'back' | 'growing' | 'fading' | 'steady';

/** One interest of a user: a community of their graph. */
export interface UserInterest {
  /** Stays while the interest lives. */
  readonly id: number;
  /** Share of the weight of all interests, 0..1; 0 for one that is gone, of which something was said. */
  readonly share: number;
  readonly trend: Trend;
  /** Epoch ms of the last touch; 0 for one that is gone. */
  readonly lastMs: number;
  /** `TUNE`: what the user said of it. */
  readonly tune: number;
  /** Of one that is gone: the nodes of which it was said. */
  readonly said: readonly TunedNode[];
}

/** A user's interest graph, read at `atMs`: plain numbers that share nothing with the slabs. At most 255 nodes and edges. */
export interface UserGraph {
  readonly atMs: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** The strongest first; then those that are gone. */
  readonly interests: readonly UserInterest[];
  readonly consent: Consent;
  /** Numbers of the segments that they are in. */
  readonly segments: readonly number[];
  /** How likely they do not come back; absent when they never came, or the model does not know. */
  readonly risk?: ReturnRisk;
  /** The last clicks of the running session, oldest first, 24 at most; empty when it has ended. */
  readonly session: readonly SessionClick[];
}
