import { AddressBudget } from '../admission/address-budget.js';
import { AddressStrikes } from '../admission/address-strikes.js';
import type { ClientSocket, SocketPeer } from './client-socket.js';
import type { HttpReply } from './http-call.js';
import { HttpExchange } from './http-exchange.js';
import type { MemoryWatch } from '../admission/memory-watch.js';
import { problemReply } from './problem.js';
import { forwardedBy, readHead } from './front-door.js';
import { framingRefusal } from './request-framing.js';
import type { ServerContext } from './server-context.js';
import { readOffer, unknownSubprotocol } from './socket-offer.js';
import { Partings } from './partings.js';
import { PeerSocket } from './peer-socket.js';
import type { RawRequest, RawResponse, RawSocket, SocketBehavior } from './transport/transport.js';
import { CLOSES } from '../protocol/close-codes.js';
import { codecOf } from '../protocol/codec.js';
import { WIRE_LIMITS } from '../protocol/limits.js';
import type { Subprotocol } from '../protocol/version.js';

/** Makes the peer of a socket that has been opened. */
export type OpenSocket = (socket: ClientSocket, subprotocol: Subprotocol) => SocketPeer;

/**
 * What a peer can make the transport keep of a message that is not whole. The transport cuts a longer one off without a close code;
 * between the contract's limit and this one the connection is told `bye` and 1009.
 */
const FRAME_CEILING_BYTES = 2 * WIRE_LIMITS.frameBytes;
/** Above what one flush of an outbox leaves in the socket with pongs and `bye` on top; a send beyond it is dropped. */
const BACKPRESSURE_MAX_BYTES = 1024 * 1024;
/** Closes that say that the peer sent what no honest one sends. */
const STRIKING: ReadonlySet<number> = new Set(
  [CLOSES.rateLimited, CLOSES.malformed, CLOSES.frameTooLarge].map(({ code }) => code),
);
/** Idle timeouts that may pass without a whole message, ping or pong, however many bytes come in. */
const SILENT_SWEEPS_MAX = 2;
/** Pause between two looks at closes that wait for their peers. */
const PARTINGS_LOOK_MS = 1_000;
/** Sockets that are cut off in one turn, 50 µs each. */
const CUT_OFF_BITE = 16;

/** What an open socket costs beyond its upgrade, about: a hello, a user who is opened, a first list, and its end. */
const VISIT_US = 500;
/** How long a refusal waits that says when to come back; and so many of one address, and sixteen times as many in all. */
const REFUSAL_HELD_MS = 500;
export const REFUSALS_HELD_MAX = 64;

interface SocketState {
  readonly subprotocol: Subprotocol;
  readonly address: string;
  /** A page that is not listed asked for it: it is told so, and hears nothing else. */
  readonly isForeign: boolean;
  /** Undefined before it is open, and when nobody listens to it any more. */
  socket?: PeerSocket<SocketState> | undefined;
  peer?: SocketPeer | undefined;
}

/**
 * `/v1/ws`: looks at who asks, counts, and makes a `ClientSocket` with a peer of each socket.
 *
 * The transport's idle timeout begins anew with every byte, so a peer that sends a frame byte by byte would never be idle: a
 * sweep ends who sent nothing whole for `SILENT_SWEEPS_MAX` timeouts.
 */
export class SocketServer {
  readonly #context: ServerContext;
  readonly #sockets: AddressBudget;
  readonly #strikes = new AddressStrikes();
  /** Refusals that are not told yet. */
  readonly #held = new AddressBudget({ perAddressMax: REFUSALS_HELD_MAX, allMax: 16 * REFUSALS_HELD_MAX });
  readonly #memory: MemoryWatch;
  readonly #openSocket: OpenSocket;
  readonly #open = new Set<PeerSocket<SocketState>>();
  readonly #partings: Partings<SocketState>;
  readonly #sweeps: NodeJS.Timeout;
  readonly #looks: NodeJS.Timeout;

