// What a click costs the gateway thread, without the kernel and without the shard: `node build.mjs && node test/bench/click.bench.mjs`.
import { bench, do_not_optimize, run, summary } from 'mitata';
import { Channels } from '../../dist/gateway/socket/channels.js';
import { Connection } from '../../dist/gateway/socket/connection.js';
import { EventIntake } from '../../dist/gateway/calls/event-intake.js';
import { HelloWatch } from '../../dist/gateway/socket/hello-watch.js';
import { FlushQueue } from '../../dist/gateway/socket/outgoing/outbox.js';
import { jsonCodec, msgpackCodec } from '../../dist/gateway/protocol/codec.js';
import { validate } from '../../dist/gateway/protocol/validate.js';
import { SlotCompiler } from '../../dist/gateway/calls/slot-compiler.js';
import { wireEncoders } from '../../dist/gateway/socket/outgoing/wire-encoder.js';
import { realClock } from '../../dist/metrics/process/clock.js';
import { ThreadStats } from '../../dist/metrics/thread-stats.js';

const ITEMS = 4_000;
const ids = Array.from({ length: ITEMS }, (_, i) => `8${5_000 + i}A`);
const indexById = new Map(ids.map((id, index) => [id, index]));
const indexOf = (id) => indexById.get(id) ?? -1;
const idOf = (index) => ids[index];
const lists = Array.from({ length: 64 }, (_, i) => ({
  items: Int32Array.from({ length: 20 }, (_item, j) => (i * 61 + j * 37) % ITEMS),
  scores: Float32Array.from({ length: 20 }, (_score, j) => 5 - j * 0.123),
  rev: 30e9 + i,
  model: 'demo@1',
}));

let opened = 0;

/** Answers at once, within the call, as a batch that comes back in the same tick. */
const pool = {
  model: 'demo@1',
  listen: (events) => (pool.events = events),
  open: (user) => Promise.resolve({ channel: ++opened, session: opened, user, seq: 0, rev: 0 }),
  subscribe: () => undefined,
  event: (channel, session, { seq }) => {
    pool.events.applied(session, seq);
    pool.events.list(channel, 'home', lists[seq & 63]);
    pool.events.durable(session, seq);
    return 'taken';
  },
};
const socket = { send: () => 'sent', bufferedBytes: () => 0, cork: (write) => write(), end: () => undefined };
const stats = ThreadStats.create();
const flushes = new FlushQueue();
const context = {
  pool,
  channels: new Channels(pool),
  intake: new EventIntake(realClock, indexOf, {
    normaliseQuery: String,
    search: () => new Int32Array(0),
  }),
  slots: new SlotCompiler(indexOf, () => 'none'),
  encoders: wireEncoders(idOf),
  flushes,
  helloWatch: new HelloWatch(realClock),
  clock: realClock,
  stats,
  newId: () => 's',
  idleTimeoutMs: 30_000,
  heartbeatMs: 22_000,
  // Above what a bench sends: it is the click that is measured, not the limit.
  messagesPerSec: 1e9,
  outboxBytes: 1 << 20,
};

const clickOf = (seq) => ({ t: 'event', seq, e: 'view_item', item: ids[seq % ITEMS], ts: Date.now() });
const connections = new Map();
for (const codec of [msgpackCodec, jsonCodec]) {
  const connection = new Connection(context, socket, codec.subprotocol, () => undefined);
  connections.set(codec, connection);
  connection.receive(codec.encode({ t: 'hello', user: 'u', slots: [{ slot: 'home' }] }), codec.binary);
  // A microtask per promise on the way: opened, welcome flushed.
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

for (const [name, codec] of [
  ['MessagePack', msgpackCodec],
  ['JSON', jsonCodec],
]) {
  const frame = codec.encode(clickOf(7));
  const encoder = context.encoders[codec.subprotocol];
  let seq = 0;
  bench(`decode and check a click, ${name}`, () => do_not_optimize(validate(codec.decode(frame).message)));
  summary(() => {
    bench(`encode a list of 20 by hand, ${name}`, () =>
      do_not_optimize(encoder.recs('home', lists[++seq & 63], seq)));
    bench(`encode a list of 20 by library, ${name}`, () => {
      const { items, scores, rev, model } = lists[++seq & 63];
      const message = {
        t: 'recs',
        slot: 'home',
        rev,
        cause: seq,
        ids: Array.from(items, idOf),
        scores: Array.from(scores),
        model,
      };
      do_not_optimize(codec.encode(message));
    });
  });
}

for (const [name, codec] of [
  ['MessagePack', msgpackCodec],
  ['JSON', jsonCodec],
]) {
  const connection = connections.get(codec);
  const clicks = Array.from({ length: 1_000 }, (_, i) => codec.encode(clickOf(i + 1)));
  let clicked = 0;
  bench(`a click in, its list and its ack out, ${name}`, async () => {
    connection.receive(clicks[clicked++ % clicks.length], codec.binary);
    await Promise.resolve();
  });
}

await run();
process.exit(0);
