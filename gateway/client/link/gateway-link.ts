/**
 * Keeps one socket to the gateway open: hello, heartbeat, reconnect. It hands over whole messages and knows nothing of
 * events or lists. States: connecting → open → waiting → connecting …, and closed for good. A socket that was given up is
 * deaf at once; what it still says is not heard. After `close` nothing is left: no socket, timer or listener.
 * With several addresses each try goes to another one, and a node that is silent is left sooner. Where `welcome` names the node
 * that answers for the shopper, a socket to it is opened beside the one in use, and takes its place when it is open.
 */
import type { Bye, ClientMessage, Hello, ServerMessage, Welcome } from '../../protocol/messages.js';
import type { Addresses } from './addresses.js';
import { type Clock, Timer } from './client-clock.js';
import { type Codec, frameBytes } from './wire-format.js';
import { Heartbeat, PROBE_MS } from './heartbeat.js';
import { type BackoffBounds, type Ended, pauseMs, reconnectPolicy } from './reconnect.js';

/** What a page may show of the connection. */
export type ConnectionState =
  | { readonly name: 'connecting' }
  | { readonly name: 'open' }
  /** The connection ended with `code` and `reason`; the next try comes in `retryInMs`. */
  | ({ readonly name: 'waiting'; readonly retryInMs: number } & Ended)
  /** It ended for good. */
  | ({ readonly name: 'closed' } & Ended);

/** Where a link leads and how it is kept. */
export interface LinkOptions {
  readonly addresses: Addresses;
  /** Undefined where nothing is to be connected: a page that is made on a server. */
  readonly WebSocket: SocketConstructor | undefined;
  readonly codec: Codec;
  readonly backoff: BackoffBounds;
  /** A socket without `welcome` after this long is given up; the first tries of several addresses sooner. */
  readonly connectTimeoutMs: number;
  readonly canRenewToken: boolean;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Whom a link asks for its first message, and tells what comes in. */
export interface LinkListener {
  /** The first message of a connection; a promise when a token has to be fetched for it. */
  hello(): Hello | Promise<Hello>;
  welcomed(welcome: Welcome): void;
  received(message: Exclude<ServerMessage, Welcome | Bye>): void;
  /** The connection that was welcomed is gone. */
  lost(): void;
  stateChanged(state: ConnectionState): void;
  undecodable(reason: string): void;
}

/** Where there are several addresses, how long the first one has to let the client in, and to answer a probe; then twice as long. */
export const FIRST_CONNECT_MS = 1_500;
export const FIRST_PROBE_MS = 750;
/** A connection that lasted this long counts as a good one: the next failure starts from no backoff. */
export const STABLE_AFTER_MS = 5_000;
/** Codes of ends that the client makes itself, from the range that RFC 6455 leaves to applications. */
export const NO_ANSWER: Ended = { code: 4900, reason: 'no answer from the gateway' };
export const NO_TOKEN: Ended = { code: 4901, reason: 'the page could not get a token' };
export const NUMBERS_TAKEN: Ended = { code: 4902, reason: 'our numbers are taken' };
export const HELLO_BROKEN: Ended = { code: 4903, reason: 'hello cannot be sent' };
export const NOT_A_PAGE: Ended = {
  code: 4904,
  reason: 'this is no page: pass the option WebSocket',
};
export const CLOSED_HERE: Ended = { code: 1000, reason: 'closed by the page' };

export class GatewayLink {
  readonly #options: LinkOptions;
  readonly #listener: LinkListener;
  readonly #connectTimer: Timer;
  readonly #retryTimer: Timer;
  readonly #heartbeat: Heartbeat;
  #state: ConnectionState = { name: 'connecting' };
  #socket: Socket | undefined;
  /** Leads to the node that answers for the shopper, and is not open yet. */
  #next: Socket | undefined;
  #welcome: Welcome | undefined;
  /** When hello was said, then when the gateway let the client in. */
  #sinceMs = 0;
  #settledMs = -Infinity;
  #bye: Bye | undefined;
  #attempt = 0;

