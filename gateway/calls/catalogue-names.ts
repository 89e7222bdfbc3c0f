import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { AttributeFinder } from '../../model/catalogue/words/attribute-finder.js';
import type { GraphNames } from './user-graphs.js';

/** What the numbers of graphs are called in this catalogue. */
export function catalogueNames(
  catalogue: Catalogue,
  communities: { of(item: number): readonly { readonly name: string }[] },
): GraphNames {
  const finder = new AttributeFinder(catalogue);
  return {
    idOf: (item) => catalogue.idOf(item),
    titleOf: (item) => catalogue.title(item),
    categoryOf: (code) => catalogue.categories.value(code),
    brandOf: (code) => catalogue.brands.value(code),
    communityOf: (item) => communities.of(item).at(-1)?.name,
    attributesOf: (index) => {
      const item = catalogue.item(index);
      return item === undefined ? [] : finder.attributesOf(item);
    },
  };
}
