import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that wait for the answer before them; with one more it is closed. */
export const PIPELINED_MAX = 64;

type Exchange = readonly [request: IncomingMessage, response: ServerResponse];

/**
 * Requests of a connection, one after the other: the next begins when the answer before it has left, so that whoever does not
 * read has one answer waiting, and what follows a refused request is never looked at.
 */
export class RequestLine {
  readonly #serve: (...exchange: Exchange) => void;
  readonly #waiting = new WeakMap<Socket, Exchange[]>();

  constructor(serve: (...exchange: Exchange) => void) {
    this.#serve = serve;
  }

  enter(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // What was in the same packet as one too many is still told of.
    if (socket.destroyed) return;
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) {
      this.#waiting.set(socket, []);
      this.#begin(request, response);
    } else if (waiting.push([request, response]) > PIPELINED_MAX) this.#close(socket);
  }

  #close(socket: Socket): void {
    this.#waiting.delete(socket);
    socket.destroy();
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    response.on('close', () => this.#next(request.socket));
    this.#serve(request, response);
  }

  #next(socket: Socket): void {
    // What still comes on a connection that ends waits for ever.
    if (socket.destroyed || socket.writableEnded) return;
    const next = this.#waiting.get(socket)?.shift();
    if (next === undefined) this.#waiting.delete(socket);
    else this.#begin(...next);
  }
}
