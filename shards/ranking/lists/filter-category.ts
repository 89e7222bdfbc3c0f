import { type CompiledFilter, COLUMN } from '../../../model/catalogue/shared-catalogue.js';

/** The code of the one category that a filter lets through, as far as it says so plainly; −1 otherwise. */
export function filterCategory(filter: CompiledFilter | undefined): number {
  if (filter?.op === 'all') {
    for (let i = 0; i < filter.parts.length; i++) {
      const category = filterCategory(filter.parts[i]);
      if (category >= 0) return category;
    }
  }
  return filter?.op === 'codes' && filter.column === COLUMN.category ? onlyCode(filter.bits) : -1;
}

/** The only bit set, −1 when there are none or several. */
function onlyCode(bits: Uint8Array): number {
  let only = -1;
  for (let at = 0; at < bits.length; at++) {
    const byte = bits[at];
    if (byte === 0) continue;
    if (only >= 0 || (byte & (byte - 1)) !== 0) return -1;
    only = 8 * at + 31 - Math.clz32(byte);
  }
  return only;
}
