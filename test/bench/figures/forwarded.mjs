// What it costs that a shopper's node is not the one that answers for them.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

/** Shoppers whom the node answers for, and as many others. */
const SHOPPERS = 20;
const SLOTS = [{ slot: 'home', k: 20 }];
const LIST_MS = 10_000;

/**
 * Clicks by turns of shoppers at one node whom it answers for, and of those whom another one does, one click at a time; p50 of both from
 * the click to its list, ms.
 */
export async function forwardedMs({ dist }, url, { clicks, items }) {
  const { ClickSocket } = await import(`${dist}/loadtest/target/click-socket.js`);
  const groups = { local: [], forwarded: [] };
  for (let i = 0; Object.values(groups).some(({ length }) => length < SHOPPERS); i++) {
    const shopper = await Shopper.open(ClickSocket, url, `forwarded-${process.pid}-${i}`);
    const group = shopper.isForwarded ? groups.forwarded : groups.local;
    if (group.length < SHOPPERS) group.push(shopper);
    else shopper.close();
  }
  const took = { local: [], forwarded: [] };
  for (let i = 0; i < clicks; i++)
    for (const [name, group] of Object.entries(groups)) {
      took[name].push(await group[i % SHOPPERS].click(items[i % items.length]));
      await pause(5);
    }
  for (const shopper of Object.values(groups).flat()) shopper.close();
  return { local: median(took.local), forwarded: median(took.forwarded) };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** One shopper on one socket, who waits for the list of each click. */
class Shopper {
  isForwarded = false;
  #socket;
  #seq = 0;
  #heard = new EventTarget();

  static async open(ClickSocket, url, user) {
    const shopper = new Shopper();
    const first = once(shopper.#heard, '0', { signal: AbortSignal.timeout(LIST_MS) });
    shopper.#socket = new ClickSocket(
      url,
      { t: 'hello', user, slots: SLOTS },
      {
        opened: () => undefined,
        acked: () => undefined,
        listed: (cause) => void shopper.#heard.dispatchEvent(new Event(String(cause))),
        message: (message) => {
          if (message.t === 'welcome') shopper.isForwarded = message.owner !== undefined;
        },
        closed: () => undefined,
      },
    );
    await first;
    return shopper;
  }

  /** Resolves with the time to the list that knows the click, ms. */
  async click(item) {
    const seq = ++this.#seq;
    const listed = once(this.#heard, String(seq), { signal: AbortSignal.timeout(LIST_MS) });
    const fromMs = performance.now();
    this.#socket.click(seq, 'view_item', item);
    await listed;
    return performance.now() - fromMs;
  }

  close() {
    this.#socket.close();
  }
}
