import { WsClient } from './ws-client.js';

/** Pause between two bursts. */
const BURST_EVERY_MS = 10;
const BURST_EVENTS = 4;
/** Events that may wait for their ack: a user has a queue with a bound. */
const WAITING_MAX = 64;

/** A shopper who clicks without a pause until their connection ends, and keeps what was acknowledged. */
export class BusyShopper {
  readonly client: WsClient;
  readonly #session: string;
  readonly #timer: NodeJS.Timeout;
  #seq = 0;
  #acked = 0;
  /** Messages of the inbox that were looked at. */
  #seen = 0;

  private constructor(client: WsClient) {
    this.client = client;
    this.#session = client.welcome.session;
    this.#timer = setInterval(() => this.#burst(), BURST_EVERY_MS);
    client.socket.on('close', () => clearInterval(this.#timer));
  }

  static async start(url: string): Promise<BusyShopper> {
    return new BusyShopper(await WsClient.hello(url));
  }

  /** Events that were sent. */
  get sent(): number {
    return this.#seq;
  }

  /** The last one that was acknowledged. */
  get acked(): number {
    const { inbox } = this.client;
    for (; this.#seen < inbox.length; this.#seen++) {
      const message = inbox[this.#seen];
      if (message.t === 'ack') this.#acked = message.seq;
    }
    return this.#acked;
  }

  /** Clicks no more; the connection stays. */
  rest(): void {
    clearInterval(this.#timer);
  }

  /** What a new connection says is the last durable event. */
  async durable(url: string): Promise<number> {
    const session = this.#session;
    const again = await WsClient.hello(url, { resume: { session, seq: this.#seq } });
    const { seq } = again.welcome;
    again.drop();
    return seq;
  }

  #burst(): void {
    if (this.#seq - this.acked > WAITING_MAX) return;
    for (let i = 0; i < BURST_EVENTS; i++)
      this.client.send({ t: 'event', seq: ++this.#seq, e: 'search', query: `lamp ${this.#seq % 9}` });
  }
}
