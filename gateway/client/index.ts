/**
 * The Afterclick SDK for browsers and Node: clicks out, lists in.
 *
 * ```ts
 * const client = new AfterclickClient({ url: location.origin, slots: [{ slot: 'home', k: 20 }] });
 * client.on('list', (list) => render(list.ids));
 * const ticket = client.track('view_item', { item: '85123A' });
 * await ticket.whenAcked(); // on the gateway's disk
 * ```
 *
 * Order. Events are applied in the order they were tracked. A list with `cause >= ticket.seq` knows that event: `recs` is told of
 * each, `list` of those that show something else than the one before.
 * Lists of a slot come newest last: an older one that arrives late is dropped.
 *
 * Exactly once. Each event has a number in its session. It stays in a queue until the gateway has acknowledged it, which it
 * does once the event is on disk. After a lost connection, a restart of the gateway, and with `storage` also after a reload
 * of the page, what is not acknowledged goes out again, and the gateway counts no event twice (D2). A refused event
 * (`unknown_item`, `invalid_field`, …) is reported by `refused` and taken out; later events take its number, so
 * `ticket.seq` can get smaller until the event is acknowledged. `overloaded` and its like are waited for.
 *
 * Reconnect. By what the gateway says on closing: `never`, with `backoff` (full jitter, at most 30 s), or `now`, which is
 * honoured once and then backs off too. `online`, and a look at the page, cut a wait short. When what was sent has no answer for 0.75 s, and when
 * the page is shown or its network changes, the client asks for a sign of life; without one within 3 s the connection is given
 * up and opened anew, and so it is without any word for `welcome.idleTimeoutMs`.
 *
 * Several addresses, those of the nodes of a cluster. Each try goes to the next one, after 5 s at most in the first minute. A node has 1.5 s to let the client in, and a
 * sign of life has to come within 0.75 s; each time that it does not both get longer, for the path may be slow. `welcome.owner`
 * names the node that answers for the shopper: when it is one of the addresses the client goes on there, without a pause.
 *
 * Bounds. `queueMax` events, 64 of them on the wire; `requestsMax` requests, each for `requestTimeoutMs`. Past a bound the
 * newest is refused; nothing that was taken is dropped.
 *
 * Ownership. A session belongs to one client at a time. The client takes a lock on it before it connects, and begins one of its
 * own when another client has it, as in a duplicated tab. Lists and tickets given to a listener are the listener's. After `close()` no timer, socket or listener is left.
 */
export { AfterclickClient } from './afterclick-client.js';
export type { ClientEvents } from './client-events.js';
export { sharedClient } from './shared-client.js';
export type { List } from './lists/newest-lists.js';
export { type BackoffBounds, DEFAULT_BACKOFF } from './link/reconnect.js';
export type { ClientOptions } from './client-options.js';
export type { SessionStorage } from './sessions/stored-session.js';
export type { PageEventName, PageEvents } from './link/page-events.js';
export type { Release, SessionLocks } from './sessions/session-locks.js';
export type { Clock } from './link/client-clock.js';
export { type Codec, jsonCodec, messagePackCodec } from './link/wire-format.js';
export type { ConnectionState, SocketConstructor } from './link/gateway-link.js';
export { AfterclickError, type ClientErrorCode } from './events/errors.js';
export type { EventFields, Ticket } from './events/pending-event.js';
export type {
  Consented,
  EventName,
  Filter,
  Graph,
  Identified,
  Interest,
  Profile,
  Reason,
  Result,
  SaidConsent,
  ScorePart,
  Slot,
  Tile,
  TuneValue,
} from '../protocol/messages.js';
