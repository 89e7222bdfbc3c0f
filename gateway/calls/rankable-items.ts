import { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { RankableItems } from './rank-calls.js';

/** A catalogue as rank calls see it; items may be shown as of now. */
export function rankableItems(catalogue: Catalogue, segmentOf: RankableItems['segmentOf']): RankableItems {
  const view = new CatalogueView(catalogue.shared);
  return {
    indexOf: (id) => catalogue.indexOf(id),
    idOf: (index) => catalogue.idOf(index),
    itemOf: (index) => catalogue.item(index),
    segmentOf,
    mayShow: (index, filter) =>
      view.isRecommendable(index) && (filter === undefined || view.passes(filter, index)),
  };
}
