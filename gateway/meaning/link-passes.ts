import type { Catalogue } from '../../model/catalogue/catalogue.js';
import { CatalogueView } from '../../model/catalogue/catalogue-view.js';
import { ITEMS_A_MESSAGE, type EncoderReply } from '../../model/encoder/encoder-messages.js';
import { KindLinkTable } from '../../model/encoder/kind-link-table.js';

/** After a pass the encoder's thread rests for so long an item: linking one takes it a millisecond, and some in the largest catalogues. */
const REST_MS_AN_ITEM = 10;

/**
 * Has what leads from each item to items of other kinds found anew when items have changed: in passes over the whole catalogue, since a
 * new item is something for old ones to lead to. A message is under way at most.
 */
export class LinkPasses {
  readonly #catalogue: CatalogueView;
  readonly #table: KindLinkTable;
  readonly #ask: (items: readonly number[]) => void;
  /** The next item of the pass under way; −1: there is none. */
  #next = -1;
  #rest: NodeJS.Timeout | undefined;
  /** Items have changed since a pass began. */
  #isDue = false;

  constructor({ shared }: Pick<Catalogue, 'shared'>, ask: (items: readonly number[]) => void) {
    this.#catalogue = new CatalogueView(shared);
    this.#table = new KindLinkTable(shared);
    this.#ask = ask;
  }

  /** The encoder knows all items as they are: a pass begins, or follows the one under way and its rest. */
  begin(): void {
    this.#isDue = true;
    if (this.#next >= 0 || this.#rest !== undefined) return;
    this.#isDue = false;
    this.#next = 0;
    this.#askSome();
  }

  /** The encoder's answer. */
  linked({ isMixed, links }: Extract<EncoderReply, { op: 'linked' }>): void {
    for (const one of links) this.#table.write(one);
    if (isMixed && this.#next < this.#catalogue.indexCount) this.#askSome();
    else this.#end(isMixed ? this.#next : 0);
  }

  stop(): void {
    clearTimeout(this.#rest);
  }

  #askSome(): void {
    const count = Math.min(ITEMS_A_MESSAGE, this.#catalogue.indexCount - this.#next);
    const items = Array.from({ length: count }, (_, i) => this.#next + i);
    this.#next += count;
    this.#ask(items);
  }

  #end(linked: number): void {
    this.#next = -1;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      if (this.#isDue) this.begin();
    }, REST_MS_AN_ITEM * linked);
    this.#rest.unref();
  }
}
