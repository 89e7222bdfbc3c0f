import type { Socket } from 'node:net';

/** A connection, as far as it matters here. */
type Ended = Pick<Socket, 'destroy'>;

/** Whoever has the key shows it within a round trip, so that few wait at once. */
export const STRANGERS_MAX = 64;
const GREETING_MS = 5_000;

/**
 * Connections of peers that have not shown who they are: so many at most, each for so long. When one more comes, the one that has waited
 * longest goes, since a node would have shown the key by then: strangers take neither files nor memory, nor the place of a node.
 */
export class Strangers {
  /** With the end of each one's time; the oldest first. */
  readonly #waiting = new Map<Ended, NodeJS.Timeout>();

  add(socket: Ended): void {
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size < STRANGERS_MAX) break;
      this.leave(oldest);
      oldest.destroy();
    }
    this.#waiting.set(
      socket,
      setTimeout(() => socket.destroy(), GREETING_MS),
    );
  }

  /** It is known who is there, or nobody is any more. */
  leave(socket: Ended): void {
    clearTimeout(this.#waiting.get(socket));
    this.#waiting.delete(socket);
  }
}