  constructor(options: LinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    const giveUp = (): void => this.#end(NO_ANSWER);
    this.#connectTimer = new Timer(options.clock, giveUp);
    this.#retryTimer = new Timer(options.clock, () => this.connect());
    this.#heartbeat = new Heartbeat(
      options.clock,
      (id) => this.send(id === undefined ? { t: 'ping' } : { t: 'ping', id }),
      giveUp,
      options.addresses.count > 1 ? FIRST_PROBE_MS : PROBE_MS,
    );
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#state.name === 'open';
  }

  /** Opens a socket. Does nothing while there is one, or after `close`. */
  connect(): void {
    if (this.#socket || this.#state.name === 'closed') return;
    this.#retryTimer.stop();
    const socket = this.#dial(this.#options.addresses.url);
    if (socket === undefined) return this.#become({ name: 'closed', ...NOT_A_PAGE });
    socket.onopen = () => void this.#greet(socket);
    this.#adopt(socket);
  }

  /**
   * Sends when open, and does nothing when not: whoever asks has to ask again once it is. False when the message is larger
   * than the gateway takes; nothing was sent then.
   */
  send(message: ClientMessage): boolean {
    if (!this.#welcome || !this.#socket) return true;
    const frame = this.#options.codec.encode(message);
    const { frameBytes: bytesMax } = this.#welcome.limits;
    if (frameBytes(frame, bytesMax) > bytesMax) return false;
    this.#socket.send(frame);
    return true;
  }

  /** The network came back, or the shopper: what waits for a retry tries now, and what is open is looked at. */
  hurry(): void {
    this.#attempt = 0;
    if (this.#state.name === 'waiting') this.connect();
    else this.probe();
  }

  /**
   * The path may be dead: asks for a sign of life and gives the connection up when none comes soon. `isAgain`: it was alive, and there is no
   * answer still; then what is behind it may be out of reach for this node, and not for another one.
   */
  probe(isAgain = false): void {
    if (!this.isOpen) return;
    if (isAgain && !this.#heartbeat.isProbing && this.#options.addresses.count > 1) this.#end(NO_ANSWER);
    else this.#heartbeat.probe();
  }

  /** Says hello again on a connection whose hello was refused. */
  greet(): void {
    if (this.#socket && !this.#welcome) void this.#greet(this.#socket);
  }

  /** Gives the connection up and opens another one. */
  restart(ended: Ended): void {
    if (this.isOpen) this.#end(ended, 'now');
  }

  close(): void {
    if (this.#state.name === 'closed') return;
    this.#release((socket) => socket.close(CLOSED_HERE.code));
    this.#become({ name: 'closed', ...CLOSED_HERE });
  }

  #dial(url: string): Socket | undefined {
    const { WebSocket, codec } = this.#options;
    if (WebSocket === undefined) return undefined;
    const socket = new WebSocket(url, [codec.subprotocol]) as Socket;
    socket.binaryType = 'arraybuffer';
    // Says nothing that the close that always follows does not say.
    socket.onerror = () => undefined;
    return socket;
  }

  /** The connection is this socket's from now on. */
  #adopt(socket: Socket): void {
    this.#socket = socket;
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => this.#end({ code: event.code, reason: event.reason });
    const { addresses, connectTimeoutMs } = this.#options;
    const patienceMs = addresses.count > 1 ? FIRST_CONNECT_MS * 2 ** this.#attempt : connectTimeoutMs;
    this.#connectTimer.start(Math.min(patienceMs, connectTimeoutMs));
    this.#become({ name: 'connecting' });
  }

  /** Goes on at the node that answers for the shopper, once it lets a socket in; else stays. */
  #settle(url: string): void {
    const socket = (this.#next = this.#dial(url)!);
    socket.onopen = () => {
      this.#next = undefined;
      this.#release((before) => before.close());
      const { addresses, clock } = this.#options;
      addresses.use(url);
      this.#settledMs = clock.elapsedMs();
      this.#adopt(socket);
      this.#listener.lost();
      void this.#greet(socket);
    };
  }

  async #greet(socket: Socket): Promise<void> {
    try {
      const hello = this.#listener.hello();
      // Without a token to wait for, hello leaves in the same turn as the socket opens.
      const ready = hello instanceof Promise ? await hello : hello;
      if (socket === this.#socket) this.#sayHello(socket, ready);
    } catch {
      if (socket === this.#socket) this.#end(NO_TOKEN, 'backoff');
    }
  }

  /** What cannot be sent now cannot be sent the next time. */
  #sayHello(socket: Socket, hello: Hello): void {
    let frame: string | Uint8Array;
    try {
      frame = this.#options.codec.encode(hello);
    } catch {
      return this.#end(HELLO_BROKEN, 'never');
    }
    this.#sinceMs = this.#options.clock.elapsedMs();
    socket.send(frame);
  }

  #hear(frame: unknown): void {
    this.#heartbeat.heard();
    let message: ServerMessage;
    try {
      message = this.#options.codec.decode(frame) as ServerMessage;
    } catch (error) {
      return this.#listener.undecodable(String(error));
    }
    if (message.t === 'welcome') this.#open(message);
    else if (message.t === 'bye') this.#bye = message;
    else if (message.t !== 'pong' || !this.#heartbeat.ponged(message.id)) this.#listener.received(message);
  }

  #open(welcome: Welcome): void {
    this.#connectTimer.stop();
    this.#welcome = welcome;
    const helloMs = this.#sinceMs;
    this.#sinceMs = this.#options.clock.elapsedMs();
    this.#heartbeat.start(welcome.heartbeatMs, welcome.idleTimeoutMs, this.#sinceMs - helloMs);
    this.#state = { name: 'open' };
    // First the events that wait, then whatever a listener of the state sends.
    this.#listener.welcomed(welcome);
    if (this.isOpen) this.#become(this.#state);
    const { owner } = welcome;
    // Nodes that disagree on who it is do not send a client to and fro.
    const isSettled = this.#sinceMs - this.#settledMs < STABLE_AFTER_MS;
    if (this.isOpen && !isSettled && this.#options.addresses.isOther(owner)) this.#settle(owner);
  }

  #end(ended: Ended, policy = reconnectPolicy(ended, this.#bye, this.#options.canRenewToken)): void {
    const wasOpen = this.#welcome !== undefined;
    const { addresses, clock, backoff, random } = this.#options;
    if (wasOpen && clock.elapsedMs() - this.#sinceMs >= STABLE_AFTER_MS) this.#attempt = 0;
    this.#release((socket) => socket.close());
    if (policy === 'never') this.#become({ name: 'closed', ...ended });
    else {
      addresses.leave();
      const retryInMs = pauseMs(
        policy,
        { tries: this.#attempt++, addresses: addresses.count },
        backoff,
        random,
      );
      this.#retryTimer.start(retryInMs);
      this.#become({ name: 'waiting', retryInMs, ...ended });
    }
    if (wasOpen) this.#listener.lost();
  }

  #release(close: (socket: Socket) => void): void {
    const sockets = [this.#socket, this.#next];
    this.#socket = this.#next = this.#welcome = this.#bye = undefined;
    this.#connectTimer.stop();
    this.#retryTimer.stop();
    this.#heartbeat.stop();
    for (const socket of sockets) {
      if (!socket) continue;
      socket.onopen = socket.onmessage = socket.onclose = null;
      close(socket);
    }
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#listener.stateChanged(state);
  }
}

/** The part of the browser's `WebSocket` that a client uses; `ws` on Node has it too. */
export interface Socket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(frame: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

/** A class with the browser's `WebSocket` interface: its own on a page, `WebSocket` of the `ws` package on Node 20. */
export type SocketConstructor = new (url: string, protocols: string[]) => object;

/**
 * The class given, or that of a page or worker. Undefined elsewhere, also where there is one: a server that makes pages runs the same
 * code, for every visitor, and nobody would close what it opens.
 */
export function socketConstructor(given: SocketConstructor | undefined): SocketConstructor | undefined {
  const runtime = globalThis as { WebSocket?: SocketConstructor; document?: object; importScripts?: object };
  const isPage = runtime.document !== undefined || runtime.importScripts !== undefined;
  return given ?? (isPage ? runtime.WebSocket : undefined);
}
