import type { Catalogue } from '../../../model/catalogue/catalogue.js';
import type { ContentReader } from '../../../model/encoder/item-reader.js';
import { KindIndex, kindOf } from '../../../model/encoder/kind-index.js';
import { KindLinkTable } from '../../../model/encoder/kind-link-table.js';
import { MeaningIndex } from '../../../model/encoder/meaning-index.js';

/** Links the items of a catalogue with those of other kinds: once, what the encoder's thread does beside a gateway. */
export async function linkKinds(catalogue: Catalogue, reader: ContentReader): Promise<void> {
  const indices = [...catalogue.indices()];
  const items = indices.flatMap((index) => catalogue.item(index) ?? []);
  const meanings = await reader.vectorsOf(items);
  const dimension = meanings.find((meaning) => meaning !== undefined)?.length ?? 0;
  const meaningIndex = new MeaningIndex(dimension);
  const kinds = new KindIndex(meaningIndex, dimension);
  indices.forEach((index, i) => {
    meaningIndex.set(index, meanings[i]);
    kinds.set(index, meanings[i] && kindOf(items[i]));
  });
  const table = new KindLinkTable(catalogue.shared);
  for (const index of indices) table.write(kinds.linksOf(index));
}
