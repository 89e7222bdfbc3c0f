import { StartupError } from '../../../metrics/process/startup-error.js';
import { LineProblems } from '../line-problems.js';
import { chunksOf, paced, readTable, textOf, utf8Of } from '../table-file.js';
import type { FeedOptions } from './feed-options.js';
import { fieldName, type FeedTaker } from './feed-record.js';
import { readJsonFeed } from './json-feed.js';
import { readLinesFeed } from './lines-feed.js';
import { readMerchantXml } from './merchant-xml.js';

/** Forms of a feed by the end of its name, without `.gz`. */
const FORMAT_BY_END: Readonly<Record<string, FeedOptions['format']>> = {
  csv: 'table',
  tsv: 'table',
  txt: 'table',
  xml: 'xml',
  rss: 'xml',
  atom: 'xml',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
};

const NEWLINE = 10;

/** How a feed ended. */
export interface FeedEnd {
  /** True when nothing says that it was cut short: what has an end of its own has it, what has lines ends with a line end. */
  readonly isWhole: boolean;
}

/**
 * Reads a feed of items, gzipped or not, a piece at a time: what is held of it does not grow with the file. Rejects with
 * `StartupError` `data_unreadable` when it cannot be read, or ends in the middle of what it is.
 */
export async function readFeed(
  path: string,
  options: Pick<FeedOptions, 'format' | 'encoding' | 'shopifyItems'>,
  problems: LineProblems,
  taker: FeedTaker,
): Promise<FeedEnd> {
  const { encoding, shopifyItems } = options;
  const format = options.format ?? formatOf(path);
  let last = NEWLINE;
  const between = (piece: Buffer): Promise<void> | undefined => {
    last = piece[piece.length - 1];
    return taker.between(piece.length);
  };
  if (format === 'table') {
    await readRows(path, encoding, taker, { between, problems });
    return { isWhole: last === NEWLINE };
  }
  const chunks = paced(chunksOf(path), between);
  if (format === 'json') await readJsonFeed(path, utf8Of(path, chunks, encoding), taker, shopifyItems);
  else if (format === 'xml') await readMerchantXml(path, textOf(path, chunks, encoding), taker);
  else await readLinesFeed(path, textOf(path, chunks, encoding), taker);
  return { isWhole: format !== 'ndjson' || last === NEWLINE };
}

function formatOf(path: string): FeedOptions['format'] {
  const end = /\.([a-z]+)(\.gz)?$/i.exec(path)?.[1].toLowerCase() ?? '';
  const format = FORMAT_BY_END[end];
  if (format !== undefined) return format;
  throw new StartupError(
    'data_unreadable',
    `${path}: the name does not say what it is; say --format table (CSV, TSV), xml (Google Merchant), json (Shopify, or a list) or ndjson`,
  );
}

async function readRows(
  path: string,
  encoding: string,
  taker: FeedTaker,
  reading: Parameters<typeof readTable>[3],
): Promise<void> {
  await readTable(
    path,
    encoding,
    (header) => {
      const names = header.names.map(fieldName);
      taker.open?.(names);
      return (cells, line) => {
        const fields = new Map<string, unknown>();
        names.forEach((name, i) => {
          if (!fields.has(name)) fields.set(name, cells[i]);
        });
        taker.take({ line, fields });
      };
    },
    reading,
  );
}
