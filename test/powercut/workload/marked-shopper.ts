import type { LogMarks } from '../recorder/log-records.js';
import { WsClient } from '../../support/gateway/ws-client.js';
import type { PromiseMark, SentEvent } from './promise-marks.js';

/** A shopper whose every event is marked in the recording before it is sent. */
export class MarkedShopper {
  /** Undefined while nobody knows who they are. */
  user: string | undefined;
  readonly #marks: LogMarks;
  #client: WsClient | undefined;
  #session = '';
  #events: SentEvent[] = [];
  /** Up to which `welcome` said that all is durable. */
  #durable = 0;

  constructor(user: string | undefined, marks: LogMarks) {
    this.user = user;
    this.#marks = marks;
  }

  /** Connects, or again; what is not durable by then is sent again. */
  async connect(url: string, hasSlot: boolean): Promise<void> {
    this.#client = await WsClient.open(url, 'afterclick.v1.json', { perMessageDeflate: false });
    this.#client.send({
      t: 'hello',
      ...(this.user !== undefined && { user: this.user }),
      ...(hasSlot && { slots: [{ slot: 'home', k: 4 }] }),
      ...(this.#session !== '' && { resume: { session: this.#session, seq: 0 } }),
    });
    const { session, seq } = await this.#client.next('welcome');
    if (session !== this.#session) {
      this.#session = session;
      this.#events = [];
      this.#mark({ m: 'session', session, user: this.user ?? null });
    }
    this.#durable = seq;
    for (const event of this.#events.slice(seq)) this.#send(event);
  }

  click(e: SentEvent['e'], item: number): void {
    const event = { seq: this.#events.length + 1, e, item };
    this.#events.push(event);
    this.#mark({ m: 'sent', session: this.#session, event });
    this.#send(event);
  }

  /** Resolves when all events are acknowledged. */
  async settled(): Promise<void> {
    const count = this.#events.length;
    if (this.#durable < count) await this.#client!.next('ack', ({ seq }) => seq >= count);
  }

  /** The visitor says who they are. */
  async identify(user: string): Promise<void> {
    this.#mark({ m: 'merge', session: this.#session, user });
    this.#client!.send({ t: 'identify', id: 'who', user });
    await this.#client!.next('identified');
    this.user = user;
  }

  async leave(): Promise<void> {
    this.#client!.drop();
    await this.#client!.closed();
  }

  #send({ seq, e, item }: SentEvent): void {
    this.#client!.send({ t: 'event', seq, e, item: `item-${item}` });
  }

  #mark(mark: PromiseMark): void {
    this.#marks.append(mark);
  }
}
