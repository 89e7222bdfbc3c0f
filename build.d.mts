/** Builds what tests run into a folder of that name in the root, whatever was there; resolves with its path. */
export function buildForTests(name: string): Promise<string>;

/** Replaces a folder by what `fill` puts into a new one beside it. Rejects with what to do when this user may not write there. */
export function replaceFolder(folder: string, fill: (fresh: string) => Promise<void>): Promise<void>;
