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
/** Each of them clicks so often, and comes back so long after the gateway closed the connection. */
const CLICK_MS = 250;
const BACK_MS = 1_000;

/** Shoppers who click and stop reading after their first lists: what is sent to them fills buffers until the gateway closes. */
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
        one.socket.pause();
        one.seq ||= 1;
      },
      closed: (code) => this.#left(reader, code),
    });
    this.#sockets.set(reader, one);
  }

  #left(reader: number, code: number): void {
    if (this.#isOver) return;
    this.#sockets.delete(reader);
    this.#closed.set(String(code), (this.#closed.get(String(code)) ?? 0) + 1);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enter(reader);
    }, BACK_MS);
    this.#timers.add(timer);
  }
}
