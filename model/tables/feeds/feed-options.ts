import { z } from 'zod';
import { defineOptions, type OptionValues } from '../../../metrics/process/options.js';
import { readingOptions } from '../reading-options.js';
import { fieldName } from './feed-record.js';

const { encoding, timeFormat, timeZone } = readingOptions;

/** Flags of a command that reads a feed of items: what the file does not say itself. */
export const feedOptions = defineOptions({
  format: {
    schema: z.enum(['table', 'xml', 'json', 'ndjson']).optional(),
    fallback: undefined,
    help: 'What the file is, where its name does not say so: table (CSV or TSV), xml (Google Merchant, RSS 2.0 or Atom), json (Shopify products, or a list of items), ndjson.',
  },
  map: {
    schema: z.string().transform(readMap),
    fallback: new Map() as FieldMap,
    help: 'Which name of the feed is which field of an item, such as price=cost,title=name. A field that no item has (size=groesse) becomes an attribute.',
  },
  currency: {
    schema: z
      .string()
      .regex(/^[A-Za-z]{3}$/, 'write its three letters, such as EUR')
      .optional(),
    fallback: undefined,
    help: 'Currency of all prices; items with a price in another one are left out. Without it that of the first price counts.',
  },
  decimalMark: {
    schema: z.enum(['point', 'comma']).optional(),
    fallback: undefined,
    help: 'What stands before the cents: needed for prices that can be read in two ways, such as 1,299.',
  },
  shopifyItems: {
    schema: z.enum(['variant', 'product']),
    fallback: 'variant',
    help: "What of Shopify's products becomes an item: each variant, or each product.",
  },
  timeFormat,
  timeZone,
  encoding,
});

export type FeedOptions = OptionValues<typeof feedOptions>;

/** Names of a feed by the fields that they fill. */
export type FieldMap = ReadonlyMap<string, string>;

function readMap(text: string, context: z.core.$RefinementCtx): FieldMap {
  const map = new Map<string, string>();
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [field, name, ...more] = pair.split('=').map((part) => part.trim());
    const isPair = field !== '' && name !== undefined && name !== '' && more.length === 0;
    if (isPair && !map.has(field)) map.set(field, fieldName(name));
    else
      context.addIssue({
        code: 'custom',
        message: isPair ? `"${field}" is mapped twice` : `"${pair.trim()}" is no FIELD=NAME`,
      });
  }
  return map;
}
