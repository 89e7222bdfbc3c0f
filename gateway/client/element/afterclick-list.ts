import type { AfterclickClient } from '../afterclick-client.js';
import type { Tile } from '../../protocol/messages.js';
import { holdSlot } from '../lists/hold-slot.js';
import type { List } from '../lists/newest-lists.js';

/** Which client an element belongs to, by its attribute `gateway`. */
export type ClientOf = (gateway: string) => AfterclickClient;

/** On a server there is nothing to extend: the module can be imported there, and defines nothing. */
const Base: typeof HTMLElement =
  (globalThis as { HTMLElement?: typeof HTMLElement }).HTMLElement ??
  (Object as unknown as typeof HTMLElement);

/**
 * `<afterclick-list gateway="https://…" slot-name="home" k="6">`: a list that follows what the visitor does. Addresses of several
 * nodes are separated by spaces.
 *
 * A `<template>` inside it says what an entry looks like, and what is asked of its items: `data-text="title"` puts a field into an element's text,
 * `data-href` and `data-src` into its address (of http, https or the page's own). Without one each entry is the item's id in an
 * `<li>`. Each new list is told by the event `afterclick-list`, whose `detail` is the `List`. A click on an entry is tracked as `select_item`.
 */
export class AfterclickList extends Base {
  static clientOf: ClientOf;
  static readonly observedAttributes = ['gateway', 'slot-name', 'k'];
  #client: AfterclickClient | undefined;
  #slot = '';
  #release: (() => void) | undefined;
  #listening: (() => void) | undefined;

  /** A page that is still read may not have come to the template: what it asks for is known when the page is there. */
  connectedCallback(): void {
    if (document.readyState === 'loading')
      document.addEventListener('DOMContentLoaded', () => this.#connect(), { once: true });
    else this.#connect();
  }

  #connect(): void {
    if (!this.isConnected || this.#client !== undefined) return;
    this.#slot = this.getAttribute('slot-name') ?? 'home';
    const client = AfterclickList.clientOf(this.getAttribute('gateway') ?? location.origin);
    this.#client = client;
    this.#listening = client.on('list', (list) => list.slot === this.#slot && this.#show(list));
    const fields = fieldsOf(this.querySelector('template'));
    const k = Number(this.getAttribute('k') ?? 10);
    this.#release = holdSlot(client, { slot: this.#slot, k, ...(fields.length > 0 && { fields }) });
    // Another element shows the slot already: what is listened for comes with the next change.
    const shown = client.list(this.#slot);
    if (shown !== undefined) this.#show(shown);
  }

  disconnectedCallback(): void {
    this.#listening?.();
    this.#release?.();
    this.#client = undefined;
  }

  attributeChangedCallback(): void {
    if (this.#client === undefined) return;
    this.disconnectedCallback();
    this.connectedCallback();
  }

  #show(list: List): void {
    const template = this.querySelector('template');
    const entries = list.ids.map((id, i) => this.#entry(list.items?.[i] ?? { id }, template, list));
    const root = document.createElement('ol');
    root.append(...entries);
    this.replaceChildren(...(template ? [template] : []), root);
    this.dispatchEvent(new CustomEvent('afterclick-list', { detail: list, bubbles: true }));
  }

  #entry(item: Tile, template: HTMLTemplateElement | null, list: List): HTMLElement {
    const entry = document.createElement('li');
    if (template === null) entry.textContent = item.id;
    else entry.append(filled(template, item));
    entry.addEventListener('click', () => {
      this.#client?.track('select_item', { item: item.id, slot: list.slot, list: list.rev });
    });
    return entry;
  }
}

/** The parts of a template that show something of an item. */
const PARTS = '[data-text],[data-href],[data-src]';

/** What the template shows of an item, besides its id. */
function fieldsOf(template: HTMLTemplateElement | null): string[] {
  const parts = [...(template?.content.querySelectorAll<HTMLElement>(PARTS) ?? [])];
  const names = parts.flatMap(({ dataset: { text, href, src } }) => [text, href, src]);
  return [...new Set(names)].filter((name) => name !== undefined && name !== 'id') as string[];
}

function filled(template: HTMLTemplateElement, item: Tile): DocumentFragment {
  const tile = template.content.cloneNode(true) as DocumentFragment;
  for (const part of tile.querySelectorAll<HTMLElement>(PARTS)) {
    const { text, href, src } = part.dataset;
    if (text !== undefined) part.textContent = String(item[text] ?? '');
    if (href !== undefined) setAddress(part, 'href', item[href]);
    if (src !== undefined) setAddress(part, 'src', item[src]);
  }
  return tile;
}

/** A catalogue may hold what somebody else wrote: an address that runs code is left out. */
function setAddress(part: HTMLElement, name: 'href' | 'src', address: unknown): void {
  if (typeof address !== 'string' || !URL.canParse(address, location.href)) return;
  if (/^https?:$/.test(new URL(address, location.href).protocol)) part.setAttribute(name, address);
}
