import type {
  AskGraph,
  AskProfile,
  Consented,
  Graph,
  Identified,
  Identify,
  Rank,
  Recommend,
  Profile,
  Result,
  SayConsent,
  Tune,
  WireError,
} from '../protocol/messages.js';
import { type Clock, Timer } from './link/client-clock.js';
import { AfterclickError } from './events/errors.js';
import { SilenceWatch } from './events/silence-watch.js';
import { plainCopy } from './link/wire-format.js';

export type RequestMessage = Recommend | Rank | Identify | AskGraph | AskProfile | Tune | SayConsent;
/** What answers them. */
export type RequestAnswer = Result | Identified | Graph | Profile | Consented;
/** A question before it has its id. */
export type Unnumbered<M> = M extends unknown ? Omit<M, 'id'> : never;

interface Waiting {
  readonly number: number;
  readonly message: RequestMessage;
  readonly timer: Timer;
  resolve(answer: never): void;
  reject(error: AfterclickError): void;
}

/** What requests need of the connection. */
export interface RequestPort {
  /** False when the message is larger than the gateway takes. */
  send(message: RequestMessage): boolean;
  /** The path may be dead. */
  probe(): void;
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
  readonly #port: RequestPort;
  readonly #silence: SilenceWatch;
  readonly #waiting = new Map<string, Waiting>();
  #lastId = 0;
  #asked = 0;

  constructor(limits: RequestLimits, clock: Clock, port: RequestPort) {
    this.#limits = limits;
    this.#clock = clock;
    this.#port = port;
    this.#silence = new SilenceWatch(clock, () => port.probe());
  }

  nextId(): string {
    return `r${++this.#lastId}`;
  }

  /** Asks a copy of what is given. Rejects with `AfterclickError`: the gateway's code, `invalid_field` also for what cannot be sent, `timeout`, `too_many_requests`, `frame_too_large`, `closed`. */
  ask<Answer extends RequestAnswer>(asked: RequestMessage): Promise<Answer> {
    const copy = plainCopy(asked);
    const id = String(asked.id);
    return new Promise<Answer>((resolve, reject) => {
      if (!copy.ok)
        return reject(new AfterclickError('invalid_field', `The request cannot be sent: ${copy.problem}.`));
      if (this.#waiting.size >= this.#limits.countMax) {
        return reject(
          new AfterclickError('too_many_requests', `${this.#limits.countMax} requests wait already.`),
        );
      }
      const { timeoutMs } = this.#limits;
      const late = new AfterclickError('timeout', `No answer within ${timeoutMs} ms.`);
      const timer = new Timer(this.#clock, () => this.#reject(id, late));
      const waiting = { number: ++this.#asked, message: copy.value, timer, resolve, reject };
      this.#waiting.set(id, waiting);
      timer.start(timeoutMs);
      this.#put(waiting);
    });
  }

  /** A connection is open: asks again what has no answer. */
  opened(): void {
    for (const waiting of this.#waiting.values()) this.#put(waiting);
  }

  /** The connection is gone: no answer to what was asked will come. */
  lost(): void {
    this.#silence.stop();
  }

  answered(answer: RequestAnswer): void {
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

  #put({ number, message }: Waiting): void {
    if (this.#port.send(message)) return this.#silence.sent(number);
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
    if (waiting !== undefined) this.#silence.answered(waiting.number);
    if (this.#waiting.size === 0) this.#silence.stop();
    return waiting;
  }
}
