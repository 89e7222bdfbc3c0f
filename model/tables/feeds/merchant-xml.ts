import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { StartupError } from '../../../metrics/process/startup-error.js';
import { fieldName, RECORD_MAX, type FeedTaker } from './feed-record.js';

/** What an item is called in RSS 2.0, and in Atom. */
const RECORD_TAGS = new Set(['item', 'entry']);
const GOOGLE = 'http://base.google.com/ns/1.0';

/**
 * Reads a feed as Google Merchant takes it: RSS 2.0 or Atom with names of Google's. A piece at a time; of what is nested in a value
 * (`g:shipping`) nothing is taken. A file that ends within an element is no feed. Rejects with `StartupError` `data_unreadable`.
 */
export async function readMerchantXml(
  path: string,
  text: AsyncIterable<string>,
  taker: Pick<FeedTaker, 'take'>,
): Promise<void> {
  const records = new XmlRecords(path, taker);
  for await (const piece of text) records.write(piece);
  records.end();
}

class XmlRecords {
  readonly #path: string;
  readonly #taker: Pick<FeedTaker, 'take'>;
  readonly #parser = new SaxesParser({ xmlns: false, position: true });
  readonly #open: string[] = [];
  #prefix = 'g:';
  #records = 0;
  #line = 0;
  /** Number of open elements around the values of a record; 0 outside of one. */
  #depth = 0;
  #fields = new Map<string, string | string[]>();
  /** Names that came with Google's prefix: they count more than those of RSS itself. */
  readonly #googles = new Set<string>();
  #text = '';
  /** Characters since the last record, whole pieces. */
  #chars = 0;

  constructor(path: string, taker: Pick<FeedTaker, 'take'>) {
    this.#path = path;
    this.#taker = taker;
    this.#parser.on('opentag', (tag) => this.#opened(tag));
    this.#parser.on('closetag', (tag) => this.#closed(tag));
    this.#parser.on('text', (text) => this.#heard(text));
    this.#parser.on('cdata', (text) => this.#heard(text));
    this.#parser.on('error', (error) => {
      throw error;
    });
  }

  write(piece: string): void {
    this.#chars += piece.length;
    this.#try(() => this.#parser.write(piece));
    if (this.#chars > RECORD_MAX)
      throw this.#problem(`expected an item, found over ${RECORD_MAX} characters without one`);
  }

  end(): void {
    this.#try(() => this.#parser.close());
    if (this.#records > 0) return;
    throw this.#problem('expected <item> of RSS 2.0 or <entry> of Atom, found none');
  }

  #opened({ name, attributes }: SaxesTagPlain): void {
    if (this.#open.length === 0) this.#notePrefix(attributes);
    this.#open.push(name);
    if (this.#depth === 0 && RECORD_TAGS.has(name)) {
      this.#depth = this.#open.length;
      this.#line = this.#parser.line;
      this.#fields = new Map();
      this.#googles.clear();
    } else if (this.#open.length === this.#depth + 1) {
      this.#text = '';
      const isOther = attributes.rel !== undefined && attributes.rel !== 'alternate';
      if (name === 'link' && !isOther) this.#text = attributes.href ?? '';
    }
  }

  #heard(text: string): void {
    if (this.#depth > 0 && this.#open.length === this.#depth + 1) this.#text += text;
  }

  #closed({ name }: SaxesTagPlain): void {
    if (this.#depth > 0 && this.#open.length === this.#depth + 1) this.#keep(name);
    this.#open.pop();
    if (this.#depth === 0 || this.#open.length >= this.#depth) return;
    this.#depth = 0;
    this.#chars = 0;
    this.#records++;
    this.#taker.take({ line: this.#line, fields: this.#fields });
  }

  #keep(tag: string): void {
    const isGoogles = tag.startsWith(this.#prefix);
    const name = fieldName(isGoogles ? tag.slice(this.#prefix.length) : tag);
    const text = this.#text.trim();
    const known = this.#fields.get(name);
    if (text === '' || (known !== undefined && this.#googles.has(name) && !isGoogles)) return;
    const isFirst = known === undefined || (isGoogles && !this.#googles.has(name));
    if (isGoogles) this.#googles.add(name);
    this.#fields.set(name, isFirst ? text : [known].flat().concat(text));
  }

  #notePrefix(attributes: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(attributes))
      if (name.startsWith('xmlns:') && value === GOOGLE) this.#prefix = `${name.slice('xmlns:'.length)}:`;
  }

  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (error instanceof StartupError) throw error;
      throw this.#problem(`it is no XML here: ${(error as Error).message.replace(/^\d+:\d+: /, '')}`);
    }
  }

  #problem(what: string): StartupError {
    const { line, column } = this.#parser;
    return new StartupError(
      'data_unreadable',
      `${this.#path}, line ${line}, character ${column + 1}: ${what}`,
    );
  }
}
