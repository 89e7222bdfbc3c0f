import {
  type Consented,
  EVENT_NAMES,
  type EventName,
  type Graph,
  type Identified,
  type Profile,
  type TuneValue,
  type Rank,
  type Recs,
  type Recommend,
  type SaidConsent,
  type Result,
  type ServerMessage,
  type Slot,
  type Welcome,
  type WireError,
} from '../protocol/messages.js';
import type { ClientEvents } from './client-events.js';
import { type ClientOptions, type CompleteOptions, completeOptions } from './client-options.js';
import { GatewayLink, type ConnectionState, NUMBERS_TAKEN, socketConstructor } from './link/gateway-link.js';
import { Addresses } from './link/addresses.js';
import { Timer } from './link/client-clock.js';
import { Delivery } from './events/delivery.js';
import { Emitter } from './emitter.js';
import { listenToPage } from './link/page-events.js';
import { AfterclickError } from './events/errors.js';
import { eventFields, type EventFields, PendingEvent, type Ticket } from './events/pending-event.js';
import { checkedSlots } from './lists/checked-slots.js';
import { type List, NewestLists } from './lists/newest-lists.js';
import { PageSlots } from './lists/page-slots.js';
import { type RequestAnswer, type RequestMessage, Requests, type Unnumbered } from './requests.js';
import { Session } from './session.js';
import { claimSession, type SessionClaim } from './sessions/session-claim.js';
import { browserStorage } from './sessions/stored-session.js';

/** A connection to an Afterclick gateway. See `index.ts` for what it promises. */
export class AfterclickClient {
  readonly #options: CompleteOptions;
  readonly #addresses: Addresses;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #lists = new NewestLists();
  readonly #slots: PageSlots;
  /** Runs while slots wait to be asked for again. */
  readonly #slotPause: Timer;
  readonly #session: Session;
  readonly #connection: GatewayLink;
  readonly #delivery: Delivery;
  readonly #requests: Requests;
  readonly #leavePage: () => void;
  #welcome: Welcome | undefined;
  /** Names of events that were left out and told of. */
  readonly #leftOut = new Set<string>();
  #isClosed = false;

