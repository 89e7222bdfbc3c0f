import type {
  EventName,
  Identified,
  Rank,
  Recs,
  Recommend,
  Result,
  ServerMessage,
  Slot,
  Welcome,
  WireError,
} from '../protocol/messages.js';
import { type ClientOptions, type CompleteOptions, completeOptions } from './client-options.js';
import { GatewayLink, type ConnectionState, socketConstructor, socketUrl } from './gateway-link.js';
import { Delivery } from './delivery.js';
import { Emitter } from './emitter.js';
import { AfterclickError } from './errors.js';
import { type EventFields, PendingEvent, type Ticket } from './pending-event.js';
import { Requests } from './requests.js';
import { Session } from './session.js';

/** What a page can listen to. */
export interface ClientEvents {
  /** A newer list of a slot. */
  list: List;
  /** Events are on the gateway's disk: all up to `seq`; `tickets` are those that this acknowledges, oldest first. */
  ack: { readonly seq: number; readonly tickets: readonly Ticket[] };
  /** The connection's state changed. */
  state: ConnectionState;
  /** An event will never be applied; those after it are not touched. */
  refused: { readonly ticket: Ticket; readonly error: AfterclickError };
  /** The gateway refused something that is neither an event nor a request, or sent what does not decode. */
  error: AfterclickError;
}

/** A connection to an Afterclick gateway. See `index.ts` for what it promises. */
export class AfterclickClient {
  readonly #options: CompleteOptions;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #lists = new Lists();
  readonly #slots: Map<string, Slot>;
  readonly #session: Session;
  readonly #connection: GatewayLink;
  readonly #delivery: Delivery;
  readonly #requests: Requests;
  readonly #online = (): void => this.#connection.hurry();
  readonly #offline = (): void => this.#connection.probe();
  #welcome: Welcome | undefined;
  #isClosed = false;

