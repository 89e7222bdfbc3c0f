import type { EventName, Ticket } from '../../client/index.js';
import { element } from '../elements/element.js';

const ROWS_MAX = 8;

/** What the gateway calls events, as a shopper would. */
const WORDS: Partial<Record<EventName, string>> = {
  view_item: 'looked at',
  add_to_cart: 'basket',
  remove_from_cart: 'put back',
  add_to_wishlist: 'wishlist',
  purchase: 'bought',
  dismiss_item: 'not for me',
  search: 'searched',
};

const STATES: Readonly<Record<Ticket['status'], string>> = {
  queued: 'waiting',
  sent: 'sent',
  acked: 'on disk',
  refused: 'refused',
};

interface Row {
  readonly ticket: Ticket;
  readonly element: HTMLElement;
  readonly seq: HTMLElement;
  readonly state: HTMLElement;
}

/** The latest events with their numbers and whether the gateway has them on disk. */
export class Ledger {
  readonly #root: HTMLElement;
  #rows: Row[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  add(ticket: Ticket, subject: string): void {
    const seq = element('span', { class: 'ledger-seq' });
    const state = element('span', { class: 'ledger-state' });
    const what = element(
      'span',
      { class: 'ledger-what' },
      element('b', {}, WORDS[ticket.name] ?? ticket.name),
      ` ${subject}`,
    );
    this.#rows.unshift({ ticket, element: element('li', {}, seq, what, state), seq, state });
    for (const row of this.#rows.splice(ROWS_MAX)) row.element.remove();
    this.#root.prepend(this.#rows[0].element);
    this.refresh();
  }

  /** Call when events were acknowledged, refused or sent again: numbers and states may have changed. */
  refresh(): void {
    for (const { ticket, element: row, seq, state } of this.#rows) {
      seq.textContent = ticket.status === 'refused' ? '–' : `#${ticket.seq}`;
      state.textContent = STATES[ticket.status];
      row.className = `is-${ticket.status}`;
    }
  }
}
