import { createHash } from 'node:crypto';
import type { Catalogue } from '../../model/catalogue/catalogue.js';

/** The same for two catalogues in which the same indices and codes were given out, and which hold the same of each item. */
export function catalogueFingerprint(
  catalogue: Pick<Catalogue, 'indexCount' | 'idOf' | 'item' | 'codes'>,
): string {
  const hash = createHash('sha256');
  for (let index = 0; index < catalogue.indexCount; index++)
    hash.update(`${catalogue.idOf(index)}\t${JSON.stringify(catalogue.item(index)) ?? ''}\n`);
  for (const { dictionary, code, value } of catalogue.codes())
    hash.update(`${dictionary}\t${code}\t${value}\n`);
  return hash.digest('hex');
}