  /** Connects at once. Throws when `url` is no URL or the runtime has no WebSocket and none is given. */
  constructor(options: ClientOptions) {
    this.#options = completeOptions(options);
    const { slots, clock, requestTimeoutMs, requestsMax, network } = this.#options;
    this.#slots = new Map(slots.map((slot) => [slot.slot, slot]));
    this.#session = new Session(this.#options);
    this.#connection = this.#connect();
    this.#delivery = this.#deliver();
    const limits = { timeoutMs: requestTimeoutMs, countMax: requestsMax };
    this.#requests = new Requests(limits, clock, (message) => this.#connection.send(message));
    network?.addEventListener('online', this.#online);
    network?.addEventListener('offline', this.#offline);
    this.#connection.connect();
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** The session's name; undefined before the first welcome, unless the page or its storage named one. */
  get session(): string | undefined {
    return this.#session.id;
  }

  /** Who the gateway takes the page for; visitors are named after their session. Undefined before the first welcome. */
  get user(): string | undefined {
    return this.#welcome?.user;
  }

  /** The name the page gave, now or before a reload; undefined for a visitor. */
  get identity(): string | undefined {
    return this.#session.user;
  }

  /** The serving model; undefined before the first welcome. */
  get model(): string | undefined {
    return this.#welcome?.model;
  }

  /** Events that are not acknowledged, oldest first. */
  get pending(): readonly Ticket[] {
    return [...this.#session.queue.events];
  }

  /** Adds a listener; the function returned takes it away again. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (value: ClientEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** The newest list of a subscribed slot. */
  list(slot: string): List | undefined {
    return this.#lists.get(slot);
  }

  /** Tells the gateway of a click. Never throws and never waits: what became of it is the ticket's. */
  track(name: EventName, fields: EventFields = {}): Ticket {
    const { clock } = this.#options;
    const event = new PendingEvent(name, fields, clock.nowMs(), clock.elapsedMs());
    if (this.state.name === 'closed') this.#refuse(event, closedError());
    else if (!this.#delivery.add(event)) {
      this.#refuse(
        event,
        new AfterclickError('queue_full', `${this.#options.queueMax} events wait already.`),
      );
    }
    return event;
  }

  /**
   * Resolves once nothing up to `seq` (everything tracked so far when absent) is under way: it is acknowledged, or refused,
   * which `refused` and the ticket tell. Rejects with `closed`.
   */
  async whenAcked(seq = Infinity): Promise<void> {
    const events = this.#session.queue.events.filter((event) => event.seq <= seq);
    const outcomes = await Promise.allSettled(events.map((event) => event.whenAcked()));
    if (outcomes.some(({ status }, i) => status === 'rejected' && events[i].status !== 'refused'))
      throw closedError();
  }

  /** One list now. It knows every event tracked before. */
  recommend(request: Omit<Recommend, 't' | 'id'> = {}): Promise<Result> {
    return this.#ask<Result>({ ...request, t: 'recommend', id: this.#requests.nextId() });
  }

  /** The candidates in the order that suits the user. With `tmaxMs` the best order found by then, `degraded` when cut short. */
  rank(request: Omit<Rank, 't' | 'id'>): Promise<Result> {
    return this.#ask<Result>({ ...request, t: 'rank', id: this.#requests.nextId() });
  }

  /** Gives the visitor a name: what they did so far becomes part of the user's graph. Lists of the user follow. */
  async identify(user: string, token?: string): Promise<Identified> {
    const before = this.#session.user;
    this.#session.user = user;
    try {
      const id = this.#requests.nextId();
      return await this.#ask<Identified>({ t: 'identify', id, user, ...(token !== undefined && { token }) });
    } catch (error) {
      if (this.#session.user === user) this.#session.user = before;
      throw error;
    } finally {
      this.#session.save();
    }
  }

  /** Subscribes to more slots, or redefines them by name. A list of each follows. */
  subscribe(slots: readonly Slot[]): void {
    for (const slot of slots) this.#slots.set(slot.slot, slot);
    if (this.#connection.isOpen) this.#connection.send({ t: 'subscribe', slots });
  }

  unsubscribe(names: readonly string[]): void {
    for (const name of names) {
      this.#slots.delete(name);
      this.#lists.drop(name);
    }
    if (this.#connection.isOpen) this.#connection.send({ t: 'unsubscribe', slots: names });
  }

  /**
   * Ends the connection for good and stops every timer. Promises that wait reject with `closed`. Unacknowledged events
   * stay in the storage for the next client on its key, unless `forget` is set.
   */
  close({ forget = false }: { forget?: boolean } = {}): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (forget) this.#session.forget();
    const { network } = this.#options;
    network?.removeEventListener('online', this.#online);
    network?.removeEventListener('offline', this.#offline);
    this.#connection.close();
    this.#delivery.lost();
    this.#giveUp();
    this.#emitter.clear();
  }

  #connect(): GatewayLink {
    const options = this.#options;
    const WebSocket = socketConstructor(options.WebSocket);
    const canRenewToken = typeof options.token === 'function';
    return new GatewayLink(
      { ...options, WebSocket, url: socketUrl(options.url), canRenewToken },
      {
        hello: () => this.#hello(),
        welcomed: (welcome) => this.#welcomed(welcome),
        received: (message) => this.#received(message),
        lost: () => this.#delivery.lost(),
        stateChanged: (state) => this.#stateChanged(state),
        undecodable: (reason) => this.#emitter.emit('error', new AfterclickError('bad_frame', reason)),
      },
    );
  }

  #deliver(): Delivery {
    const connection = this.#connection;
    return new Delivery(
      this.#session.queue,
      {
        get isOpen() {
          return connection.isOpen;
        },
        send: (message) => connection.send(message),
        save: () => this.#session.save(),
        acked: (seq, tickets) => this.#emitter.emit('ack', { seq, tickets }),
        refused: (event, error) => this.#refuse(event, error),
      },
      this.#options.clock,
    );
  }

  #hello() {
    const { token } = this.#options;
    const given = typeof token === 'function' ? token() : token;
    const hello = (text: string | undefined) => this.#session.hello(this.#slots.values(), text);
    return given instanceof Promise ? given.then(hello) : hello(given);
  }

  #welcomed(welcome: Welcome): void {
    if (this.#welcome && this.#welcome.user !== welcome.user) this.#lists.clear();
    this.#welcome = welcome;
    this.#session.welcomed(welcome.session);
    this.#delivery.opened(welcome.seq, welcome.replaced?.seq);
    this.#requests.opened();
  }

  #received(message: Exclude<ServerMessage, { t: 'welcome' | 'bye' }>): void {
    if (message.t === 'recs') this.#listed(message);
    else if (message.t === 'ack') this.#delivery.acked(message.seq);
    else if (message.t === 'result') this.#requests.answered(message);
    else if (message.t === 'identified') this.#identified(message);
    else if (message.t === 'pong') this.#delivery.ponged(message.id);
    else if (message.t === 'error') this.#failed(message);
  }

  #listed({ slot, rev, cause, ids, scores, reasons, model }: Recs): void {
    const list: List = { slot, rev, cause, ids, scores, ...(reasons && { reasons }), model };
    if (this.#slots.has(list.slot) && this.#lists.put(list)) this.#emitter.emit('list', list);
  }

  #identified(message: Identified): void {
    if (this.#welcome && this.#welcome.user !== message.user) {
      this.#welcome = { ...this.#welcome, user: message.user };
      this.#lists.clear();
    }
    this.#requests.answered(message);
  }

  #failed(error: WireError): void {
    if (error.seq !== undefined) this.#delivery.failed({ ...error, seq: error.seq });
    else if (!this.#requests.failed(error)) {
      this.#emitter.emit('error', new AfterclickError(error.code, error.message));
    }
  }

  #ask<Answer extends Result | Identified>(message: Parameters<Requests['ask']>[0]): Promise<Answer> {
    return this.state.name === 'closed' ? Promise.reject(closedError()) : this.#requests.ask<Answer>(message);
  }

  #refuse(event: PendingEvent, error: AfterclickError): void {
    event.settle(error);
    this.#emitter.emit('refused', { ticket: event, error });
  }

  #stateChanged(state: ConnectionState): void {
    if (state.name === 'closed') this.#giveUp();
    this.#emitter.emit('state', state);
  }

  /** Nothing will be answered any more. */
  #giveUp(): void {
    this.#requests.rejectAll(closedError());
    for (const event of this.#session.queue.events) event.abandon(closedError());
  }
}

function closedError(): AfterclickError {
  return new AfterclickError('closed', 'The client is closed.');
}

/** A list of one slot, best first; `ids`, `scores` and `reasons` run in parallel. */
export type List = Omit<Recs, 't'>;

/** The newest list of each slot. Lists of one user and slot are told apart by `rev`, which only grows. */
class Lists {
  readonly #newest = new Map<string, List>();

  get(slot: string): List | undefined {
    return this.#newest.get(slot);
  }

  /**
   * Keeps the list when it is newer than the one there is. The same `rev` again, as after a reconnect, counts as newer
   * when its `cause` tells of a later event.
   */
  put(list: List): boolean {
    const last = this.#newest.get(list.slot);
    if (last && (list.rev < last.rev || (list.rev === last.rev && list.cause <= last.cause))) return false;
    this.#newest.set(list.slot, list);
    return true;
  }

  drop(slot: string): void {
    this.#newest.delete(slot);
  }

  /** For another user, whose revs have nothing to do with those before. */
  clear(): void {
    this.#newest.clear();
  }
}
