import { StartupError } from '../../../metrics/process/startup-error.js';
import type { Item } from '../../../model/catalogue/shared-catalogue.js';
import type { ModelParts } from '../serving/loaded-model.js';

/**
 * A bundle's parts with the catalogue of the data: items that came after the bundle was made are appended, without vector
 * and neighbours, as a shop would put them into the catalogue of a running gateway. Throws `StartupError` when the data
 * has other items than the bundle, or another order of them.
 */
export function withItemsOf(parts: ModelParts, items: readonly Item[], folder: string): ModelParts {
  const known = parts.items.length;
  const differing = parts.items.findIndex(({ id }, row) => items[row]?.id !== id);
  if (differing >= 0) {
    throw new StartupError('bundle_of_other_data', [
      `item ${differing} of the bundle is "${parts.items[differing].id}", of ${folder} "${items[differing]?.id ?? 'none'}": the bundle was trained on other data; name that with --data, or train on this with npm run train`,
    ]);
  }
  if (items.length === known) return parts;
  const similarCount = parts.similar.length / Math.max(1, known);
  const vectors = new Float32Array(items.length * parts.width);
  const similar = new Int32Array(items.length * similarCount).fill(-1);
  vectors.set(parts.vectors);
  similar.set(parts.similar);
  return { ...parts, items, vectors, similar };
}
