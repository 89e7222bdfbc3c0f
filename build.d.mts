/** Builds what tests run into a folder of that name in the root, whatever was there; resolves with its path. */
export function buildForTests(name: string): Promise<string>;