  /** @param sockets one is taken for each open socket. */
  constructor(context: ServerContext, sockets: AddressBudget, memory: MemoryWatch, openSocket: OpenSocket) {
    this.#context = context;
    this.#sockets = sockets;
    this.#memory = memory;
    this.#openSocket = openSocket;
    this.#partings = new Partings(context.clock, context.idleTimeoutMs);
    this.#sweeps = setInterval(() => this.#sweep(), context.idleTimeoutMs);
    this.#looks = setInterval(() => this.#partings.look(), PARTINGS_LOOK_MS);
  }

  /** What the transport does with sockets. */
  behavior(): SocketBehavior<SocketState> {
    return {
      maxPayloadLength: FRAME_CEILING_BYTES,
      maxBackpressure: BACKPRESSURE_MAX_BYTES,
      idleTimeout: Math.round(this.#context.idleTimeoutMs / 1_000),
      upgrade: (response, request, context) => this.#upgrade(response, request, context),
      open: (raw) => {
        const state = raw.getUserData();
        if (state.isForeign) return showOut(raw, state.subprotocol);
        state.socket = new PeerSocket(raw, state.address, this.#end);
        this.#open.add(state.socket);
        state.peer = this.#openSocket(state.socket, state.subprotocol);
      },
      message: (raw, message, isBinary) => {
        const { socket, peer } = raw.getUserData();
        if (peer === undefined) return this.#partings.heard(raw);
        socket?.heard();
        peer.receive(message, isBinary);
      },
      drain: (raw) => {
        const { peer } = raw.getUserData();
        if (peer === undefined) this.#partings.drained(raw);
        else peer.drained();
      },
      ping: (raw) => {
        const { socket, peer } = raw.getUserData();
        if (peer === undefined) return this.#partings.heard(raw);
        socket?.heard();
        if (socket?.pinged(this.#context.clock.nowUs()) === false) peer.flooded();
      },
      pong: (raw) => raw.getUserData().socket?.heard(),
      close: (raw, code) => {
        const { address } = raw.getUserData();
        this.#sockets.give(address, 1);
        if (STRIKING.has(code)) this.#strikes.strike(address, this.#context.clock.nowUs());
        this.#partings.gone(raw);
        this.#parted(raw, code);
      },
    };
  }

  /** Whoever sent what no honest peer sends is not waited for. The peer's side is over at once, and the socket still counts. */
  readonly #end = (raw: RawSocket<SocketState>, code: number, reason: string): void => {
    if (STRIKING.has(code) || !this.#partings.keep(raw, code, reason)) raw.end(code, reason);
    else this.#parted(raw, code);
  };

  /** Tells the peer, once. */
  #parted(raw: RawSocket<SocketState>, code: number): void {
    const state = raw.getUserData();
    const { socket, peer } = state;
    if (socket !== undefined) this.#open.delete(socket);
    socket?.gone();
    state.socket = undefined;
    state.peer = undefined;
    peer?.closed(code);
  }

  /** No more sweeps. */
  stop(): void {
    clearInterval(this.#sweeps);
    clearInterval(this.#looks);
  }

  #sweep(): void {
    this.#cutOff([...this.#open].filter((socket) => socket.sweep(SILENT_SWEEPS_MAX)));
  }

  /** Some in each turn of the event loop: what others wait for comes in between. */
  #cutOff(silent: PeerSocket<SocketState>[]): void {
    for (const socket of silent.splice(0, CUT_OFF_BITE)) socket.cutOff();
    if (silent.length > 0) setImmediate(() => this.#cutOff(silent));
  }

  #upgrade(response: RawResponse, request: RawRequest, context: object): void {
    const { addresses, clock, times } = this.#context;
    const startUs = clock.nowUs();
    const address = addresses.clientOf(response.getRemoteAddress(), () => forwardedBy(request));
    const framing = framingRefusal(request);
    if (framing !== undefined) {
      new HttpExchange(response, this.#context, address).turnAwayLater(framing);
      return;
    }
    const offer = readOffer(request);
    const { subprotocol } = offer;
    const turnedAway = this.#context.frontDoor.turnAway(readHead(request));
    if (turnedAway !== undefined) this.#context.refused(turnedAway.reason);
    const isForeign = turnedAway?.reason === 'origin';
    const shut = isForeign ? undefined : turnedAway?.reply;
    const refusal = shut ?? offer.refusal ?? this.#refusal(subprotocol, address);
    if (refusal !== undefined || subprotocol === undefined) {
      this.#refuse(response, address, refusal ?? unknownSubprotocol());
      return;
    }
    const key = request.getHeader('sec-websocket-key');
    const extensions = request.getHeader('sec-websocket-extensions');
    // At once: of upgrades that uWebSockets.js is given later, some end without a word while much goes on.
    response.upgrade(
      { subprotocol, address, isForeign } satisfies SocketState,
      key,
      offer.named,
      extensions,
      context,
    );
    const nowUs = clock.nowUs();
    times.spend(address, nowUs - startUs + VISIT_US, nowUs);
  }

  /** Whoever has to wait is told so after a while, as far as there is room: they would be back at once. */
  #refuse(response: RawResponse, address: string, reply: HttpReply): void {
    const exchange = new HttpExchange(response, this.#context, address);
    const mayWait = reply.headers?.['retry-after'] !== undefined && this.#held.take(address, 1) === 'taken';
    if (!mayWait) return exchange.turnAway(reply);
    setTimeout(() => {
      this.#held.give(address, 1);
      exchange.turnAway(reply);
    }, REFUSAL_HELD_MS).unref();
  }

  /** Undefined when the socket is counted and may be opened. */
  #refusal(subprotocol: Subprotocol | undefined, address: string): HttpReply | undefined {
    const { clock, overload, phase, refused, times } = this.#context;
    if (phase() === 'leaving') return goingAway();
    if (subprotocol === undefined) return unknownSubprotocol();
    if (overload.isShut) {
      refused('overload');
      return overloaded(overload.retryAfterSec());
    }
    if (this.#memory.isFull) {
      refused('memory');
      return tooMany(
        'the gateway is at the end of its memory (AFTERCLICK_MEMORY_MAX_PERCENT); connect again later',
      );
    }
    const waitSec = this.#strikes.waitSec(address, clock.nowUs());
    if (waitSec > 0) {
      refused('strikes');
      return tooMany(
        `sockets from ${address} were closed time and again for what they sent (4000, 4010 or 1009); connect again later`,
        waitSec,
      );
    }
    if (times.isOver(address, clock.nowUs())) {
      refused('time');
      return tooMany(
        `${address} took more than its share of a busy gateway, with sockets or requests; connect again later`,
        1,
      );
    }
    const taken = this.#sockets.take(address, 1);
    if (taken === 'taken') return undefined;
    refused('sockets');
    return tooMany(
      taken === 'full'
        ? 'the gateway has as many sockets as AFTERCLICK_SOCKETS_MAX allows; connect again later'
        : `${address} has as many sockets as AFTERCLICK_SOCKETS_PER_ADDRESS_MAX allows; ` +
            'when it is a proxy of yours, list it in AFTERCLICK_PROXIES',
    );
  }
}

/** A browser tells a page nothing of a refused upgrade, so the socket is opened and ended with a code that says why. */
function showOut(raw: RawSocket<SocketState>, subprotocol: Subprotocol): void {
  const codec = codecOf(subprotocol);
  const { code, reason, reconnect } = CLOSES.notAllowed;
  raw.send(codec.encode({ t: 'bye', code, reason, reconnect }), codec.binary);
  raw.end(code, reason);
}

function goingAway(): HttpReply {
  return problemReply('draining', 'the server is going away; connect again');
}

function overloaded(retryAfterSec: number): HttpReply {
  const detail =
    'the gateway has more to do for the shoppers who are connected than it can; connect again later, and add cores and shards';
  const extra = { retryAfterMs: 1_000 * retryAfterSec };
  return problemReply('overloaded', detail, extra, { 'retry-after': `${retryAfterSec}` });
}

function tooMany(detail: string, retryAfterSec = 10): HttpReply {
  return problemReply('too_many_sockets', detail, {}, { 'retry-after': `${retryAfterSec}` });
}
