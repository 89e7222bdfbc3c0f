/** What a build for `--mutant fencing-off` has in the place of what; `from` stands in the source once. */
export const FENCING_OFF: readonly { readonly file: string; readonly from: string; readonly to: string }[];
