import type { Event } from '../../../gateway/protocol/messages.js';

/** Events of a session without an ack, in order; sent again when the gateway asks for it. */
export class UnackedEvents {
  readonly #events = new Map<number, Event>();
  readonly #send: (event: Event) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (event: Event) => void) {
    this.#send = send;
  }

  add(event: Event): void {
    this.#events.set(event.seq, event);
    // While older events wait to be sent again, this one would only leave a gap.
    if (this.#timer === undefined) this.#send(event);
  }

  acked(upTo: number): void {
    for (const seq of this.#events.keys()) {
      if (seq > upTo) break;
      this.#events.delete(seq);
    }
  }

  sendAll(): void {
    this.stop();
    for (const event of this.#events.values()) this.#send(event);
  }

  /** All of them again after a while; asked twice, once. */
  sendAllIn(waitMs: number): void {
    this.#timer ??= setTimeout(() => this.sendAll(), waitMs);
  }

  /** The connection they were to be sent on is gone. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
