import { WebSocket } from 'ws';

const SHOPPERS = 50;
const CLICKS_PER_SEC = 100;
/** How long a list may take. */
const LATE_MS = 60_000;

/** Honest shoppers of one gateway, who click in turn, on an open schedule. */
export class Shoppers {
  #url;
  #items;
  #sockets = [];
  #sent = [];
  #seq = [];
  #latencies = [];

  /** Resolves when all are welcome. */
  static async open(url, items) {
    const shoppers = new Shoppers();
    shoppers.#url = url;
    shoppers.#items = items;
    for (let i = 0; i < SHOPPERS; i++) await shoppers.#enter(i);
    return shoppers;
  }

  /** Clicks for some time; latencies in ms from when a click was due to its list, in order of length. */
  async click(seconds) {
    this.#latencies = [];
    const startMs = performance.now();
    for (let n = 0; n < seconds * CLICKS_PER_SEC; n++) {
      const dueMs = startMs + (n * 1_000) / CLICKS_PER_SEC;
      while (performance.now() < dueMs) await new Promise((next) => setTimeout(next, 1));
      const shopper = n % SHOPPERS;
      const seq = ++this.#seq[shopper];
      this.#sent[shopper].set(seq, dueMs);
      const item = this.#items[(n * 7) % this.#items.length];
      this.#sockets[shopper].send(JSON.stringify({ t: 'event', seq, e: 'view_item', item }));
    }
    const endMs = performance.now() + LATE_MS;
    while (this.#sent.some((sent) => sent.size > 0) && performance.now() < endMs)
      await new Promise((next) => setTimeout(next, 10));
    return this.#latencies;
  }

  leave() {
    for (const socket of this.#sockets) socket.terminate();
  }

  #enter(shopper) {
    this.#seq.push(0);
    this.#sent.push(new Map());
    return new Promise((done, failed) => {
      const socket = new WebSocket(this.#url.replace('http', 'ws') + '/v1/ws', ['afterclick.v1.json'], {
        perMessageDeflate: false,
      });
      this.#sockets.push(socket);
      socket.on('error', failed);
      const hello = {
        t: 'hello',
        user: `honest-${process.pid}-${shopper}`,
        slots: [{ slot: 'home', k: 20 }],
      };
      socket.on('open', () => socket.send(JSON.stringify(hello)));
      socket.on('message', (frame) => {
        const text = frame.toString();
        if (text.startsWith('{"t":"recs"')) this.#hear(shopper, text);
        else if (text.startsWith('{"t":"welcome"')) done();
      });
    });
  }

  #hear(shopper, text) {
    const cause = Number(/"cause":(\d+)/.exec(text)[1]);
    const sent = this.#sent[shopper];
    for (const [seq, atMs] of sent) {
      if (seq > cause) break;
      this.#latencies.push(performance.now() - atMs);
      sent.delete(seq);
    }
  }
}
