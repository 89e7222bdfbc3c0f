import type { AfterclickError } from './events/errors.js';
import type { Ticket } from './events/pending-event.js';
import type { ConnectionState } from './link/gateway-link.js';
import type { List } from './lists/newest-lists.js';

/** What a page can listen to. */
export interface ClientEvents {
  /** A list of a slot that shows something else than the one before: other items, another order, other reasons. */
  list: List;
  /** Every newer list, also one that shows the same: with `cause >= ticket.seq` it knows that event (R1). */
  recs: List;
  /** Events are on the gateway's disk: all up to `seq`; `tickets` are those that this acknowledges, oldest first. */
  ack: { readonly seq: number; readonly tickets: readonly Ticket[] };
  /** The connection's state changed. */
  state: ConnectionState;
  /** An event will never be applied; those after it are not touched. */
  refused: { readonly ticket: Ticket; readonly error: AfterclickError };
  /** The gateway refused something that is neither an event nor a request, or sent what does not decode. */
  error: AfterclickError;
}
