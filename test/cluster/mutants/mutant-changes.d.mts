/** What a build of a cluster's mutants has in the place of what; `from` stands in the source once. */
export const CLUSTER_CHANGES: readonly {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}[];
/** Mutants that need such a build. */
export const BUILT_MUTANTS: readonly string[];
