import { join } from 'node:path';
import { writeTinyBundle } from '../../support/model/tiny-bundles.js';

/** Two models of different spaces, to be swapped by turns. */
export interface Bundles {
  readonly folder: string;
  /** Folder of the one that a new data folder begins with. */
  readonly first: string;
  /** Names, as a swap takes them. */
  readonly names: readonly [string, string];
}

export async function writeBundles(folder: string): Promise<Bundles> {
  const names = ['narrow', 'wide'] as const;
  for (const [i, name] of names.entries())
    await writeTinyBundle({ folder: join(folder, name), name, width: 4 * (i + 1) });
  return { folder, first: join(folder, names[0]), names };
}
