import { nameKey } from '../../keys.js';
import type { SealedTable } from './sealed-table.js';

/** A number of the table `meta`; undefined when it has none of that name. */
export function numberOf(meta: SealedTable, name: string): number | undefined {
  return meta.get(nameKey(name))?.readDoubleLE(0);
}

export function float64(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value, 0);
  return bytes;
}
