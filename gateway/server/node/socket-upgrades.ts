import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { SocketBehavior, TransportHandlers } from '../transport/transport.js';
import { NodeRequest } from './node-request.js';
import { NodeResponse, PROGRESS_MS } from './node-response.js';
import { NodeSocket } from './node-socket.js';

/** A peer that does not answer a close frame is cut off after so long. */
const CLOSE_MS = 2_000;
/** Behaviours get it as their context, and give it back. */
const NO_CONTEXT = {};

/** What an upgrade is made of. */
interface Offer {
  readonly request: IncomingMessage;
  readonly stream: Socket;
  /** What came with the request and is the socket's. */
  readonly head: Buffer;
}

/** Upgrades of a server of `node:http`, and the sockets that came of them. */
export class SocketUpgrades<T> {
  readonly #handlers: TransportHandlers<T>;
  readonly #again: (stream: Socket) => void;
  readonly #protocols = new WeakMap<IncomingMessage, string>();
  readonly #open = new Set<NodeSocket<T>>();
  readonly #seconds: NodeJS.Timeout;
  readonly #server: WebSocketServer;

  /**
   * @param pingSec seconds of silence after which a peer is pinged. @param again takes a connection for one that has just come,
   * with what was put back into it.
   */
  constructor(handlers: TransportHandlers<T>, pingSec: number, again: (stream: Socket) => void) {
    this.#handlers = handlers;
    this.#again = again;
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: handlers.sockets.maxPayloadLength,
      closeTimeout: CLOSE_MS,
      handleProtocols: (_: Set<string>, request: IncomingMessage) => this.#protocols.get(request) || false,
    };
    this.#server = new WebSocketServer(options);
    const { idleTimeout } = handlers.sockets;
    this.#seconds = setInterval(() => {
      for (const socket of this.#open) socket.second(pingSec, idleTimeout);
    }, 1_000);
  }

  /** The `upgrade` event of the server. */
  take(offer: Offer): void {
    const { request, stream } = offer;
    const asked = new NodeRequest(request);
    if (asked.getUrl() !== this.#handlers.socketPath || !isWebSocket(request)) return this.#putBack(offer);
    stream.on('error', () => undefined);
    stream.setTimeout(PROGRESS_MS, () => stream.destroy());
    const response = new ServerResponse(request);
    response.assignSocket(stream);
    response.on('finish', () => {
      response.detachSocket(stream);
      stream.destroySoon();
    });
    const raw = new NodeResponse(request, response, (userData, protocol) => {
      response.detachSocket(stream);
      stream.setTimeout(0);
      this.#upgrade(offer, userData as T, protocol);
    });
    const problem = handshakeProblem(request);
    if (problem === undefined) this.#handlers.sockets.upgrade(raw, asked, NO_CONTEXT);
    else response.writeHead(problem, { connection: 'close', 'sec-websocket-version': '13, 8' }).end();
  }

  /** No more pings; sockets are the owner's of the connections to close. */
  stop(): void {
    clearInterval(this.#seconds);
  }

  #upgrade({ request, stream, head }: Offer, userData: T, protocol: string): void {
    const socket = new NodeSocket(userData, this.#counted(), stream);
    this.#protocols.set(request, protocol);
    let isOpen = false;
    this.#server.handleUpgrade(request, stream, head, (ws) => {
      isOpen = true;
      this.#open.add(socket);
      socket.opened(ws);
    });
    if (!isOpen) socket.over();
  }

  /** The behaviour, and forgetting what has closed. */
  #counted(): SocketBehavior<T> {
    const { sockets } = this.#handlers;
    return {
      ...sockets,
      close: (socket, code) => {
        this.#open.delete(socket as NodeSocket<T>);
        sockets.close(socket, code);
      },
    };
  }

  /** A request that asks for another protocol (curl does, for HTTP/2) is one like any other: it is read again without that wish. */
  #putBack({ request, stream, head }: Offer): void {
    stream.unshift(Buffer.concat([Buffer.from(headWithoutUpgrade(request), 'latin1'), head]));
    this.#again(stream);
  }
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** Status of the answer to a handshake that `ws` would refuse; undefined for one that it takes. */
function handshakeProblem({ headers, method }: IncomingMessage): number | undefined {
  if (method !== 'GET') return 405;
  const version = headers['sec-websocket-version'];
  if (version !== '13' && version !== '8') return 426;
  return /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '') ? undefined : 400;
}

function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i], rawHeaders[i + 1]];
    if (name.toLowerCase() === 'upgrade') continue;
    const kept = name.toLowerCase() === 'connection' ? withoutWord(value, 'upgrade') : value;
    head += `${name}: ${kept}\r\n`;
  }
  return `${head}\r\n`;
}

function withoutWord(list: string, word: string): string {
  const words = list.split(',').map((text) => text.trim());
  return words.filter((text) => text.toLowerCase() !== word).join(', ');
}
