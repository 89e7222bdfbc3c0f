import type {
  AfterclickClient,
  EventFields,
  EventName,
  List,
  Reason,
  ConnectionState,
} from '../client/index.js';
import { Basket } from './shop/basket.js';
import { Browse } from './shop/browse.js';
import { Counter } from './shop/counter.js';
import { pageElement } from './elements/element.js';
import { Identity } from './identity.js';
import { InterestsPanel } from './panels/interests-panel.js';
import { LatencyPanel, milliseconds, ClickTimes } from './panels/latency-panel.js';
import { Ledger } from './panels/ledger.js';
import { partsText, reasonText } from './panels/reason-text.js';
import { Shelf, type ShelfChange } from './shop/shelf.js';
import { type ShopItem, titleOf } from './shop/shop-item.js';
import { Stockroom } from './shop/stockroom.js';
import type { Gesture } from './shop/tile.js';

/** The slot of the page's shelf. */
export const SHELF_SLOT = {
  slot: 'home',
  k: 20,
  explain: true,
  excludeSeen: 'viewed',
  diversity: 0.2,
} as const;

/** What whoever runs a gateway without items can do. */
const NOTHING_TO_SHOW =
  'Nothing to show. Put items into the catalogue with PUT /v1/items, and they appear here.';

/** Shorter than anyone notices between a click and what it does. */
const DRAW_AFTER_MS = 40;

/** The page: what the client says becomes shelf and panels, what the shopper does becomes events. */
export class Storefront {
  readonly #client: AfterclickClient;
  readonly #stockroom = new Stockroom();
  readonly #times = new ClickTimes();
  readonly #ledger = new Ledger(pageElement('ledger'));
  readonly #latency = new LatencyPanel(pageElement('latency'));
  readonly #interests: InterestsPanel;
  readonly #onGesture = (gesture: Gesture, item: ShopItem): void => this.#gesture(gesture, item);
  readonly #shelf = new Shelf(pageElement('shelf'), this.#stockroom, this.#onGesture);
  readonly #counter = new Counter(pageElement('counter'), this.#onGesture);
  readonly #basket: Basket;
  readonly #browse: Browse;
  readonly #identity: Identity;
  readonly #invitation = pageElement('change').textContent;
  /** What the next list that comes in answers, in the shopper's words. */
  #lastAct = '';