  /** Connects as soon as it has a session for itself. On a server it is closed from the start, unless a `WebSocket` is given. Throws when one of `url` is no URL, or when `slots` cannot be sent. */
  constructor(options: ClientOptions) {
    this.#options = completeOptions(options);
    const { url, random, slots, clock, requestTimeoutMs, requestsMax, network } = this.#options;
    this.#addresses = new Addresses(url, random);
    this.#slots = new PageSlots(checkedSlots(slots));
    this.#slotPause = new Timer(clock, () => this.#askSlots());
    this.#session = new Session(this.#options, this.#addresses);
    this.#connection = this.#connect();
    this.#delivery = this.#deliver();
    const limits = { timeoutMs: requestTimeoutMs, countMax: requestsMax };
    this.#requests = new Requests(limits, clock, {
      send: (message) => this.#connection.send(message),
      probe: () => this.#connection.probe(),
    });
    this.#leavePage = this.#listenTo(network);
    const claim = claimSession(this.#options);
    if (claim instanceof Promise) void claim.then((found) => this.#begin(found));
    else this.#begin(claim);
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

  /**
   * Tells the gateway of a click, by a copy of `fields`. Never throws and never waits: what became of it is the ticket's. What
   * cannot be sent is refused at once, with `invalid_field`.
   */
  track(name: EventName, fields: EventFields = {}): Ticket {
    const { clock, queueMax } = this.#options;
    const copy = typeof name === 'string' ? eventFields(fields) : NO_NAME;
    const event = new PendingEvent(name, copy.ok ? copy.value : fields, clock.nowMs(), clock.elapsedMs());
    if (copy.ok && !NAMES.includes(name)) this.#leaveOut(event);
    else if (!copy.ok)
      this.#refuse(event, new AfterclickError('invalid_field', `The event cannot be sent: ${copy.problem}.`));
    else if (this.state.name === 'closed') this.#refuse(event, closedError());
    else if (!this.#delivery.add(event))
      this.#refuse(event, new AfterclickError('queue_full', `${queueMax} events wait already.`));
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
    return this.#ask<Result>({ ...request, t: 'recommend' });
  }

  /** The candidates in the order that suits the user. With `tmaxMs` the best order found by then, `degraded` when cut short. */
  rank(request: Omit<Rank, 't' | 'id'>): Promise<Result> {
    return this.#ask<Result>({ ...request, t: 'rank' });
  }

  /** What the gateway has made of what the shopper did: their interest graph. It knows every event tracked before. */
  graph(): Promise<Graph> {
    return this.#ask<Graph>({ t: 'graph' });
  }

  /** What the gateway takes the shopper's interests to be, with names. It knows every event tracked before. */
  profile(): Promise<Profile> {
    return this.#ask<Profile>({ t: 'profile' });
  }

  /** Says how much of an interest the shopper wants, by its id in `profile`. Resolves when it is kept for good; new lists follow. */
  tune(interest: number, value: TuneValue): Promise<Profile> {
    return this.#ask<Profile>({ t: 'tune', interest, value });
  }

  /**
   * The shopper has said what they allow; what is left out stays as it was. Without `personalise` lists come from the page and from trends
   * alone; without `learn` nothing of what they do is kept. It counts for all that is tracked or asked after it, and for every later
   * connection of this client. Resolves with all they allow when that is kept for good; new lists follow.
   */
  consent(said: SaidConsent): Promise<Consented> {
    this.#session.consent = { ...this.#session.consent, ...said };
    return this.#ask<Consented>({ ...said, t: 'consent' });
  }

  /** Gives the visitor a name: what they did so far becomes part of the user's graph. Lists of the user follow. */
  async identify(user: string, token?: string): Promise<Identified> {
    const before = this.#session.user;
    this.#session.user = user;
    try {
      return await this.#ask<Identified>({ t: 'identify', user, ...(token !== undefined && { token }) });
    } catch (error) {
      // Whom the gateway let in by that name goes on with it, whatever became of the question.
      if (this.#session.user === user && this.user !== user) this.#session.user = before;
      throw error;
    } finally {
      this.#session.save();
    }
  }

  /**
   * Subscribes to more slots, or redefines them by name, all or none. A list of each follows. When the gateway refuses them,
   * `error` says so and what was there before stays.
   */
  subscribe(slots: readonly Slot[]): void {
    try {
      this.#slots.want(checkedSlots(slots));
    } catch (error) {
      return this.#emitter.emit('error', error as AfterclickError);
    }
    this.#askSlots();
  }

  unsubscribe(names: readonly string[]): void {
    this.#slots.drop(names);
    for (const name of names) this.#lists.drop(name);
    if (this.#connection.isOpen) this.#connection.send({ t: 'unsubscribe', slots: names });
  }

  /**
   * The visitor has said whether this browser may know them again: keeps the session for later days, or for as long as the tab is
   * open, and takes it from where it was. Without an answer in `remember` of the options nothing outlives the tab.
   */
  async remember(isAllowed: boolean): Promise<void> {
    const storage = browserStorage(isAllowed);
    if (storage) await this.#session.moveTo(storage);
  }

  /**
   * Ends the connection for good and stops every timer. Promises that wait reject with `closed`. Unacknowledged events
   * stay in the storage for the next client on its key, unless `forget` is set.
   */
  close({ forget = false }: { forget?: boolean } = {}): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (forget) this.#session.forget();
    this.#leavePage();
    this.#connection.close();
    this.#lost();
    this.#session.end();
    this.#giveUp();
    this.#emitter.clear();
  }

  /** It is known which session is this client's. */
  #begin(claim: SessionClaim): void {
    if (this.#isClosed) return claim.release();
    this.#session.begin(claim);
    this.#connection.connect();
  }

  #connect(): GatewayLink {
    const options = this.#options;
    const WebSocket = socketConstructor(options.WebSocket);
    const canRenewToken = typeof options.token === 'function';
    return new GatewayLink(
      { ...options, WebSocket, addresses: this.#addresses, canRenewToken },
      {
        hello: () => this.#hello(),
        welcomed: (welcome) => this.#welcomed(welcome),
        received: (message) => this.#received(message),
        lost: () => this.#lost(),
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
        probe: (isAgain) => connection.probe(isAgain),
        restart: () => connection.restart(NUMBERS_TAKEN),
        acked: (seq, tickets) => this.#emitter.emit('ack', { seq, tickets }),
        refused: (event, error) => this.#refuse(event, error),
      },
      this.#options.clock,
    );
  }

  #listenTo(page: CompleteOptions['network']): () => void {
    const doubt = (): void => this.#connection.probe();
    const hurry = (): void => this.#connection.hurry();
    return page ? listenToPage(page, { hurry, doubt, leaves: () => this.#leaves() }) : () => undefined;
  }

  #leaves(): void {
    const { id: session, user, consent } = this.#session;
    const { token } = this.#options;
    // A beacon carries no token.
    if (token === undefined) this.#delivery.leaves({ url: this.#addresses.url, user, session, consent });
  }

  #lost(): void {
    this.#slotPause.stop();
    this.#slots.lost();
    this.#delivery.lost();
    this.#requests.lost();
  }

  #hello() {
    const { token } = this.#options;
    const given = typeof token === 'function' ? token() : token;
    const hello = (text: string | undefined) => this.#session.hello(this.#slots.hello(), text);
    return given instanceof Promise ? given.then(hello) : hello(given);
  }

  #welcomed(welcome: Welcome): void {
    if (this.#welcome && this.#welcome.user !== welcome.user) this.#lists.clear();
    this.#welcome = welcome;
    this.#session.welcomed(welcome.session);
    const unwanted = this.#slots.welcomed();
    if (unwanted.length > 0) this.#connection.send({ t: 'unsubscribe', slots: unwanted });
    this.#delivery.opened(welcome.seq, welcome.replaced?.seq);
    this.#requests.opened();
    this.#askSlots();
  }

  #received(message: Exclude<ServerMessage, { t: 'welcome' | 'bye' }>): void {
    if (message.t === 'recs') this.#listed(message);
    else if (message.t === 'ack') this.#delivery.acked(message.seq);
    else if (
      message.t === 'result' ||
      message.t === 'graph' ||
      message.t === 'profile' ||
      message.t === 'consented'
    )
      this.#requests.answered(message);
    else if (message.t === 'identified') this.#identified(message);
    else if (message.t === 'pong') this.#ponged(message.id);
    else if (message.t === 'error') this.#failed(message);
    else if (message.code === 'token_ending') void this.#renewToken();
    else if (message.code !== 'token_renewed')
      this.#emitter.emit('error', new AfterclickError('notice', message.message));
  }

  /** Where a token comes from a function, the next one is sent in place; without it the connection ends with 4002 and says hello again. */
  async #renewToken(): Promise<void> {
    const { token } = this.#options;
    if (typeof token !== 'function') return;
    try {
      this.#connection.send({ t: 'token', token: await token() });
    } catch {
      // The next hello asks again.
    }
  }

  #listed({ t: _t, ...told }: Recs): void {
    this.#delivery.listed(told.cause);
    const { slot } = told;
    const news = this.#slots.has(slot) ? this.#lists.put(told) : 'old';
    const list = this.#lists.get(slot) ?? told;
    if (news === 'new') this.#emitter.emit('list', list);
    if (news !== 'old') this.#emitter.emit('recs', list);
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
    else if (this.#slots.isAsked(error.id)) this.#slotsFailed(error);
    else if (!this.#requests.failed(error)) this.#failedUnnamed(error);
  }

  /** A refusal that says of no message that it is that one's. */
  #failedUnnamed(error: WireError): void {
    if (error.code === 'malformed') this.#delivery.undecoded();
    // Before the welcome it is the hello that was refused.
    const isHello = !this.#connection.isOpen && HELLO_REFUSALS.has(error.code);
    if (isHello && this.#slots.helloRefused()) this.#connection.greet();
    else this.#emitter.emit('error', new AfterclickError(error.code, error.message));
  }

  #askSlots(): void {
    const question = this.#connection.isOpen && !this.#slotPause.isWaiting ? this.#slots.next() : undefined;
    if (question === undefined) return;
    if (this.#connection.send({ t: 'subscribe', ...question })) {
      // A refusal comes before its pong.
      this.#connection.send({ t: 'ping', id: question.id });
    } else this.#slotsRefused('frame_too_large', 'they are larger than the gateway takes');
  }

  #slotsFailed({ code, message, retryAfterMs }: WireError): void {
    if (retryAfterMs === undefined) return this.#slotsRefused(code, message);
    this.#slots.postponed();
    this.#slotPause.start(retryAfterMs);
  }

  #slotsRefused(code: AfterclickError['code'], why: string): void {
    const names = this.#slots.refused().join(', ');
    this.#emitter.emit(
      'error',
      new AfterclickError(code, `The gateway does not take the slots ${names}: ${why}`),
    );
    this.#askSlots();
  }

  #ponged(id: string | number | undefined): void {
    if (this.#slots.isAsked(id)) {
      this.#slots.taken();
      this.#askSlots();
    } else this.#delivery.ponged(id);
  }

  #ask<Answer extends RequestAnswer>(asked: Unnumbered<RequestMessage>): Promise<Answer> {
    if (this.state.name === 'closed') return Promise.reject(closedError());
    return this.#requests.ask<Answer>({ ...asked, id: this.#requests.nextId() });
  }

  /** What the contract has no name for is no concern of the gateway's: a shop that tracks more for others is told once of each name. */
  #leaveOut(event: PendingEvent): void {
    const { name } = event;
    const error = new AfterclickError(
      'unknown_event',
      `${name} is no event of Afterclick; it stays on the page.`,
    );
    event.settle(error);
    if (this.#leftOut.has(name) || this.#leftOut.size === LEFT_OUT_MAX) return;
    this.#leftOut.add(name);
    this.#emitter.emit('refused', { ticket: event, error });
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

/** What a refused hello is refused for when its slots are to blame. */
const HELLO_REFUSALS: ReadonlySet<string> = new Set(['invalid_field', 'too_many', 'malformed']);

/** Names that a page is told of; of more nothing is said. */
export const LEFT_OUT_MAX = 64;
const NAMES: readonly string[] = EVENT_NAMES;
const NO_NAME = { ok: false, problem: 'its name is not a text' } as const;

function closedError(): AfterclickError {
  return new AfterclickError('closed', 'The client is closed.');
}
