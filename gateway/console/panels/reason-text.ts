import type { Reason, ScorePart } from '../../client/index.js';
import type { Stockroom } from '../shop/stockroom.js';
import { titleOf } from '../shop/shop-item.js';

/** Why an item is on the shelf, in a few words. */
export function reasonText(reason: Reason | undefined, stockroom: Stockroom): string {
  if (!reason) return '';
  const [strongest] = reason.because;
  const because = strongest === undefined ? '' : titleOf(stockroom.get(strongest));
  if (reason.source === 'trend') return 'Much wanted just now';
  if (reason.source === 'new') return 'New in the shop';
  if (reason.source === 'search') return 'Fits what you searched for';
  if (reason.source === 'own') return 'You looked at it';
  if (!because) return reason.source === 'together' ? 'Often taken together' : 'Close to your taste';
  if (reason.source === 'together') return `Goes with ${because}`;
  if (reason.source === 'similar') return `Much like ${because}`;
  return `Since you picked ${because}`;
}

const PART_WORDS: Readonly<Record<Exclude<ScorePart['of'], 'item'>, string>> = {
  interest: 'your earlier visits',
  past: 'you know it already',
  search: 'your search',
  trend: 'how much it is wanted',
  base: 'the same for everybody',
  list: 'variety of the shelf, and what you asked for',
};
/** Parts of a score that are told one by one, the largest. */
const PARTS_TOLD = 6;

/** What the score of an item is made of, a line for each of its largest parts. */
export function partsText(reason: Reason | undefined, stockroom: Stockroom): string {
  const parts = [...(reason?.parts ?? [])].sort((a, b) => Math.abs(b.score) - Math.abs(a.score));
  return parts
    .slice(0, PARTS_TOLD)
    .map(({ of, id, score }) => {
      const what = of === 'item' ? titleOf(stockroom.get(id ?? '')) : PART_WORDS[of];
      return `${score < 0 ? '−' : '+'}${Math.abs(score).toFixed(2)} ${what}`;
    })
    .join('\n');
}
