import { FakeClock } from '../../../metrics/process/clock.js';
import type { CatalogueStore } from '../../../model/catalogue/catalogue-journal.js';
import { Catalogue } from '../../../model/catalogue/catalogue.js';
import { openMemoryCatalogueStore } from '../../../shards/store/lmdb/lmdb-catalogue-store.js';

/** A catalogue in memory with room for a few items, and a clock that stands still. */
export function sampleCatalogue(
  limits: { itemMax?: number; columnMax?: number; store?: CatalogueStore } = {},
): Promise<Catalogue> {
  const { itemMax = 64, columnMax = 8, store = openMemoryCatalogueStore() } = limits;
  return Catalogue.create({ itemMax, columnMax, store, clock: new FakeClock() });
}
