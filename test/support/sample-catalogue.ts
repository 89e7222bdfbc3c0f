import { FakeClock } from '../../metrics/clock.js';
import type { CatalogueStore } from '../../model/catalogue-store.js';
import { Catalogue } from '../../model/catalogue-writer.js';
import { openMemoryCatalogueStore } from '../../shards/store/catalogue-store.js';

/** A catalogue in memory with room for a few items, and a clock that stands still. */
export function sampleCatalogue(
  limits: { itemMax?: number; columnMax?: number; store?: CatalogueStore } = {},
): Promise<Catalogue> {
  const { itemMax = 64, columnMax = 8, store = openMemoryCatalogueStore() } = limits;
  return Catalogue.create({ itemMax, columnMax, store, clock: new FakeClock() });
}
