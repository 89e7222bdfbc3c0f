import type { ServerMessage } from '../../../gateway/protocol/messages.js';
import { itemOf } from '../../nemesis/clients/item-plans.js';
import { PlainClient } from '../../support/gateway/plain-client.js';

const BEAT_MS = 100;
const RECONNECT_MS = 50;

/**
 * A shopper who clicks ten times a second and notes the longest time without the list of a click: how long lists were away. They go to
 * another gateway when theirs closes the connection.
 */
export class Pulse {
  readonly #user: string;
  readonly #url: () => string;
  #client: PlainClient | undefined;
  #seq = 0;
  #isWelcome = false;
  /** Since when a list is waited for; 0: for none. */
  #sinceMs = 0;
  #longestMs = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(user: string, url: () => string) {
    this.#user = user;
    this.#url = url;
    this.#connect();
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  /** The longest time since the last call, ms. */
  take(): number {
    const longest = Math.max(this.#longestMs, this.#sinceMs === 0 ? 0 : performance.now() - this.#sinceMs);
    this.#longestMs = 0;
    return longest;
  }

  end(): void {
    clearInterval(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    client?.cut();
  }

  #connect(): void {
    this.#isWelcome = false;
    const hello = { t: 'hello', user: this.#user, slots: [{ slot: 'home', k: 5 }] } as const;
    const client = new PlainClient(this.#url(), 'json', hello, {
      message: (message) => this.#client === client && this.#hear(message),
      closed: () => {
        if (this.#client === client)
          setTimeout(() => this.#client === client && this.#connect(), RECONNECT_MS);
      },
    });
    this.#client = client;
  }

  #beat(): void {
    if (this.#sinceMs === 0) this.#sinceMs = performance.now();
    if (!this.#isWelcome) return;
    this.#client?.send({
      t: 'event',
      seq: ++this.#seq,
      e: 'view_item',
      item: itemOf(0, (limit) => this.#seq % limit),
    });
  }

  #hear(message: ServerMessage): void {
    if (message.t === 'welcome') {
      this.#seq = message.seq;
      this.#isWelcome = true;
    } else if (message.t === 'error') {
      // Refused clicks are clicked again: what comes behind one would leave a gap.
      this.#seq = Math.min(this.#seq, (message.seq ?? Infinity) - 1);
    } else if (message.t === 'recs' && message.cause > 0 && this.#sinceMs > 0) {
      this.#longestMs = Math.max(this.#longestMs, performance.now() - this.#sinceMs);
      this.#sinceMs = 0;
    }
  }
}
