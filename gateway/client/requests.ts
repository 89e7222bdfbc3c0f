import type { Identified, Identify, Rank, Recommend, Result, WireError } from '../protocol/messages.js';
import { type Clock, Timer } from './client-clock.js';
import { AfterclickError } from './errors.js';

export type RequestMessage = Recommend | Rank | Identify;

interface Waiting {
  readonly message: RequestMessage;
  readonly timer: Timer;
  resolve(answer: never): void;
  reject(error: AfterclickError): void;
}

export interface RequestLimits {
  /** A request without an answer after this long is given up. */
  readonly timeoutMs: number;
  /** So many requests may wait at once. */
  readonly countMax: number;
}

/**
 * Questions that wait for their answer. They change nothing that a repeat would change again, so one that a lost
 * connection left open is asked again on the next, within its time.
 */
export class Requests {
  readonly #limits: RequestLimits;
  readonly #clock: Clock;
  /** False when the message is larger than the gateway takes. */
  readonly #send: (message: RequestMessage) => boolean;
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;

  constructor(limits: RequestLimits, clock: Clock, send: (message: RequestMessage) => boolean) {
    this.#limits = limits;
    this.#clock = clock;
    this.#send = send;
  }

  nextId(): string {
    return `r${++this.#lastId}`;
  }

  /** Asks. Rejects with `AfterclickError`: the gateway's code, or `timeout`, `too_many_requests`, `frame_too_large`, `closed`. */
  ask<Answer extends Result | Identified>(message: RequestMessage): Promise<Answer> {
    const id = String(message.id);
    return new Promise<Answer>((resolve, reject) => {
      if (this.#waiting.size >= this.#limits.countMax) {
        return reject(
          new AfterclickError('too_many_requests', `${this.#limits.countMax} requests wait already.`),
        );
      }
      const { timeoutMs } = this.#limits;
      const late = new AfterclickError('timeout', `No answer within ${timeoutMs} ms.`);
      const timer = new Timer(this.#clock, () => this.#reject(id, late));
      this.#waiting.set(id, { message, timer, resolve, reject });
      timer.start(timeoutMs);
      this.#put(message);
    });
  }

  /** A connection is open: asks again what has no answer. */
  opened(): void {
    for (const { message } of this.#waiting.values()) this.#put(message);
  }

  answered(answer: Result | Identified): void {
    this.#take(String(answer.id))?.resolve(answer as never);
  }

  /** True when the error belonged to a request. */
  failed(error: WireError): boolean {
    if (error.id === undefined) return false;
    return this.#reject(String(error.id), new AfterclickError(error.code, error.message));
  }

  rejectAll(error: AfterclickError): void {
    for (const id of this.#waiting.keys()) this.#reject(id, error);
  }

  #put(message: RequestMessage): void {
    if (this.#send(message)) return;
    const error = new AfterclickError('frame_too_large', 'The request is larger than the gateway takes.');
    this.#reject(String(message.id), error);
  }

  #reject(id: string, error: AfterclickError): boolean {
    const waiting = this.#take(id);
    waiting?.reject(error);
    return waiting !== undefined;
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.timer.stop();
    return waiting;
  }
}
