/** What a build with mutants has in the place of what; `from` stands in the source once. */
export const MUTANT_CHANGES: readonly { readonly file: string; readonly from: string; readonly to: string }[];
