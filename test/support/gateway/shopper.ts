import type { ServerMessage } from '../../../gateway/protocol/messages.js';
import { WsClient } from './ws-client.js';

type MessageOf<T extends ServerMessage['t']> = Extract<ServerMessage, { t: T }>;

/** A shopper who clicks through a catalogue and never forgets a click: what was not acknowledged is sent again. */
export class Shopper {
  readonly user: string;
  /** Clicks so far, item ids by `seq − 1`. */
  readonly clicks: string[] = [];
  /** Highest `seq` that was ever acknowledged. */
  acked = 0;
  /** What the last `welcome` said is durable: such a click is not sent again, and no `ack` will tell of it. */
  #durable = 0;
  #client: WsClient | undefined;
  #session: string | undefined;

  constructor(user: string) {
    this.user = user;
  }

  /** Connects, resumes, and sends what the gateway does not have. Resolves with its `welcome`. */
  async connect(url: string): Promise<MessageOf<'welcome'>> {
    const client = await WsClient.open(url, 'afterclick.v1.msgpack');
    this.#client = client;
    const resume = this.#session === undefined ? {} : { resume: { session: this.#session, seq: this.acked } };
    client.send({
      t: 'hello',
      user: this.user,
      slots: [{ slot: 'home', k: 20, excludeSeen: 'viewed' }],
      ...resume,
    });
    const welcome = await client.next('welcome');
    this.#session = welcome.session;
    this.#durable = welcome.seq;
    for (let seq = welcome.seq + 1; seq <= this.clicks.length; seq++) this.#sendClick(seq);
    return welcome;
  }

  click(item: string): void {
    this.clicks.push(item);
    this.#sendClick(this.clicks.length);
  }

  /** Resolves when every click is acknowledged, or was durable already when the session went on. */
  async settled(): Promise<void> {
    if (this.#durable < this.clicks.length)
      await this.#client!.next('ack', ({ seq }) => seq >= this.clicks.length);
    this.#noteAcks();
  }

  /** The list that knows every click. */
  latestList(): Promise<MessageOf<'recs'>> {
    return this.#client!.next('recs', ({ cause }) => cause >= this.clicks.length);
  }

  /** The connection broke: what had been acknowledged by then counts. */
  async broken(): Promise<void> {
    await this.#client!.closed();
    this.#noteAcks();
  }

  #sendClick(seq: number): void {
    this.#client!.send({ t: 'event', seq, e: 'view_item', item: this.clicks[seq - 1] });
  }

  #noteAcks(): void {
    for (const message of this.#client!.inbox)
      if (message.t === 'ack') this.acked = Math.max(this.acked, message.seq);
  }
}
