import { cutText } from '../../model/catalogue/search/search-text.js';
import { sentimentOf } from './sentiment.js';

/** Characters of a review that are judged: up to 1.6 ms of work, which counts towards the time of whoever sent it, and people say first what they mean. */
export const JUDGED_CHARS_MAX = 1_000;
/** What stars count beside words, where there are both: who writes chooses the stars on purpose. */
const STARS_SHARE = 0.7;

/** What a review says of its item, −1 to 1 in steps of 0.1: of its stars (1 to 5) and of its words; the text is kept nowhere. 0 where it says nothing. */
export function reviewWeight(stars: number | undefined, text: string): number {
  const words = sentimentOf(cutText(text, JUDGED_CHARS_MAX));
  if (stars === undefined) return inSteps(words);
  const given = (stars - 3) / 2;
  return inSteps(words === 0 ? given : STARS_SHARE * given + (1 - STARS_SHARE) * words);
}

function inSteps(weight: number): number {
  // No −0: a journal would tell it from 0.
  return Math.round(weight * 10) / 10 || 0;
}
