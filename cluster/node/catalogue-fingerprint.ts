import { createHash } from 'node:crypto';
import type { Catalogue } from '../../model/catalogue/catalogue.js';

/** The same for two catalogues whose indices mean the same items, under the same titles. */
export function catalogueFingerprint(catalogue: Pick<Catalogue, 'indices' | 'idOf' | 'title'>): string {
  const hash = createHash('sha256');
  for (const index of catalogue.indices())
    hash.update(`${index}\t${catalogue.idOf(index)}\t${catalogue.title(index) ?? ''}\n`);
  return hash.digest('hex');
}
