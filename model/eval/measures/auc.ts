/**
 * Area under the ROC curve of one question: the probability that the relevant candidate, at `place`, scores above one drawn
 * evenly from the others of `scores[from .. from + count)`; an equal score counts one half. NaN when there is no other.
 */
export function areaUnderCurve(
  scores: ArrayLike<number>,
  from: number,
  count: number,
  place: number,
): number {
  const own = scores[place];
  let below = 0;
  for (let i = from; i < from + count; i++) {
    if (scores[i] < own) below += 1;
    else if (scores[i] === own && i !== place) below += 0.5;
  }
  return below / (count - 1);
}
