import { WebSocket } from 'ws';
import { AfterclickClient, type Ticket } from '../../../gateway/client/index.js';
import { itemOf } from '../../nemesis/clients/item-plans.js';

const BEAT_MS = 100;

/**
 * A shopper with the SDK and the addresses of all gateways, who clicks ten times a second, a click after the list of the one before, and notes the longest
 * time without the list of a click: how long lists were away.
 */
export class Pulse {
  readonly #client: AfterclickClient;
  #timer: NodeJS.Timeout | undefined;
  #waiting: Ticket | undefined;
  #sinceMs = 0;
  #longestMs = 0;
  #clicks = 0;
  /** Of its lists, each run of the same once. */
  #models: string[] = [];

  constructor(user: string, urls: readonly string[]) {
    this.#client = new AfterclickClient({ url: urls, user, WebSocket, slots: [{ slot: 'home', k: 5 }] });
    this.#client.on('recs', ({ cause, model }) => {
      this.#note(model);
      this.#listed(cause);
    });
  }

  go(): void {
    this.#timer ??= setInterval(() => this.#click(), BEAT_MS);
  }

  /** Clicks no more until `go`. */
  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  get isSettled(): boolean {
    return this.#client.pending.length === 0;
  }

  /** The longest time since the last call, ms. */
  take(): number {
    const longest = Math.max(this.#longestMs, this.#waitingMs());
    this.#longestMs = 0;
    return longest;
  }

  /** Models of its lists since the last call, each run of the same once. */
  takeModels(): readonly string[] {
    const models = this.#models;
    this.#models = models.slice(-1);
    return models;
  }

  /** What is waited for, for whoever looks into it. */
  get words(): string {
    const { state, session, pending } = this.#client;
    const { seq, status } = this.#waiting ?? { seq: 0, status: 'none' };
    const { cause, rev } = this.#client.list('home') ?? { cause: 0, rev: 0 };
    return `session ${session}, ${state.name}, ${pending.length} pending; waits for ${seq} (${status}), last list ${rev} with cause ${cause}`;
  }

  end(): void {
    this.rest();
    this.#client.close();
  }

  #click(): void {
    if (this.#waiting !== undefined) return;
    this.#sinceMs = performance.now();
    this.#waiting = this.#client.track('view_item', {
      item: itemOf(0, (limit) => ++this.#clicks % limit),
    });
  }

  /** A shard with much to do says that it looked at fewer candidates. */
  #note(model: string): void {
    const [name] = model.split('+');
    if (this.#models.at(-1) !== name) this.#models.push(name);
  }

  #listed(cause: number): void {
    if (this.#waiting === undefined || cause < this.#waiting.seq) return;
    this.#longestMs = Math.max(this.#longestMs, this.#waitingMs());
    this.#waiting = undefined;
  }

  #waitingMs(): number {
    return this.#waiting === undefined ? 0 : performance.now() - this.#sinceMs;
  }
}
