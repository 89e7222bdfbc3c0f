import { STATUS_CODES } from 'node:http';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ClientSocket, SendOutcome, SocketPeer } from './client-socket.js';
import type { HttpHandler, HttpReply } from './http-call.js';
import { problemReply } from './problem.js';
import { SUBPROTOCOLS, type Subprotocol } from '../protocol/version.js';
import type { Uws, UwsApp, UwsRequest, UwsResponse, UwsWebSocket } from './uws.js';

/** Where a server listens. */
export interface ServerAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** A socket that is silent for so long is closed. */
  readonly idleTimeoutMs: number;
}

/** Who takes what comes in. */
export interface ServerHandlers {
  readonly openSocket: (socket: ClientSocket, subprotocol: Subprotocol) => SocketPeer;
  readonly answer: HttpHandler;
  /** Body bytes that a request to this path may have. */
  readonly bodyBytesMax: (path: string) => number;
  /** True while new sockets are turned away. */
  readonly isDraining: () => boolean;
}

/** The port that is listened on, and the end of it. */
export interface GatewayServer {
  readonly port: number;
  /** Takes no more, and cuts what is still open. */
  close(): void;
}

/**
 * Frames above this are cut off by the addon without a close code; between the contract's limit and this one the connection
 * can still be told `bye` and 1009. It bounds what a peer can make the gateway buffer.
 */
const FRAME_CEILING_BYTES = 16 * 1024 * 1024;
/** Above anything that one flush of an outbox can leave in the socket; a send beyond it is dropped and closes 4008. */
const BACKPRESSURE_MAX_BYTES = 16 * 1024 * 1024;

interface SocketState {
  readonly subprotocol: Subprotocol;
  socket?: UwsSocket;
  peer?: SocketPeer;
}

class UwsSocket implements ClientSocket {
  #ws: UwsWebSocket<SocketState> | undefined;

  constructor(ws: UwsWebSocket<SocketState>) {
    this.#ws = ws;
  }

  send(frame: Uint8Array, isBinary: boolean): SendOutcome {
    const outcome = this.#ws?.send(frame, isBinary) ?? 1;
    if (outcome === 1) return 'sent';
    return outcome === 0 ? 'buffered' : 'dropped';
  }

  bufferedBytes(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }

  cork(write: () => void): void {
    this.#ws?.cork(write);
  }

  end(code: number, reason: string): void {
    this.#ws?.end(code, reason);
  }

  /** The addon's object must not be touched any more. */
  gone(): void {
    this.#ws = undefined;
  }
}

/**
 * The uWebSockets.js adapter: sockets become `ClientSocket`s with a peer each, requests become `HttpCall`s with a reply each.
 * What has to be copied or decoded before a callback of the addon returns is copied or decoded here.
 *
 * Listens. Rejects with `StartupError` `port_in_use` when the address is taken.
 */
export function startServer(
  uws: Uws,
  address: ServerAddress,
  handlers: ServerHandlers,
  clock: Clock,
): Promise<GatewayServer> {
  const app = uws.App();
  serveSockets(app, address.idleTimeoutMs, handlers);
  app.any('/*', (response, request) => serveRequest(response, request, handlers, clock));
  return new Promise((listening, failed) => {
    app.listen(address.host, address.port, uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (token) => {
      if (token === false) return failed(portInUse(address));
      listening({ port: uws.us_socket_local_port(token), close: onlyOnce(() => app.close()) });
    });
  });
}

