import type { Reason } from '../client/index.js';
import type { Stockroom } from './stockroom.js';
import { titleOf } from './shop-item.js';

/** Why an item is on the shelf, in a few words. */
export function reasonText(reason: Reason | undefined, stockroom: Stockroom): string {
  if (!reason) return '';
  const [strongest] = reason.because;
  const because = strongest === undefined ? '' : titleOf(stockroom.get(strongest));
  if (reason.source === 'trend') return 'Much wanted just now';
  if (reason.source === 'search') return 'Fits what you searched for';
  if (reason.source === 'own') return 'You looked at it';
  if (!because) return reason.source === 'together' ? 'Often taken together' : 'Close to your taste';
  if (reason.source === 'together') return `Goes with ${because}`;
  if (reason.source === 'similar') return `Much like ${because}`;
  return `Since you picked ${because}`;
}
