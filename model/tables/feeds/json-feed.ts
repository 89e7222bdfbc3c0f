import { JSONParser, TokenizerError, TokenParserError, TokenType } from '@streamparser/json';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { fieldName, RECORD_MAX, type FeedTaker } from './feed-record.js';
import { isShopifyProduct, shopifyRecords, type ShopifyItems } from './shopify-products.js';

const NEWLINE = 10;
const BRACE = 0x7b;
/** Members of an object that hold the items. */
const HOLDERS = ['$.products.*', '$.items.*'];

/**
 * Reads a feed that is one JSON text: `{"products": […]}` as Shopify has it, `{"items": […]}`, or a list of items. A piece at a time,
 * one item in memory. A text without its end is no feed. Rejects with `StartupError` `data_unreadable`.
 */
export async function readJsonFeed(
  path: string,
  bytes: AsyncIterable<Buffer>,
  taker: Pick<FeedTaker, 'take' | 'unread'>,
  shopifyItems: ShopifyItems,
): Promise<void> {
  let records: JsonRecords | undefined;
  for await (const piece of bytes) {
    const first = piece.findIndex((byte) => byte > 0x20 && byte < 0x80);
    if (records === undefined && first < 0) continue;
    records ??= new JsonRecords(path, piece[first] === BRACE, taker, shopifyItems);
    records.write(piece);
  }
  if (records === undefined)
    throw new StartupError('data_unreadable', `${path}: expected items, found an empty file`);
  records.end();
}

class JsonRecords {
  readonly #path: string;
  readonly #taker: Pick<FeedTaker, 'take' | 'unread'>;
  readonly #shopifyItems: ShopifyItems;
  readonly #parser: JSONParser;
  /** Open braces and brackets around an item. */
  readonly #recordDepth: number;
  #depth = 0;
  #records = 0;
  /** The piece that is read, and where in the text it begins, in bytes; line and place up to where lines were counted. */
  #piece: Buffer = Buffer.alloc(0);
  #pieceStart = 0;
  #line = 1;
  #counted = 0;
  #recordLine = 1;
  #recordStart = 0;

  constructor(
    path: string,
    isObject: boolean,
    taker: Pick<FeedTaker, 'take' | 'unread'>,
    shopifyItems: ShopifyItems,
  ) {
    this.#path = path;
    this.#taker = taker;
    this.#shopifyItems = shopifyItems;
    this.#recordDepth = isObject ? 2 : 1;
    this.#parser = new JSONParser({ paths: isObject ? HOLDERS : ['$.*'], keepStack: false });
    this.#parser.onToken = ({ token, offset }) => this.#token(token, offset);
    this.#parser.onValue = ({ value }) => this.#value(value);
    this.#parser.onError = (error) => {
      // What takes the records may throw as well, and that comes by here too.
      if (!(error instanceof TokenizerError || error instanceof TokenParserError)) throw error;
      throw this.#problem(`it is no JSON after this line: ${error.message.split('\n', 1)[0]}`);
    };
  }

  write(piece: Buffer): void {
    this.#countTo(this.#pieceStart + this.#piece.length);
    this.#pieceStart += this.#piece.length;
    this.#piece = piece;
    this.#parser.write(piece);
    if (this.#depth > 0 && this.#pieceStart + piece.length - this.#recordStart > RECORD_MAX)
      throw this.#problem(`expected an item, found one of over ${RECORD_MAX} bytes`);
  }

  end(): void {
    if (!this.#parser.isEnded) throw this.#problem('the text has no end: it was cut short after this line');
    if (this.#records > 0) return;
    throw this.#problem('expected "products" or "items" with a list, or a list of items, found none');
  }

  #token(token: TokenType, offset: number): void {
    if (token === TokenType.LEFT_BRACE && this.#depth === this.#recordDepth) {
      this.#countTo(offset);
      this.#recordLine = this.#line;
      this.#recordStart = offset;
    }
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) this.#depth++;
    else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.#depth--;
  }

  #value(value: unknown): void {
    this.#records++;
    this.#recordStart = this.#pieceStart;
    const line = this.#recordLine;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      this.#taker.unread(line, 'an item', JSON.stringify(value));
    else if (isShopifyProduct(value))
      for (const fields of shopifyRecords(value, this.#shopifyItems)) this.#taker.take({ line, fields });
    else this.#taker.take({ line, fields: fieldsOf(value) });
  }

  /** Counts the lines up to a place of the text. */
  #countTo(offset: number): void {
    const end = Math.min(offset - this.#pieceStart, this.#piece.length);
    for (let at = this.#counted - this.#pieceStart; at < end; at++)
      if (this.#piece[at] === NEWLINE) this.#line++;
    this.#counted = Math.max(this.#counted, this.#pieceStart + end);
  }

  #problem(what: string): StartupError {
    return new StartupError('data_unreadable', `${this.#path}, line ${this.#recordLine}: ${what}`);
  }
}

/** What an object of JSON says. */
export function fieldsOf(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value).map(([name, member]) => [fieldName(name), member]));
}
