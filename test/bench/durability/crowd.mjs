// Shoppers who click on an open schedule, for test/bench/durability.mjs.
import { WebSocket } from 'ws';

const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
/** What has no list or no ack by then has none. */
const ANSWER_MS = 30_000;

/**
 * A connection that sends these messages together as soon as it is open. Resolves at `welcome`. `on` hears every message as text,
 * `onSent` when they have left; `address` is where it comes from.
 */
export function connect(url, messages, { on = ignore, onSent = ignore, address } = {}) {
  return new Promise((done, failed) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, ['afterclick.v1.json'], {
      perMessageDeflate: false,
      ...(address !== undefined && { localAddress: address }),
    });
    socket.on('error', failed);
    socket.on('open', () => {
      onSent();
      for (const message of messages) socket.send(JSON.stringify(message));
    });
    socket.on('message', (frame) => {
      const text = frame.toString('latin1');
      if (text.startsWith('{"t":"welcome"')) done(socket);
      on(text);
    });
  });
}

function ignore() {}

/** One who says hello and clicks at once. Resolves when their click has its list and its ack, with the ms to the list. */
export async function firstClick(url, { user, item, address }) {
  const hello = { t: 'hello', ...(user !== undefined && { user }), slots: [{ slot: 'home', k: 20 }] };
  const times = { sent: 0, listed: 0, acked: 0 };
  let done = ignore;
  const answered = new Promise((resolve) => (done = resolve));
  const socket = await connect(url, [hello, { t: 'event', seq: 1, e: 'view_item', item }], {
    ...(address !== undefined && { address }),
    onSent: () => (times.sent = performance.now()),
    on: (text) => {
      if (text.startsWith('{"t":"ack"')) times.acked = performance.now();
      else if (text.startsWith('{"t":"recs"') && numberAfter(text, '"cause":') > 0)
        times.listed = performance.now();
      if (times.acked > 0 && times.listed > 0) done();
    },
  });
  await answered;
  socket.terminate();
  return { ms: times.listed - times.sent };
}

/** Shoppers with a slot each, who click in turn. */
export class Crowd {
  /** Of the last `click`: ms from when a click was due to the list that covers it, and to its ack; and when it was due. */
  lists = [];
  acks = [];
  #items;
  #shoppers = [];

  /** `name` begins the names of the shoppers. */
  static async open(gateway, name, size) {
    const crowd = new Crowd();
    crowd.#items = await gateway.items();
    for (let i = 0; i < size; i++) {
      const shopper = { seq: 0, listed: [], acked: [], socket: undefined };
      const hello = { t: 'hello', user: `${name}-${i}`, slots: [{ slot: 'home', k: 20 }] };
      const on = (text) => crowd.#hear(shopper, text);
      shopper.socket = await connect(gateway.url, [hello], { on });
      crowd.#shoppers.push(shopper);
    }
    return crowd;
  }

  #hear(shopper, text) {
    if (text.startsWith('{"t":"recs"')) settle(shopper.listed, numberAfter(text, '"cause":'), this.lists);
    else if (text.startsWith('{"t":"ack"')) settle(shopper.acked, numberAfter(text, '"seq":'), this.acks);
  }

  /** Clicks for some time. Latencies count from when a click was due. Resolves when all have their lists and acks. */
  async click(ratePerSec, seconds) {
    this.lists = [];
    this.acks = [];
    const startMs = performance.now();
    const count = Math.round(ratePerSec * seconds);
    for (let n = 0; n < count;) {
      for (; n < count && startMs + (n * 1_000) / ratePerSec <= performance.now(); n++)
        this.#click(n, startMs + (n * 1_000) / ratePerSec);
      await pause(1);
    }
    const endMs = performance.now() + ANSWER_MS;
    while (this.#shoppers.some(({ listed, acked }) => listed.length + acked.length > 0)) {
      if (performance.now() > endMs) throw new Error('clicks without a list or an ack');
      await pause(5);
    }
    return { lists: this.lists, acks: this.acks };
  }

  #click(n, dueMs) {
    const shopper = this.#shoppers[n % this.#shoppers.length];
    const seq = ++shopper.seq;
    shopper.listed.push({ seq, dueMs });
    shopper.acked.push({ seq, dueMs });
    const item = this.#items[(n * 7 + (n % this.#shoppers.length)) % this.#items.length];
    shopper.socket.send(`{"t":"event","seq":${seq},"e":"view_item","item":${JSON.stringify(item)}}`);
  }

  close() {
    for (const { socket } of this.#shoppers) socket.terminate();
  }
}

function settle(waiting, seq, latencies) {
  const nowMs = performance.now();
  while (waiting.length > 0 && waiting[0].seq <= seq) {
    const { dueMs } = waiting.shift();
    latencies.push({ dueMs, ms: nowMs - dueMs });
  }
}

function numberAfter(text, name) {
  return Number.parseInt(text.slice(text.indexOf(name) + name.length), 10);
}

/** The quantile `share` of latencies, ms. */
export function quantile(latencies, share) {
  const sorted = latencies.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** p99 of the clicks of one second, of the worst one. */
export function worstSecond(latencies) {
  const seconds = new Map();
  for (const latency of latencies) {
    const second = Math.floor(latency.dueMs / 1_000);
    if (!seconds.has(second)) seconds.set(second, []);
    seconds.get(second).push(latency);
  }
  const whole = [...seconds.values()].filter(({ length }) => length >= 100);
  return Math.max(...whole.map((one) => quantile(one, 0.99)));
}
