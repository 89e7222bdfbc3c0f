import type { Slot } from '../../gateway/protocol/messages.js';
import type { Companion } from '../load/companion.js';
import { ClickSocket } from '../target/click-socket.js';

/** Slow readers: how many, where, and what they click. */
export interface SlowReadersPlan {
  readonly url: string;
  readonly count: number;
  readonly items: readonly string[];
  readonly nameOf: (reader: number) => string;
}

/** They want much: each click makes many long lists. */
const SLOTS: readonly Slot[] = Array.from({ length: 8 }, (_, i) => ({
  slot: `slow-${i}`,
  k: 100,
  explain: true,
}));
/** And with each click orders of items that nobody has: answers are long, cost little, and have to wait for them, as lists need not. */
const ASKED = Array.from({ length: 1_000 }, (_, i) => `none-${i}`);
const ASKS_A_CLICK = 2;
/** They read again so long after they stopped, when the gateway has said `bye` and has not cut the connection yet. */
const READ_AGAIN_MS = 19_000;
/** Each of them clicks so often, and comes back so long after the gateway closed the connection. */
const CLICK_MS = 250;
const BACK_MS = 1_000;

/**
 * Shoppers who click and ask, and stop reading after their first lists: what is sent to them fills buffers until the gateway says
 * `bye` 4008, which they read late, and come back.
 */
export class SlowReaders implements Companion {
  readonly #plan: SlowReadersPlan;
  readonly #closed = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #sockets = new Map<number, { socket: ClickSocket; seq: number }>();
  #clicks = 0;
  #isOver = false;

  constructor(plan: SlowReadersPlan) {
    this.#plan = plan;
  }

  async open(): Promise<void> {
    for (let reader = 0; reader < this.#plan.count; reader++) this.#enter(reader);
  }

  begin(): void {
    this.#timers.add(
      setInterval(() => {
        for (const [reader, one] of this.#sockets) {
          if (one.seq === 0) continue;
          const { items } = this.#plan;
          one.socket.click(one.seq++, 'view_item', items[(reader + one.seq * 7) % items.length]);
          for (let id = 0; id < ASKS_A_CLICK; id++) one.socket.send({ t: 'rank', id, candidates: ASKED });
          this.#clicks++;
        }
      }, CLICK_MS),
    );
  }

  end(): Readonly<Record<string, number>> {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { socket } of this.#sockets.values()) socket.drop();
    const closed = [...this.#closed].map(([code, count]) => [`slow readers closed with ${code}`, count]);
    return {
      'slow readers': this.#plan.count,
      'clicks of slow readers': this.#clicks,
      ...Object.fromEntries(closed),
    };
  }

  #enter(reader: number): void {
    const { url, nameOf } = this.#plan;
    const hello = { t: 'hello', user: nameOf(reader), slots: SLOTS } as const;
    const one = { seq: 0, socket: undefined as unknown as ClickSocket };
    one.socket = new ClickSocket(url, hello, {
      opened: () => undefined,
      acked: () => undefined,
      message: () => undefined,
      listed: () => {
        one.socket.wantsLists = false;
        if (one.seq > 0) return;
        one.seq = 1;
        one.socket.pause();
        this.#later(READ_AGAIN_MS, () => one.socket.resume());
      },
      closed: (code) => this.#left(reader, code),
    });
    this.#sockets.set(reader, one);
  }

  #left(reader: number, code: number): void {
    if (this.#isOver) return;
    this.#sockets.delete(reader);
    this.#closed.set(String(code), (this.#closed.get(String(code)) ?? 0) + 1);
    this.#later(BACK_MS, () => this.#enter(reader));
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }
}
