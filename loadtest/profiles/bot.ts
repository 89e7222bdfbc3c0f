import type { Companion } from '../load/companion.js';
import { ClickSocket } from '../target/click-socket.js';

/** A bot: where, who, and what it clicks. */
export interface BotPlan {
  readonly url: string;
  readonly user: string;
  readonly items: readonly string[];
}

/** Twice what one connection may send in the long run (`AFTERCLICK_MESSAGES_PER_SEC`). */
const CLICKS_PER_SEC = 2_000;
const TICK_MS = 5;
const BACK_MS = 500;

/** One client that clicks through the catalogue far faster than anybody may, and comes back whenever it is thrown out. */
export class Bot implements Companion {
  readonly #plan: BotPlan;
  readonly #timers = new Set<NodeJS.Timeout>();
  #socket: ClickSocket | undefined;
  #seq = 1;
  #isIn = false;
  #isOver = false;
  #clicks = 0;
  #refused = 0;
  #thrownOut = 0;

  constructor(plan: BotPlan) {
    this.#plan = plan;
  }

  async open(): Promise<void> {}

  begin(): void {
    this.#enter();
    this.#timers.add(setInterval(() => this.#flood(), TICK_MS));
  }

  end(): Readonly<Record<string, number>> {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket?.drop();
    return {
      'clicks of the bot': this.#clicks,
      'of these refused': this.#refused,
      'bot thrown out': this.#thrownOut,
    };
  }

  #flood(): void {
    if (!this.#isIn) return;
    const { items } = this.#plan;
    for (let i = 0; i < (CLICKS_PER_SEC * TICK_MS) / 1_000; i++)
      this.#socket?.click(this.#seq++, 'view_item', items[this.#clicks++ % items.length]);
  }

  #enter(): void {
    const hello = { t: 'hello', user: this.#plan.user, slots: [{ slot: 'home', k: 20 }] } as const;
    this.#seq = 1;
    const socket = new ClickSocket(this.#plan.url, hello, {
      opened: () => (this.#isIn = true),
      listed: () => (socket.wantsLists = false),
      acked: () => undefined,
      message: (message) => {
        if (message.t !== 'error') return;
        this.#refused++;
        // A gap is what it has made itself: it goes on where it is expected.
        if (message.expected !== undefined) this.#seq = message.expected;
      },
      closed: () => this.#left(),
    });
    this.#socket = socket;
  }

  #left(): void {
    this.#isIn = false;
    if (this.#isOver) return;
    this.#thrownOut++;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enter();
    }, BACK_MS);
    this.#timers.add(timer);
  }
}