function onlyOnce(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

function portInUse({ host, port }: ServerAddress): StartupError {
  return new StartupError(
    'port_in_use',
    `cannot listen on ${host}:${port}: the port is in use or the address is not this machine's; ` +
      'end the other process, or choose another with AFTERCLICK_PORT or --port (0 takes any free one)',
  );
}

function serveSockets(app: UwsApp, idleTimeoutMs: number, handlers: ServerHandlers): void {
  app.ws<SocketState>('/v1/ws', {
    maxPayloadLength: FRAME_CEILING_BYTES,
    maxBackpressure: BACKPRESSURE_MAX_BYTES,
    idleTimeout: Math.round(idleTimeoutMs / 1_000),
    sendPingsAutomatically: true,
    upgrade: (response, request, context) => upgrade(response, request, context, handlers),
    open: (ws) => {
      const state = ws.getUserData();
      state.socket = new UwsSocket(ws);
      state.peer = handlers.openSocket(state.socket, state.subprotocol);
    },
    message: (ws, message, isBinary) => ws.getUserData().peer?.receive(new Uint8Array(message), isBinary),
    drain: (ws) => ws.getUserData().peer?.drained(),
    close: (ws, code) => {
      const { socket, peer } = ws.getUserData();
      socket?.gone();
      peer?.closed(code);
    },
  });
}

/** C1: none offered is JSON; of those offered, the first that the gateway speaks; undefined when it speaks none of them. */
function negotiate(offered: string): Subprotocol | undefined {
  if (offered.trim() === '') return 'afterclick.v1.json';
  const names = offered.split(',').map((name) => name.trim());
  return names.find((name): name is Subprotocol => (SUBPROTOCOLS as readonly string[]).includes(name));
}

function upgrade(
  response: UwsResponse,
  request: UwsRequest,
  context: object,
  { isDraining }: ServerHandlers,
): void {
  const offered = request.getHeader('sec-websocket-protocol');
  const subprotocol = negotiate(offered);
  if (isDraining())
    return write(response, problemReply('draining', 'the server is going away; connect again'), false);
  if (subprotocol === undefined) {
    const detail = `none of the offered subprotocols is spoken here; offer ${SUBPROTOCOLS.join(' or ')}, or none for JSON`;
    return write(response, problemReply('subprotocol_unknown', detail), false);
  }
  const state: SocketState = { subprotocol };
  const key = request.getHeader('sec-websocket-key');
  response.upgrade(
    state,
    key,
    offered.trim() === '' ? '' : subprotocol,
    request.getHeader('sec-websocket-extensions'),
    context,
  );
}

function serveRequest(
  response: UwsResponse,
  request: UwsRequest,
  handlers: ServerHandlers,
  clock: Clock,
): void {
  const startUs = clock.nowUs();
  const method = request.getMethod().toUpperCase();
  const path = request.getUrl();
  const query = new URLSearchParams(request.getQuery());
  const contentType = request.getHeader('content-type').split(';', 1)[0].trim().toLowerCase();
  const isHead = method === 'HEAD';
  let isAborted = false;
  response.onAborted(() => (isAborted = true));
  const send = (reply: HttpReply, closes = false): void => {
    if (!isAborted) response.cork(() => write(response, reply, isHead, closes));
  };
  const answer = async (body: Uint8Array): Promise<void> => {
    send(await handlers.answer({ method: isHead ? 'GET' : method, path, query, contentType, body, startUs }));
  };
  const limitBytes = handlers.bodyBytesMax(path);
  readBody(response, limitBytes, {
    whole: (body) => void answer(body),
    tooLarge: () =>
      send(problemReply('too_large', `the body is larger than ${limitBytes} bytes; send it in parts`), true),
  });
}

function write(response: UwsResponse, reply: HttpReply, isHead: boolean, closes = false): void {
  response.writeStatus(`${reply.status} ${STATUS_CODES[reply.status] ?? ''}`);
  response.writeHeader('content-type', reply.contentType);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.writeHeader(name, value);
  if (isHead) response.endWithoutBody(Buffer.byteLength(reply.body), closes);
  else response.end(reply.body, closes);
}

/** Exactly one of them is called, unless the peer goes away first. */
interface BodyOutcome {
  /** @param body the receiver's. */
  whole(body: Uint8Array): void;
  tooLarge(): void;
}

/** Bytes over its limit that a body may have and still be read to its end, so that the peer, done sending, reads the answer. */
const DISCARD_MAX_BYTES = 32 * 1024 * 1024;

/** Collects a request's body up to `limitBytes`. Chunks are copied: their memory dies with the callback. */
function readBody(response: UwsResponse, limitBytes: number, outcome: BodyOutcome): void {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let isAnswered = false;
  response.onData((chunk, isLast) => {
    if (isAnswered) return;
    bytes += chunk.byteLength;
    if (bytes > limitBytes) chunks.length = 0;
    else if (chunk.byteLength > 0) chunks.push(new Uint8Array(chunk).slice());
    isAnswered = isLast || bytes > limitBytes + DISCARD_MAX_BYTES;
    if (isAnswered && bytes > limitBytes) outcome.tooLarge();
    else if (isAnswered) outcome.whole(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
}
