/** Shoppers to be put into clusters, and what is known of each. */
export interface ClusterTask {
  readonly width: number;
  /** Float32 [shoppers, width], each of length 1. */
  readonly vectors: Float32Array;
  /** By shopper: numbers of their traits, each once. */
  readonly traits: readonly (readonly number[])[];
  readonly before: FoundClusters;
}

/** A trait that shoppers of a cluster have more often than others. */
export interface ClusterTrait {
  readonly trait: number;
  /** Part of the cluster that has it, and that ÷ the part of all. */
  readonly share: number;
  readonly lift: number;
}

export interface ShopperCluster {
  /** The same from one time to the next, as long as it hardly moves. */
  readonly id: number;
  readonly shoppers: number;
  readonly centre: readonly number[];
  readonly traits: readonly ClusterTrait[];
}

export interface FoundClusters {
  /** Those of the most shoppers first. */
  readonly clusters: readonly ShopperCluster[];
  readonly nextId: number;
  /** Shoppers that were looked at. */
  readonly sampled: number;
  /** Mean simplified silhouette, −1 to 1; 0 where there are no clusters. */
  readonly silhouette: number;
}

export const NO_CLUSTERS: FoundClusters = { clusters: [], nextId: 1, sampled: 0, silhouette: 0 };
