import { STATUS_CODES } from 'node:http';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Clock } from '../../metrics/process/clock.js';
import type { ClientSocket, SendOutcome } from './client-socket.js';
import type { HttpHandler, HttpReply } from './http-call.js';
import { readBody } from './http-body.js';
import { problemReply } from './problem.js';
import { SUBPROTOCOLS, type Subprotocol } from '../protocol/version.js';
import type { Uws, UwsApp, UwsRequest, UwsResponse, UwsWebSocket } from './uws.js';

/**
 * The uWebSockets.js adapter: sockets become `ClientSocket`s with a peer each, requests become `HttpCall`s with a reply each.
 * Everything that has to be copied or decoded before a callback of the addon returns is, here.
 */
export interface SocketPeer {
  /** @param frame only valid during the call. */
  receive(frame: Uint8Array, isBinary: boolean): void;
  drained(): void;
  /** Called once, also after the peer's own `end`. */
  closed(code: number): void;
}

export interface ServerParts {
  readonly uws: Uws;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly idleTimeoutMs: number;
  readonly clock: Clock;
  readonly openSocket: (socket: ClientSocket, subprotocol: Subprotocol) => SocketPeer;
  readonly answer: HttpHandler;
  /** Body bytes that a request to this path may have. */
  readonly bodyBytesMax: (path: string) => number;
  readonly isDraining: () => boolean;
}

export interface GatewayServer {
  readonly port: number;
  /** Takes no new connections; those open stay. */
  stopListening(): void;
  /** Cuts what is still open. */
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

/** Listens. Rejects with `StartupError` `port_in_use` when the address is taken. */
export function startServer(parts: ServerParts): Promise<GatewayServer> {
  const app = parts.uws.App();
  serveSockets(app, parts);
  app.any('/*', (response, request) => serveRequest(response, request, parts));
  return new Promise((listening, failed) => {
    app.listen(parts.host, parts.port, parts.uws.LIBUS_LISTEN_EXCLUSIVE_PORT, (token) => {
      if (token === false) return failed(portInUse(parts));
      listening({
        port: parts.uws.us_socket_local_port(token),
        stopListening: onlyOnce(() => parts.uws.us_listen_socket_close(token)),
        close: onlyOnce(() => app.close()),
      });
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

function portInUse({ host, port }: ServerParts): StartupError {
  return new StartupError(
    'port_in_use',
    `cannot listen on ${host}:${port}: the port is in use or the address is not this machine's; ` +
      'end the other process, or choose another with AFTERCLICK_PORT or --port (0 takes any free one)',
  );
}

function serveSockets(app: UwsApp, parts: ServerParts): void {
  app.ws<SocketState>('/v1/ws', {
    maxPayloadLength: FRAME_CEILING_BYTES,
    maxBackpressure: BACKPRESSURE_MAX_BYTES,
    idleTimeout: Math.round(parts.idleTimeoutMs / 1_000),
    sendPingsAutomatically: true,
    upgrade: (response, request, context) => upgrade(response, request, context, parts),
    open: (ws) => {
      const state = ws.getUserData();
      state.socket = new UwsSocket(ws);
      state.peer = parts.openSocket(state.socket, state.subprotocol);
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

function upgrade(response: UwsResponse, request: UwsRequest, context: object, parts: ServerParts): void {
  const offered = request.getHeader('sec-websocket-protocol');
  const subprotocol = negotiate(offered);
  if (parts.isDraining())
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

function serveRequest(response: UwsResponse, request: UwsRequest, parts: ServerParts): void {
  const startUs = parts.clock.nowUs();
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
    send(await parts.answer({ method: isHead ? 'GET' : method, path, query, contentType, body, startUs }));
  };
  const limitBytes = parts.bodyBytesMax(path);
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
