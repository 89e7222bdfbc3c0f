import { toUnitLength } from '../../model/content/linear-projection.js';
import { VectorView, type SharedVectors } from '../../model/kernel/shared-vectors.js';

/**
 * Puts items that have a vector and no label to the label whose mean vector is nearest, by its cosine.
 * @param label Int32 [items], −1 for none; changed in place
 */
export function placeByVector(label: Int32Array, shared: SharedVectors): void {
  const view = new VectorView(shared);
  const { vectors, width, origin } = view;
  const names = [...new Set(label)].filter((name) => name >= 0);
  const means = unitMeans(label, names, view);
  for (let item = 0; item < label.length; item++) {
    if (label[item] >= 0 || origin[item] === 0) continue;
    const at = item * width;
    let most = 0;
    for (let c = 0; c < names.length; c++) {
      let dot = 0;
      for (let d = 0; d < width; d++) dot += vectors[at + d] * means[c * width + d];
      if (dot <= most) continue;
      most = dot;
      label[item] = names[c];
    }
  }
}

/** Float32 [names, width], zeros for a label without vectors. */
function unitMeans(
  label: Int32Array,
  names: readonly number[],
  { vectors, width }: Pick<VectorView, 'vectors' | 'width'>,
): Float32Array {
  const means = new Float32Array(names.length * width);
  const rowOf = new Map(names.map((name, row) => [name, row]));
  for (let item = 0; item < label.length; item++) {
    const row = rowOf.get(label[item]);
    if (row === undefined) continue;
    for (let d = 0; d < width; d++) means[row * width + d] += vectors[item * width + d];
  }
  for (let row = 0; row < names.length; row++) toUnitLength(means, row * width, width);
  return means;
}
