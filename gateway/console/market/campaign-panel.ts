import { element } from '../elements/element.js';
import type { CampaignAnswer, Lift } from './market-answer.js';
import { significance, times } from './numbers.js';

/** What a campaign did, line by line: ratio, interval, and how little it looks like chance. */
export function campaignPanel({
  name,
  periodsBefore,
  periodsSince,
  shop,
  items,
  against,
}: CampaignAnswer): HTMLElement {
  const rows: [string, Lift | null][] = [
    ['Shoppers, against the forecast', shop.shoppers],
    ['Buyers, against the forecast', shop.buyers],
    ...(items === undefined
      ? []
      : ([
          ['Shoppers of its items, beside the rest', items.shoppers],
          ['Buyers of its items, beside the rest', items.buyers],
        ] as [string, Lift | null][])),
    ['Buying after seeing it, beside those who did not', against],
  ];
  return element(
    'div',
    { class: 'campaign' },
    element('p', {}, `${name}: ${periodsSince} whole periods since it began, ${periodsBefore} before.`),
    element(
      'dl',
      {},
      ...rows.flatMap(([what, lift]) => [element('dt', {}, what), element('dd', {}, said(lift))]),
    ),
  );
}

function said(lift: Lift | null): string {
  if (lift === null) return 'too little to tell';
  const { ratio, low, high, p } = lift;
  return `${times(ratio)} (${times(low)} to ${high === null ? 'any' : times(high)}), ${significance(p)}`;
}
