// What a click costs the gateway thread, without the kernel and without the shard: the codec alone (decode and check, encode), then all of
// it. `node build.mjs && node test/bench/click.bench.mjs`, or with the folder of another build.
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bench, do_not_optimize, run, summary } from 'mitata';

const dist = resolve(process.argv[2] ?? 'dist');
const built = (path) => import(pathToFileURL(join(dist, path)));
const { PeerRates } = await built('gateway/admission/peer-rates.js');
const { AddressTimes } = await built('gateway/admission/address-times.js');
const { CallWatch } = await built('gateway/tracing/call-watch.js');
const { SlowLog } = await built('gateway/tracing/slow-log.js');
const { Tracer } = await built('gateway/tracing/tracer.js');
const { TileVersions } = await built('gateway/tiles/tile-versions.js');
const { ItemsListed } = await built('gateway/socket/outgoing/items-listed.js');
const { createLog } = await built('metrics/process/log.js');
const { Access } = await built('gateway/access/access.js');
const { TokenWatch } = await built('gateway/access/token-watch.js');
const { EventIntake } = await built('gateway/calls/event-intake.js');
const { SlotCompiler } = await built('gateway/calls/slot-compiler.js');
const { jsonCodec, msgpackCodec } = await built('gateway/protocol/codec.js');
const { validate } = await built('gateway/protocol/validate.js');
const { Channels } = await built('gateway/socket/channels.js');
const { Connection } = await built('gateway/socket/connection.js');
const { EndingLine } = await built('gateway/socket/ending-line.js');
const { HelloWatch } = await built('gateway/socket/hello-watch.js');
const { SessionClaims } = await built('gateway/socket/session-claims.js');
const { FlushQueue } = await built('gateway/socket/outgoing/outbox.js');
const { wireEncoders } = await built('gateway/socket/outgoing/wire-encoder.js');
const { realClock } = await built('metrics/process/clock.js');
const { TimeShares } = await built('metrics/process/time-share.js');
const { TurnGate } = await built('metrics/process/turn-gate.js');
const { ThreadStats } = await built('metrics/thread-stats.js');

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
/** Numbered clicks of one connection; a repeated number would be another case. */
const CLICKS = 400_000;

/** Answers at once, within the call, as a batch that comes back in the same tick. */
const pool = {
  model: 'demo@1',
  listen: (events) => (pool.events = events),
  ownerUrl: () => undefined,
  open: (user) => Promise.resolve({ channel: ++opened, session: opened, user, seq: 0, rev: 0 }),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  close: () => undefined,
  event: (channel, session, { seq }) => {
    pool.events.applied(session, seq);
    pool.events.list(channel, 'home', lists[seq & 63]);
    pool.events.durable(session, seq);
    return 'taken';
  },
};
const sent = { frames: 0, clicks: 0 };
const socket = {
  send: () => (sent.frames++, 'sent'),
  bufferedBytes: () => 0,
  cork: (write) => write(),
  end: () => undefined,
};
const stats = ThreadStats.create();
const flushes = new FlushQueue(realClock);
const ending = new EndingLine();
/** It is the click that is measured, not what one connection may take. */
const ALL = { burstUs: Infinity, share: 1, lightUs: Infinity, lightShare: 1, greedyShare: 1 };
/** Every click comes in a turn of the event loop of its own, as far as the gateway knows: what waits for the next is not measured. */
let turn = 0;
const turns = Object.defineProperty(new TurnGate(realClock, Infinity), 'number', { get: () => turn++ });
const log = createLog({ level: 'silent' });
const tracer = new Tracer({
  ratio: 0,
  queue: undefined,
  clock: realClock,
  stats,
  random: () => 1,
  newId: () => '',
});
const context = {
  pool,
  log,
  watch: new CallWatch(new SlowLog({ slowClickMs: 0, clock: realClock, stats, log }), tracer, realClock),
  listed: new ItemsListed(ITEMS),
  tileVersions: TileVersions.of({ onChange: () => undefined, shared: { itemMax: ITEMS } }),
  channels: new Channels(pool),
  intake: new EventIntake(
    realClock,
    { indexOf, everIndexOf: indexOf },
    { normaliseQuery: String, search: () => new Int32Array(0) },
  ),
  slots: new SlotCompiler(indexOf, () => 'none'),
  encoders: wireEncoders(idOf),
  flushes,
  helloWatch: new HelloWatch(realClock, ending),
  tokenWatch: new TokenWatch(realClock, ending),
  access: Access.open(),
  claims: new SessionClaims(),
  ending,
  turns,
  shares: new TimeShares(ALL),
  times: new AddressTimes(() => false),
  rates: new PeerRates({
    userMessagesPerSec: 0,
    addressMessagesPerSec: 0,
    addressRequestsPerSec: 0,
    addressBytesPerSec: 0,
  }),
  clock: realClock,
  stats,
  newId: () => `session-${opened}`,
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
  connection.receive(
    codec.encode({ t: 'hello', user: `user-${codec.subprotocol}`, slots: [{ slot: 'home' }] }),
    codec.binary,
  );
  // A microtask per promise on the way: opened, welcome flushed.
  for (let i = 0; i < 20; i++) await Promise.resolve();
  if (sent.frames === 0) throw new Error(`no welcome came over ${codec.subprotocol}`);
  sent.frames = 0;
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
  const clicks = Array.from({ length: CLICKS }, (_, i) => codec.encode(clickOf(i + 1)));
  let clicked = 0;
  bench(`a click in, its list and its ack out, ${name}`, async () => {
    connection.receive(clicks[clicked++ % clicks.length], codec.binary);
    sent.clicks++;
    await Promise.resolve();
  });
}

await run();
if (sent.frames < 2 * sent.clicks)
  throw new Error(`of ${sent.clicks} clicks came ${sent.frames} lists and acks`);
process.exit(0);
