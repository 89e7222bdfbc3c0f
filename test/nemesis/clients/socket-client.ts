import type { ServerMessage, Welcome, WireError } from '../../../gateway/protocol/messages.js';
import { PlainClient } from '../../support/gateway/plain-client.js';
import type { Client, ClientHost } from './client-host.js';
import { itemOf, USERS, userName } from './item-plans.js';
import { eventOf, SessionState } from './session-state.js';

const ACT_MS = 60;
const RECONNECT_MS = 40;
const RETRY_MS = 30;
const BURST = 5;
/** With so many unacknowledged, a shopper waits. */
const UNACKED_MAX = 40;
/** Events sent again that were sent before. */
const REPEATS = 6;

/**
 * A shopper over a WebSocket, a visitor at first: clicks in bursts, sends events again that are acknowledged already, cuts the
 * connection, says who they are, leaves and comes as somebody else. Nothing is sent that is not in the ledger on the disk.
 */
export class SocketClient implements Client {
  readonly #host: ClientHost;
  #session: SessionState;
  /** Who the visitor will turn out to be. */
  #destined = 0;
  #sessions: number;
  #client: PlainClient | undefined;
  #isWelcome = false;
  /** Where it connected last, and what it has heard since. */
  #url = '';
  #heard: string[] = [];
  #isActing = false;
  #isGone = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(host: ClientHost) {
    this.#host = host;
    this.#sessions = host.ledger.earlier.filter(({ k }) => k === 'session').length;
    this.#session = SessionState.of(host.ledger.earlier) ?? this.#newSession();
    this.#destined = this.#destinedOf(this.#session);
    this.#connect();
    this.#actLater();
  }

  go(): void {
    this.#isActing = true;
  }

  settle(): void {
    this.#isActing = false;
  }

  get unsettled(): string {
    const { id, acked, events } = this.#session;
    if (this.#isWelcome && acked === events.length) return '';
    const away = this.#isWelcome
      ? ''
      : `not welcome at ${this.#url} (${this.#heard.join(', ') || 'silent'}), `;
    return `${id}: ${away}${acked} of ${events.length} acknowledged`;
  }

  end(): void {
    this.#isGone = true;
    clearTimeout(this.#retry);
    this.#client?.cut();
    this.#host.ledger.close();
  }

  #actLater(): void {
    setTimeout(
      () => {
        if (this.#isGone) return;
        if (this.#isActing && this.#isWelcome) this.#act();
        this.#actLater();
      },
      1 + this.#host.random(ACT_MS),
    );
  }

  #act(): void {
    const what = this.#host.random(100);
    if (what < 66) this.#click();
    else if (what < 76) this.#repeat();
    else if (what < 83) this.#reconnect();
    else if (what < 91) this.#sayWho();
    else if (what < 96) this.#leave();
  }

  #click(): void {
    const { random, ledger, mark } = this.#host;
    const session = this.#session;
    if (session.unacked > UNACKED_MAX) return;
    const before = session.events.length;
    for (let left = random(BURST); left >= 0; left--) {
      const e = (['view_item', 'view_item', 'view_item', 'add_to_cart', 'search'] as const)[random(5)];
      const item = e === 'search' ? {} : { item: itemOf(this.#destined, random) };
      const line = {
        k: 'sent',
        session: session.id,
        seq: session.events.length + 1,
        value: mark(),
        e,
        ...item,
      } as const;
      ledger.add(line);
      session.events.push(eventOf(line));
    }
    ledger.sync();
    // While older events wait to be sent again, these would only leave a gap.
    if (this.#retry === undefined)
      for (const event of session.events.slice(before)) this.#client?.send(event);
  }

  /** [D2] Sends again what was sent before, acknowledged or not. */
  #repeat(): void {
    if (this.#retry !== undefined) return;
    for (const event of this.#session.events.slice(-1 - this.#host.random(REPEATS)))
      this.#client?.send(event);
  }

  #sayWho(): void {
    if (this.#session.user !== undefined) return;
    const user = userName(this.#destined);
    this.#session.user = user;
    this.#host.ledger.add({ k: 'user', session: this.#session.id, user });
    this.#host.ledger.sync();
    if (this.#host.random(2) === 0) this.#reconnect();
    else this.#client?.send({ t: 'identify', id: 1, user });
  }

  /** Leaves the session, most of the time when all of it is acknowledged. */
  #leave(): void {
    if (this.#session.unacked > 0 && this.#host.random(3) > 0) return;
    this.#host.ledger.add({ k: 'left', session: this.#session.id });
    this.#session = this.#newSession();
    this.#destined = this.#destinedOf(this.#session);
    this.#reconnect();
  }

  #newSession(): SessionState {
    const { name, random, ledger } = this.#host;
    const id = `${name}-session-${++this.#sessions}`;
    const user = random(4) === 0 ? userName(random(USERS)) : undefined;
    ledger.add({ k: 'session', session: id, ...(user !== undefined && { user }) });
    ledger.sync();
    return new SessionState(id, user);
  }

  #destinedOf({ id, user }: SessionState): number {
    if (user !== undefined) return Number(user.slice(userName(0).length - 1));
    // Of the session alone, so that a client that is started again goes on with the same one.
    return Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % USERS;
  }

  #reconnect(): void {
    this.#client?.cut();
    this.#connect();
  }

  #connect(): void {
    if (this.#isGone) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#isWelcome = false;
    const { id, user, acked, isKnown } = this.#session;
    const slots = [{ slot: 'home', k: 5 }];
    const known = isKnown ? { resume: { session: id, seq: acked } } : { session: id };
    const tongue = this.#host.random(2) === 0 ? 'json' : 'msgpack';
    this.#url = this.#host.url;
    this.#heard = [];
    const client = new PlainClient(
      this.#url,
      tongue,
      { t: 'hello', ...(user !== undefined && { user }), slots, ...known },
      {
        message: (message) => this.#client === client && this.#hear(message),
        closed: () => this.#client === client && this.#closed(),
      },
    );
    this.#client = client;
  }

  #hear(message: ServerMessage): void {
    if (!this.#isWelcome) this.#heard.push(message.t === 'error' ? `error ${message.code}` : message.t);
    if (message.t === 'welcome') this.#welcomed(message);
    else if (message.t === 'ack') this.#acked(message.seq);
    else if (message.t === 'error') this.#refused(message);
    else if (message.t === 'bye' && message.reconnect === 'never')
      this.#problem(`bye ${message.code} ${message.reason}`);
  }

  #welcomed({ session, seq }: Welcome): void {
    if (session !== this.#session.id) {
      this.#problem(`[D4] session ${session} in the place of ${this.#session.id}`);
      return;
    }
    this.#session.isKnown = true;
    this.#host.ledger.add({ k: 'welcome', session, seq });
    this.#acked(seq);
    this.#isWelcome = true;
    this.#sendUnacked();
  }

  #acked(seq: number): void {
    const session = this.#session;
    session.acked = Math.max(session.acked, Math.min(seq, session.events.length));
    this.#host.ledger.add({ k: 'acked', session: session.id, seq });
    this.#host.ledger.sync();
  }

  #refused({ code, seq, message, retryAfterMs }: WireError): void {
    if (code === 'overloaded' || code === 'shard_restarting' || code === 'seq_gap')
      this.#retry ??= setTimeout(() => this.#sendUnacked(), retryAfterMs ?? RETRY_MS);
    // A user cannot be opened while their shard does not live.
    else if (code === 'internal' && seq === undefined) this.#closed();
    else this.#problem(`error ${code} (seq ${seq}): ${message}`);
  }

  #sendUnacked(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const event of this.#session.events.slice(this.#session.acked)) this.#client?.send(event);
  }

  #closed(): void {
    const client = this.#client;
    this.#isWelcome = false;
    setTimeout(
      () => {
        if (this.#client === client && !this.#isWelcome) this.#reconnect();
      },
      1 + this.#host.random(RECONNECT_MS),
    );
  }

  #problem(words: string): void {
    this.#host.ledger.add({ k: 'problem', words: `${this.#session.id}: ${words}` });
    this.#host.ledger.sync();
  }
}
