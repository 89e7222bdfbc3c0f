import { z } from 'zod';
import { defineOptions, gatewayUrl, tokenWith } from '../../metrics/process/options.js';
import { feedOptions } from '../../model/tables/feeds/feed-options.js';

/** Flags of `npm run import`. */
export const importOptions = defineOptions({
  file: {
    schema: z.string().min(1),
    fallback: '',
    unit: 'FILE',
    isOperand: true,
    help: 'The feed: CSV, TSV, Google Merchant XML or TSV, Shopify products JSON, a JSON list or NDJSON; each may be gzipped.',
  },
  url: gatewayUrl,
  token: tokenWith('the scope catalogue'),
  ...feedOptions,
  dryRun: {
    schema: z.stringbool(),
    fallback: false,
    help: 'Read, map and report, and change nothing; with --replace the gateway is asked what would be removed.',
  },
  replace: {
    schema: z.stringbool(),
    fallback: false,
    help: 'Remove the items that the feed does not hold, after its last line was taken. A feed that was cut short removes nothing.',
  },
  maxRemoved: {
    schema: z
      .string()
      .regex(/^\d{1,3}(\.\d+)?%?$/, 'write a percentage, such as 30%')
      .transform((text) => Number(text.replace('%', ''))),
    fallback: 30,
    unit: 'PERCENT',
    help: 'With --replace: when more of the catalogue than that would be removed, nothing is.',
  },
});