  constructor(client: AfterclickClient, leave: () => void) {
    this.#client = client;
    this.#interests = new InterestsPanel(client, this.#stockroom);
    this.#basket = new Basket(
      pageElement('basket'),
      (item) => this.#track('remove_from_cart', { item: item.id }, titleOf(item)),
      (items) => this.#buy(items),
    );
    const stockShelf = new Shelf(pageElement('stockroom'), this.#stockroom, this.#onGesture);
    this.#browse = new Browse(pageElement('categories'), stockShelf, this.#stockroom);
    this.#identity = new Identity(pageElement('identity'), {
      identify: (name) => void this.#identify(name),
      leave,
    });
  }

  /** Shows who shops and takes what the client and the shopper say from now on. */
  open(): void {
    const client = this.#client;
    this.#identity.show(client.identity);
    client.on('state', (state) => {
      showConnection(pageElement('connection'), state);
      if (state.name === 'open') this.#opened();
      // What waits for a connection says nothing of how quick the shelf is.
      else this.#times.interrupted();
    });
    showConnection(pageElement('connection'), client.state);
    client.on('recs', (list) => void this.#listed(list));
    client.on('ack', () => this.#ledger.refresh());
    client.on('refused', () => this.#ledger.refresh());
    for (const type of ['pointerover', 'focusin'])
      pageElement('shelf').addEventListener(type, (event) => this.#point(event.target as HTMLElement));
    pageElement('shelf').addEventListener('pointerleave', () => this.#interests.point([]));
    pageElement('search').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#search((pageElement('query') as HTMLInputElement).value.trim());
    });
  }

  #opened(): void {
    this.#ledger.refresh();
    pageElement('model').textContent =
      `Served by ${this.#client.model ?? ''}, session ${this.#client.session ?? ''}`;
    void this.#browse.load();
    this.#interests.refresh();
    // What an outage lost is read again.
    const list = this.#client.list(SHELF_SLOT.slot);
    if (list !== undefined) void this.#listed(list);
  }

  /** Why a gift is there, in the map. */
  #point(target: HTMLElement): void {
    const id = target.closest<HTMLElement>('.tile')?.dataset['item'];
    const list = this.#client.list(SHELF_SLOT.slot);
    const place = id === undefined ? -1 : (list?.ids.indexOf(id) ?? -1);
    this.#interests.point(list?.reasons?.[place]?.because ?? []);
  }

  async #listed(list: List): Promise<void> {
    const tookMs = this.#times.listed(list.cause);
    if (tookMs !== undefined) this.#latency.add(tookMs);
    const reasons = list.reasons ?? [];
    await this.#stockroom.load([...list.ids, ...reasons.flatMap(itemsOf)]);
    // A newer list may have come while titles were read; it draws itself.
    if (this.#client.list(list.slot) !== list) return;
    const change = this.#shelf.show(
      list.ids,
      reasons.map((reason) => reasonText(reason, this.#stockroom)),
      reasons.map((reason) => partsText(reason, this.#stockroom)),
    );
    pageElement('shelf').setAttribute('aria-busy', 'false');
    this.#interests.refresh();
    if (list.ids.length === 0) pageElement('change').textContent = NOTHING_TO_SHOW;
    else if (tookMs !== undefined) this.#tell(change, tookMs);
    else if (pageElement('change').textContent === NOTHING_TO_SHOW)
      pageElement('change').textContent = this.#invitation;
  }

  #tell({ entered, moved }: ShelfChange, tookMs: number): void {
    const what = entered + moved === 0 ? 'Nothing had to move' : `${entered} new, ${moved} moved`;
    pageElement('change').textContent = `${what}, ${milliseconds(tookMs)} ms after ${this.#lastAct}`;
  }

  #gesture(gesture: Gesture, item: ShopItem): void {
    const isSale = gesture === 'purchase' || gesture === 'add_to_cart';
    const amount = isSale && item.price !== undefined ? { value: item.price, quantity: 1 } : {};
    this.#track(gesture, { item: item.id, ...amount }, titleOf(item));
    afterwards(() => this.#show(gesture, item));
  }

  #show(gesture: Gesture, item: ShopItem): void {
    if (gesture === 'view_item') this.#counter.show(item);
    if (gesture === 'add_to_cart') this.#basket.add(item);
    if (gesture === 'dismiss_item') this.#counter.clear();
    document.body.classList.add('has-clicked');
    if (gesture === 'dismiss_item' || gesture === 'purchase') this.#basket.drop(item.id);
  }

  #buy(items: readonly ShopItem[]): void {
    const value = items.reduce((sum, { price = 0 }) => sum + price, 0);
    this.#track('purchase', { items: items.map(({ id }) => id), value }, `${items.length} gifts`);
  }

  #search(query: string): void {
    if (query) this.#track('search', { query }, `“${query}”`);
  }

  #track(name: EventName, fields: EventFields, subject: string): void {
    const list = this.#client.list(SHELF_SLOT.slot);
    const shown = list && fields.item !== undefined && list.ids.includes(fields.item);
    const origin = shown ? { slot: list.slot, list: list.rev } : {};
    const ticket = this.#times.time(() => this.#client.track(name, { ...fields, ...origin }));
    this.#lastAct = subject;
    afterwards(() => this.#ledger.add(ticket, subject));
  }

  async #identify(user: string): Promise<void> {
    const identified = this.#client.identify(user).catch(() => undefined);
    this.#identity.show(this.#client.identity);
    await identified;
    this.#identity.show(this.#client.identity);
  }
}

/**
 * Draws what the page itself knows of a click a moment later: the list is most often there by then, and comes in without
 * waiting behind a frame that shows less.
 */
function afterwards(draw: () => void): void {
  setTimeout(draw, DRAW_AFTER_MS);
}

/** Items that a reason speaks of. */
function itemsOf({ because, parts = [] }: Reason): string[] {
  return [...because, ...parts.flatMap(({ id }) => id ?? [])];
}

/** Says in a word or two whether the shelf is live. */
function showConnection(pill: HTMLElement, state: ConnectionState): void {
  pill.className = `pill is-${state.name}`;
  pill.textContent = words(state);
}

function words(state: ConnectionState): string {
  if (state.name === 'open') return 'live';
  if (state.name === 'waiting') return 'reconnecting';
  return state.name === 'closed' ? `closed: ${state.reason || state.code}` : 'connecting';
}
