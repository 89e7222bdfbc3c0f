import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { codecOf } from '../../../gateway/protocol/codec.js';
import type { ClientMessage, ServerMessage } from '../../../gateway/protocol/messages.js';
import type { Subprotocol } from '../../../gateway/protocol/version.js';
import { patientTimer } from '../patience.js';

/** Longest wait for something that has to come, also on a machine that has much else to do. */
const WAIT_MS = 15_000;

type MessageOf<T extends ServerMessage['t']> = Extract<ServerMessage, { t: T }>;

/** A peer of the gateway that keeps all it was sent, in order. Its socket can be paused. */
export class WsClient {
  readonly inbox: ServerMessage[] = [];
  closeCode: number | undefined;
  readonly socket: WebSocket;
  readonly #subprotocol: Subprotocol;
  readonly #lookers = new Set<() => void>();

  private constructor(socket: WebSocket, subprotocol: Subprotocol) {
    this.socket = socket;
    this.#subprotocol = subprotocol;
    const codec = codecOf(subprotocol);
    socket.on('message', (frame: Buffer) => {
      const decoded = codec.decode(frame);
      if (!decoded.ok) throw new Error(`the gateway sent ${decoded.problem}`);
      this.inbox.push(decoded.message as unknown as ServerMessage);
      this.#look();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#look();
    });
    socket.on('error', () => undefined);
  }

  /** Connects; rejects when the upgrade is refused. */
  static async open(
    url: string,
    subprotocol: Subprotocol = 'afterclick.v1.json',
    options?: ClientOptions,
  ): Promise<WsClient> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, [subprotocol], options);
    const client = new WsClient(socket, subprotocol);
    await once(socket, 'open');
    return client;
  }

  /** Connects and says hello with one slot, `home`; resolves after the first list. */
  static async hello(
    url: string,
    fields: object = {},
    subprotocol: Subprotocol = 'afterclick.v1.json',
  ): Promise<WsClient> {
    const client = await WsClient.open(url, subprotocol);
    client.send({ t: 'hello', slots: [{ slot: 'home', k: 20 }], ...fields });
    await client.next('welcome');
    await client.next('recs');
    return client;
  }

  get welcome(): MessageOf<'welcome'> {
    return this.inbox.find((message) => message.t === 'welcome') as MessageOf<'welcome'>;
  }

  /** Sends one message, also one that is none. */
  send(message: ClientMessage | object): void {
    this.socket.send(codecOf(this.#subprotocol).encode(message), {
      binary: this.#subprotocol === 'afterclick.v1.msgpack',
    });
  }

  raw(frame: Uint8Array | string): void {
    this.socket.send(frame, { binary: typeof frame !== 'string' });
  }

  /** The first message of type `t` from position `from` on that fits. */
  next<T extends ServerMessage['t']>(
    t: T,
    fits: (message: MessageOf<T>) => boolean = () => true,
    from = 0,
  ): Promise<MessageOf<T>> {
    const find = (): MessageOf<T> | undefined =>
      this.inbox
        .slice(from)
        .find((message): message is MessageOf<T> => message.t === t && fits(message as MessageOf<T>));
    return this.#until(find, `a "${t}"`);
  }

  /** Clicks, and resolves to the list that knows the click. */
  async click(seq: number, item: string, e = 'view_item'): Promise<MessageOf<'recs'>> {
    const from = this.inbox.length;
    this.send({ t: 'event', seq, e, item });
    return this.next('recs', ({ cause }) => cause >= seq, from);
  }

  closed(waitMs = WAIT_MS): Promise<number> {
    return this.#until(() => this.closeCode, 'a close', true, waitMs);
  }

  drop(): void {
    this.socket.terminate();
  }

  #look(): void {
    for (const looker of this.#lookers) looker();
  }

  #until<T>(find: () => T | undefined, what: string, mayClose = false, waitMs = WAIT_MS): Promise<T> {
    return new Promise((found, failed) => {
      const settle = (act: () => void): void => {
        came();
        this.#lookers.delete(look);
        act();
      };
      const came = patientTimer(waitMs, () =>
        settle(() => failed(new Error(`${what} did not come; got ${this.#tail()}`))),
      );
      const look = (): void => {
        const value = find();
        if (value !== undefined) settle(() => found(value));
        else if (this.closeCode !== undefined && !mayClose)
          settle(() => failed(new Error(`closed ${this.closeCode} before ${what}`)));
      };
      this.#lookers.add(look);
      look();
    });
  }

  #tail(): string {
    return JSON.stringify(this.inbox.slice(-3)).slice(0, 400);
  }
}
