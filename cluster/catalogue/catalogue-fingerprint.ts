import { createHash } from 'node:crypto';
import type { Catalogue } from '../../model/catalogue/catalogue.js';

/** The same for two catalogues that hold the same items under the same indices, and in which all were removed that are not there. */
export function catalogueFingerprint(catalogue: Pick<Catalogue, 'indexCount' | 'idOf' | 'item'>): string {
  const hash = createHash('sha256');
  for (let index = 0; index < catalogue.indexCount; index++)
    hash.update(`${catalogue.idOf(index)}\t${JSON.stringify(catalogue.item(index)) ?? ''}\n`);
  return hash.digest('hex');
}
