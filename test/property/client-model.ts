import type { ClientMessage, Event, ServerMessage } from '../../gateway/protocol/messages.js';
import { type FakeSocket, welcome } from '../support/gateway/client-harness.js';

/** One socket as the model sees it: frames on their way in both directions. */
interface Link {
  readonly socket: FakeSocket;
  readSoFar: number;
  readonly down: ServerMessage[];
}

/**
 * A gateway and one shard for one session, by the contract and nothing else: fields are checked on the gateway, in order;
 * numbers on the shard, later; durability later still. Every step happens when the test says so.
 */
export class ModelGateway {
  /** Items of applied events, in order. */
  readonly applied: string[] = [];
  isOverloaded = false;
  #durable = 0;
  #links: Link[] = [];
  #current: Link | undefined;
  #shardQueue: { link: Link; event: Event }[] = [];

  /** Takes a socket that the client just opened. */
  accept(socket: FakeSocket): void {
    this.#current = { socket, readSoFar: 0, down: [] };
    this.#links.push(this.#current);
    socket.open();
  }

  get isIdle(): boolean {
    const link = this.#current;
    return (
      !link ||
      (link.readSoFar === link.socket.sent.length && link.down.length === 0 && this.#shardQueue.length === 0)
    );
  }

  /** The gateway reads so many frames of the current connection. */
  read(countMax: number): void {
    const link = this.#current;
    if (!link) return;
    for (let i = 0; i < countMax && link.readSoFar < link.socket.sent.length; i++) {
      this.#hear(link, link.socket.sent[link.readSoFar++]);
    }
  }

  /** The shard takes so many events. */
  work(countMax: number): void {
    for (const { link, event } of this.#shardQueue.splice(0, countMax)) {
      const expected = this.applied.length + 1;
      if (event.seq === expected) this.applied.push(event.item!);
      else if (event.seq > expected) {
        link.down.push({ t: 'error', code: 'seq_gap', message: '', seq: event.seq, expected });
      } else if (event.seq <= this.#durable) link.down.push({ t: 'ack', seq: this.#durable });
    }
  }

  /** The group commit: what was applied is on disk. */
  commit(): void {
    if (this.#durable === this.applied.length) return;
    this.#durable = this.applied.length;
    this.acknowledgeAgain();
  }

  acknowledgeAgain(): void {
    if (this.#durable > 0) this.#current?.down.push({ t: 'ack', seq: this.#durable });
  }

  /** The page hears so many messages. */
  deliver(countMax: number): void {
    const link = this.#current;
    for (let i = 0; i < countMax && link?.down.length; i++) link.socket.say(link.down.shift()!);
  }

  /** The network loses the current connection with everything on its way. */
  drop(code = 1006): void {
    const link = this.#current;
    this.#current = undefined;
    link?.socket.end(code);
  }

  /** Power loss: what was not committed never happened. */
  crash(): void {
    this.applied.length = this.#durable;
    this.#shardQueue = [];
    this.drop();
  }

  #hear(link: Link, message: ClientMessage): void {
    if (message.t === 'hello') this.#welcome(link);
    else if (message.t === 'ping')
      link.down.push({ t: 'pong', ...(message.id !== undefined && { id: message.id }) });
    else if (message.t === 'event') this.#check(link, message);
  }

  /** A new connection of the session takes it over: what it knows is applied and durable first (D4). */
  #welcome(link: Link): void {
    this.work(Infinity);
    this.#durable = this.applied.length;
    link.down.push(welcome({ seq: this.#durable }));
  }

  #check(link: Link, event: Event): void {
    const { seq } = event;
    if (event.item!.startsWith('bad')) {
      link.down.push({ t: 'error', code: 'unknown_item', message: '', seq });
    } else if (this.isOverloaded) {
      link.down.push({ t: 'error', code: 'overloaded', message: '', seq, retryAfterMs: 50 });
    } else this.#shardQueue.push({ link, event });
  }
}
