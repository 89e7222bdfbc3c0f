import { WillBuy } from '../../../../gateway/profiles/will-buy.js';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { named } from '../../../../shards/store/user-key.js';
import { TimeShares } from '../../../../metrics/process/time-share.js';
import { TurnGate } from '../../../../metrics/process/turn-gate.js';
import { listUs } from '../../../../shards/live/job-cost.js';
import { AddressTimes } from '../../../../gateway/admission/address-times.js';
import { Channels } from '../../../../gateway/socket/channels.js';
import { Connection, CONNECTION_TIME } from '../../../../gateway/socket/connection.js';
import { Connections } from '../../../../gateway/socket/connections.js';
import { Deadlines } from '../../../../gateway/calls/deadlines.js';
import { EventIntake } from '../../../../gateway/calls/event-intake.js';
import type { ConnectionContext } from '../../../../gateway/socket/connection-context.js';
import { OVERRUNS_TOLERATED } from '../../../../gateway/socket/incoming/rate-limit.js';
import { SELF_ASKS_PER_SEC, SELF_ASKS_WAITING_MAX } from '../../../../gateway/socket/self-asks.js';
import { SessionClaims } from '../../../../gateway/socket/session-claims.js';
import { Access } from '../../../../gateway/access/access.js';
import { TokenWatch } from '../../../../gateway/access/token-watch.js';
import { PeerRates } from '../../../../gateway/admission/peer-rates.js';
import { EndingLine } from '../../../../gateway/socket/ending-line.js';
import { HelloWatch } from '../../../../gateway/socket/hello-watch.js';
import { ItemsListed } from '../../../../gateway/socket/outgoing/items-listed.js';
import { FlushQueue } from '../../../../gateway/socket/outgoing/outbox.js';
import { CLOSES } from '../../../../gateway/protocol/close-codes.js';
import { msgpackCodec } from '../../../../gateway/protocol/codec.js';
import { WIRE_LIMITS } from '../../../../gateway/protocol/limits.js';
import { SlotCompiler } from '../../../../gateway/calls/slot-compiler.js';
import { wireEncoders } from '../../../../gateway/socket/outgoing/wire-encoder.js';
import { TileVersions } from '../../../../gateway/tiles/tile-versions.js';
import { FakeClock } from '../../../../metrics/process/clock.js';
import { silentWatch } from '../../../support/gateway/silent-watch.js';
import { createLog } from '../../../../metrics/process/log.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { FakePool } from '../../../support/gateway/fake-pool.js';
import { FakeSocket } from '../../../support/gateway/fake-socket.js';
import { UserGraphs } from '../../../../gateway/calls/user-graphs.js';
import { UserProfiles } from '../../../../gateway/profiles/user-profiles.js';
import { RankCalls } from '../../../../gateway/calls/rank-calls.js';

const NOTHING_KNOWN = new WillBuy(
  () => undefined,
  () => undefined,
);
const NAMES = {
  idOf: String,
  titleOf: () => undefined,
  categoryOf: String,
  brandOf: String,
  attributesOf: () => [],
  communityOf: () => undefined,
};

const ITEMS = 50;
let pool: FakePool;
let context: ConnectionContext;
let clock: FakeClock;
let sessions: number;

let deadlines: Deadlines;
/** Items that were taken out of the catalogue. */
const removed = new Set<string>();

beforeEach(() => {
  pool = new FakePool({ indexCount: ITEMS, isRecommendable: () => true, passes: () => true });
  clock = new FakeClock();
  context = newContext();
  sessions = 0;
  removed.clear();
});

function newContext(): ConnectionContext {
  const stats = ThreadStats.create();
  const indexOf = (id: string): number => (Number(id) < ITEMS ? Number(id) : -1);
  const slots = new SlotCompiler(indexOf, () => 'no filters here');
  const inCatalogue = (id: string): number => (removed.has(id) ? -1 : indexOf(id));
  const intake = new EventIntake(
    clock,
    { indexOf: inCatalogue, everIndexOf: indexOf },
    {
      normaliseQuery: (query) => query,
      search: () => new Int32Array(0),
    },
    { note: () => undefined },
  );
  const items = {
    indexOf,
    idOf: String,
    itemOf: () => undefined,
    segmentOf: String,
    mayShow: () => true,
  };
  deadlines = new Deadlines(clock);
  const timing = { deadlines, clock, stats, networkAllowanceMs: 5 };
  const ending = new EndingLine();
  return {
    pool,
    clock,
    stats,
    watch: silentWatch(clock, stats),
    slots,
    intake,
    graphs: new UserGraphs(pool, NAMES),
    profiles: new UserProfiles(pool, NAMES, { willBuy: NOTHING_KNOWN, segmentOf: String }),
    rankCalls: new RankCalls(slots, items, timing, () => pool.model),
    idleTimeoutMs: 30_000,
    heartbeatMs: 22_000,
    messagesPerSec: 1_000,
    turns: new TurnGate(clock, 2_000),
    shares: new TimeShares(CONNECTION_TIME),
    times: new AddressTimes(() => false),
    outboxBytes: 64 * 1024,
    channels: new Channels(pool),
    encoders: wireEncoders(String),
    tileVersions: new TileVersions(4_096),
    flushes: new FlushQueue(clock),
    listed: new ItemsListed(4_096),
    helloWatch: new HelloWatch(clock, ending),
    ending,
    claims: new SessionClaims(),
    access: Access.open(),
    tokenWatch: new TokenWatch(clock, ending),
    rates: new PeerRates({
      userMessagesPerSec: 0,
      addressMessagesPerSec: 0,
      addressRequestsPerSec: 0,
      addressBytesPerSec: 0,
    }),
    log: createLog({ level: 'silent' }),
    newId: () => `session-${++sessions}`,
  };
}

interface Peer {
  readonly socket: FakeSocket;
  readonly connection: Connection;
  readonly say: (message: object) => void;
}

function connect(): Peer {
  const socket = new FakeSocket();
  const connection = new Connection(context, socket, 'afterclick.v1.msgpack', () => undefined);
  socket.onEnd = (code) => connection.closed(code);
  return { socket, connection, say: (message) => connection.receive(msgpackCodec.encode(message), true) };
}

/** Until the pool has nothing left to do: it works in turns of the event loop. */
async function settle(turns = 8): Promise<void> {
  await Promise.resolve();
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const slots = [{ slot: 'home', k: 5 }];
/** The user views item 1. */
const aClick = ({ seq }: { readonly seq: number }) => ({ t: 'event', seq, e: 'view_item', item: '1' });

describe('while the user is opened', () => {
  test('messages wait in order, and what exceeds the bound is overloaded', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    for (let seq = 1; seq <= 1_044; seq++) say(aClick({ seq }));
    say({ t: 'ping', id: 'p' });
    await settle(200);
    expect(socket.read.find(({ t }) => t !== 'error')).toMatchObject({ t: 'welcome', seq: 0 });
    const refused = socket.of('error');
    expect(refused.map(({ code }) => code)).toEqual(Array(21).fill('overloaded'));
    expect(refused.map(({ seq, id }) => seq ?? id)).toEqual([
      ...Array.from({ length: 20 }, (_, i) => 1_025 + i),
      'p',
    ]);
    expect(socket.of('ack').at(-1)?.seq).toBe(1_024);
  });

  test.each(['identify', 'hello'])('[T1] a rank behind %s is answered in its time, once', async (opening) => {
    const { socket, say } = connect();
    say({ t: 'hello', slots });
    if (opening === 'identify') {
      await settle();
      say(aClick({ seq: 1 }));
      await settle();
      say({ t: 'identify', id: 'i', user: 'u' });
    }
    const candidates = ['3', '1', '2', 'nope'];
    say({ t: 'rank', id: 'in time', candidates, tmaxMs: 20 });
    say({ t: 'rank', id: 'no hurry', candidates });
    say({ t: 'rank', id: 'wrong', candidates, tmaxMs: 20, k: 'many' });
    clock.advanceUs(15_000);
    deadlines.expireDue();
    await settle();
    const inTime = { id: 'in time', ids: candidates, degraded: true, tookUs: 15_000 };
    expect(socket.of('result')).toMatchObject([inTime, { id: 'no hurry', degraded: false }]);
    const order = socket.read.map(({ t }) => t);
    expect(order.indexOf('result')).toBeLessThan(
      order.indexOf(opening === 'identify' ? 'identified' : 'welcome'),
    );
    expect(socket.of('error')).toMatchObject([{ code: 'invalid_field', id: 'wrong' }]);
  });

  test('[T1] a rank whose user is open in time gets the order of the shard, once', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', slots });
    say({ t: 'rank', id: 1, candidates: ['3', '1', '2'], tmaxMs: 20 });
    await settle();
    clock.advanceUs(20_000);
    deadlines.expireDue();
    expect(socket.of('result')).toMatchObject([{ id: 1, degraded: false }]);
  });

  test('messages wait as bytes, as many as one frame may have', async () => {
    const { connection, socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    const more = 'x'.repeat(WIRE_LIMITS.frameBytes / 4);
    for (let id = 1; id <= 6; id++) say({ t: 'ping', id, more });
    expect(connection.heldBytes).toBeLessThanOrEqual(WIRE_LIMITS.frameBytes);
    await settle();
    expect(socket.of('pong').map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(socket.of('error').map(({ code, id }) => [code, id])).toEqual(
      [4, 5, 6].map((id) => ['overloaded', id]),
    );
    expect(connection.heldBytes).toBe(0);
  });

  test('what is malformed is refused in its turn', async () => {
    const { connection, socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    say({ t: 'ping', id: 1 });
    connection.receive(Uint8Array.of(0xc1), true);
    say({ t: 'ping', id: 2 });
    await settle();
    const told = socket.read.filter(({ t }) => t === 'pong' || t === 'error');
    expect(told.map(({ t }) => t)).toEqual(['pong', 'error', 'pong']);
  });

  test('a socket that goes leaves no session open', async () => {
    const { connection, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    connection.closed(1006);
    await settle();
    expect(pool.log).toEqual(['open u session-1', expect.stringMatching(/^close/)]);
    expect(context.channels.size).toBe(0);
  });

  test('[C3] hello again and again closes it; what waited for a user who could not be opened does not', async () => {
    const { socket, say } = connect();
    const open = pool.open.bind(pool);
    pool.open = () => Promise.reject(new Error('no disk'));
    say({ t: 'hello', user: 'u', slots });
    for (let seq = 1; seq <= 20; seq++) say(aClick({ seq }));
    await settle();
    pool.open = open;
    expect(socket.of('bye')).toEqual([]);
    say({ t: 'hello', user: 'u', slots });
    await settle();
    for (let i = 0; i < 17; i++) say({ t: 'hello', user: 'u', slots });
    await settle();
    expect(socket.of('bye')).toMatchObject([{ code: 4000 }]);
  });

  test('a user who cannot be opened is an error, and hello may come again', async () => {
    const { socket, say } = connect();
    const open = pool.open.bind(pool);
    pool.open = () => Promise.reject(new Error('no disk'));
    say({ t: 'hello', user: 'u', slots });
    say(aClick({ seq: 1 }));
    await settle();
    expect(socket.of('error').map(({ code }) => code)).toEqual(['internal', 'hello_expected']);
    pool.open = open;
    say({ t: 'hello', user: 'u', slots });
    await settle();
    expect(socket.of('welcome')).toHaveLength(1);
    expect(socket.of('recs')).toHaveLength(1);
  });

  test('identify that fails leaves the visitor as they were', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', slots });
    await settle();
    const open = pool.open.bind(pool);
    pool.open = () => Promise.reject(new Error('no disk'));
    say({ t: 'identify', id: 1, user: 'u' });
    say(aClick({ seq: 1 }));
    await settle();
    pool.open = open;
    expect(socket.of('error')).toEqual([
      { t: 'error', code: 'internal', message: expect.any(String), id: 1 },
    ]);
    expect(socket.of('ack').at(-1)?.seq).toBe(1);
  });
});

describe('sessions and slots', () => {
  test('what long lists take of a shard counts towards the address, in hello and subscribe; what shoppers ask for does not', async () => {
    const spent = vi.spyOn(context.times, 'spend');
    const far = () => spent.mock.calls.filter(([, us]) => us > 1_000);
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    expect(far()).toEqual([]);
    say({ t: 'subscribe', slots: ['a', 'b', 'c'].map((slot) => ({ slot, k: 100, explain: true })) });
    await settle();
    expect(far()).toHaveLength(1);
    expect(far()[0].slice(0, 2)).toEqual([socket.address, 3 * listUs({ k: 100, explain: true }) - 500]);
    connect().say({ t: 'hello', user: 'v', slots: [{ slot: 'a', k: 100, explain: true }] });
    await settle();
    expect(far()).toHaveLength(2);
  });

  test('[R1] cause is the last seq of the connection’s own session', async () => {
    const [a, b] = [connect(), connect()];
    a.say({ t: 'hello', user: 'u', slots });
    b.say({ t: 'hello', user: 'u', slots });
    await settle();
    a.say(aClick({ seq: 1 }));
    a.say(aClick({ seq: 2 }));
    await settle();
    b.say(aClick({ seq: 1 }));
    await settle();
    expect(a.socket.of('recs').at(-1)).toMatchObject({ cause: 2 });
    expect(b.socket.of('recs').at(-1)).toMatchObject({ cause: 1 });
    expect(b.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
  });

  test('[D2] another event of a number that is taken is refused, and the next number is named', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    for (let seq = 1; seq <= 3; seq++) say(aClick({ seq }));
    await settle();
    say({ ...aClick({ seq: 2 }), item: '7' });
    await settle();
    expect(socket.of('error')).toEqual([
      { t: 'error', code: 'seq_taken', message: expect.any(String), seq: 2, expected: 4 },
    ]);
    expect(pool.log.filter((line) => line.startsWith('apply'))).toHaveLength(3);
  });

  test('a purchase counts without the items that are not in the catalogue, and a notice names them', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    removed.add('gone');
    const { item: _, ...purchase } = { ...aClick({ seq: 1 }), e: 'purchase' as const };
    say({ ...purchase, items: ['7', 'gone'] });
    await settle();
    expect(socket.of('notice')).toMatchObject([{ code: 'items_left_out', seq: 1, unknown: ['gone'] }]);
    expect([socket.of('error'), socket.of('ack').at(-1)]).toEqual([[], { t: 'ack', seq: 1 }]);
  });

  test('whoever learns is not closed for what they sent before; a misspelt field is told of', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    for (let i = 0; i < 40; i++) {
      say({ t: 'rank', id: i, candidates: 'a' });
      say({ t: 'ping', id: i });
    }
    say({ t: 'recommend', id: 'r', filters: {} });
    await settle();
    expect(socket.of('bye')).toEqual([]);
    expect(socket.of('error')).toHaveLength(40);
    expect(socket.of('notice')).toMatchObject([{ code: 'field_unknown', id: 'r' }]);
  });

  test('whose a call is, is of the connection: a call that says it is told so, and answered', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    say({ t: 'rank', id: 1, candidates: ['7'], user: 'other' });
    say({ t: 'recommend', id: 2, consent: { personalise: false } });
    say({ t: 'subscribe', id: 3, slots, session: 's' });
    say({ t: 'recommend', id: 4, 'own-field': 1 });
    await settle();
    expect(socket.of('error')).toEqual([]);
    expect(socket.of('notice')).toMatchObject([
      { code: 'field_unknown', id: 1, message: expect.stringContaining('rank has no field "user"') },
      { code: 'field_unknown', id: 2, message: expect.stringContaining('recommend has no field "consent"') },
      { code: 'field_unknown', id: 3, message: expect.stringContaining('subscribe has no field "session"') },
    ]);
  });

  test('[D2] a repeat is acknowledged whatever has become of its item, and however old it is by now', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    say({ ...aClick({ seq: 1 }), item: '7' });
    say({ ...aClick({ seq: 2 }), item: '7' });
    await settle();
    removed.add('7');
    say({ ...aClick({ seq: 1 }), item: '7', ts: 1 });
    say({ ...aClick({ seq: 3 }), item: '7' });
    await settle();
    expect(socket.of('ack').at(-1)).toEqual({ t: 'ack', seq: 1 });
    expect(socket.of('error')).toMatchObject([{ code: 'unknown_item', seq: 3 }]);
    expect(pool.log.filter((line) => line.startsWith('apply'))).toHaveLength(2);
  });

  test('a slot is forgotten when the last connection leaves it', async () => {
    const [a, b] = [connect(), connect()];
    for (const { say } of [a, b]) say({ t: 'hello', user: 'u', slots });
    await settle();
    a.say({ t: 'unsubscribe', slots: ['home', 'nothing'] });
    expect(pool.log.filter((line) => line.startsWith('unsubscribe'))).toEqual([]);
    b.connection.closed(1006);
    expect(pool.log.filter((line) => line.startsWith('unsubscribe'))).toEqual(['unsubscribe home']);
    b.say(aClick({ seq: 1 }));
    await settle();
    expect(pool.log.some((line) => line.startsWith('apply'))).toBe(false);
  });

  test('[D1] an ack comes after the commit, and not before', async () => {
    const { socket, say } = connect();
    pool.holdsCommits = true;
    say({ t: 'hello', user: 'u', slots });
    say(aClick({ seq: 1 }));
    await settle();
    expect(socket.of('recs').at(-1)).toMatchObject({ cause: 1 });
    expect(socket.of('ack')).toEqual([]);
    pool.releaseCommits();
    await settle();
    expect(socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
  });

  test('identify moves slots, acknowledges what the visitor sent, and leaves their channel', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', slots });
    await settle();
    pool.holdsCommits = true;
    say(aClick({ seq: 1 }));
    say({ t: 'identify', id: 'i', user: 'u' });
    say(aClick({ seq: 2 }));
    await settle();
    pool.releaseCommits();
    await settle();
    expect(socket.read.map(({ t }) => t).slice(-4)).toEqual(
      expect.arrayContaining(['identified', 'recs', 'ack']),
    );
    expect(socket.of('recs').at(-1)).toMatchObject({ cause: 2 });
    expect(socket.of('ack').at(-1)).toEqual({ t: 'ack', seq: 2 });
    expect(context.channels.size).toBe(1);
    expect(pool.log.filter((line) => line.startsWith('close'))).toHaveLength(1);
  });
});

describe('a connection that sends too much', () => {
  test('has messages carried out for a part of a turn, and the rest, in order, when others had theirs', async () => {
    const [flooder, other] = [connect(), connect()];
    flooder.say({ t: 'hello', user: 'f', slots });
    other.say({ t: 'hello', user: 'o', slots });
    await settle();
    for (let id = 0; id < 10; id++) flooder.say({ t: 'ping', id });
    clock.advanceMs(3);
    for (let id = 10; id < 300; id++) flooder.say({ t: 'ping', id });
    other.say({ t: 'ping', id: 'other' });
    await settle(0);
    expect(flooder.socket.of('pong')).toHaveLength(10);
    await settle(2);
    expect(other.socket.of('pong')).toHaveLength(1);
    expect(flooder.socket.of('pong').length).toBeLessThan(40);
    await settle(200);
    expect(flooder.socket.of('pong').map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, id) => id));
  });

  test('[B2] is told `overloaded` with the time to wait, and closed 4010 when it goes on', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    // With the hello they are two seconds' worth.
    for (let i = 1; i < 1_000; i++) say({ t: 'ping' });
    await settle(200);
    for (let i = 1; i < 1_001; i++) say({ t: 'ping' });
    expect(socket.of('error')).toEqual([]);
    say(aClick({ seq: 1 }));
    await settle(200);
    expect(socket.of('error')).toEqual([
      { t: 'error', code: 'overloaded', message: expect.any(String), seq: 1, retryAfterMs: 1 },
    ]);
    for (let i = 0; i < 5_000; i++) say(aClick({ seq: 2 }));
    await settle(200);
    expect(socket.read.at(-1)).toMatchObject({ t: 'bye', code: 4010, reconnect: 'backoff' });
    expect(socket.of('error')).toHaveLength(OVERRUNS_TOLERATED);
    expect(context.channels.size).toBe(0);
  });

  test('[B2] is not closed for what others fill the shard with', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    pool.takesEvents = false;
    for (let i = 0; i < 1_000; i++) say(aClick({ seq: 1 }));
    await settle(200);
    expect(socket.of('error')).toHaveLength(1_000);
    expect(socket.of('bye')).toEqual([]);
  });

  test('a recommend for which there is no room is refused, and the connection lives', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    pool.refusesRanks = 'busy';
    say({ t: 'recommend', id: 1 });
    pool.refusesRanks = 'gone';
    say({ t: 'recommend', id: 2 });
    pool.refusesRanks = undefined;
    say({ t: 'recommend', id: 3 });
    await settle();
    expect(socket.of('error').map(({ code, id }) => [code, id])).toEqual([
      ['overloaded', 1],
      ['shard_restarting', 2],
    ]);
    expect(socket.of('result').map(({ id }) => id)).toEqual([3]);
  });
});

test('bye is the last word', async () => {
  const { socket, connection, say } = connect();
  say({ t: 'hello', user: 'u', slots });
  await settle();
  connection.finish(CLOSES.goingAway);
  say({ t: 'ping' });
  await settle();
  expect(socket.read.at(-1)).toMatchObject({ t: 'bye', code: 1001, reconnect: 'now' });
  expect(context.channels.size).toBe(0);
});

describe('resume', () => {
  /** The seq that a new connection is told. */
  async function resumed(user: string, session: string): Promise<number | undefined> {
    const { connection, socket, say } = connect();
    say({ t: 'hello', user, resume: { session, seq: 0 }, slots });
    await settle();
    connection.closed(1006);
    return socket.of('welcome').at(0)?.seq;
  }

  test('[D4] is exact with no event yet, ten times in a row, after an hour, and from another device meanwhile', async () => {
    for (let i = 0; i < 10; i++) expect(await resumed('u', 's')).toBe(0);
    for (let seq = 1; seq <= 10; seq++) {
      const { connection, say } = connect();
      say({ t: 'hello', user: 'u', resume: { session: 's', seq: 0 }, slots });
      say(aClick({ seq }));
      await settle();
      connection.closed(1006);
      clock.advanceMs(3_600_000);
      expect(await resumed('u', 's')).toBe(seq);
    }
    const device = connect();
    device.say({ t: 'hello', user: 'u', session: 'phone', slots });
    device.say(aClick({ seq: 1 }));
    await settle();
    expect([await resumed('u', 's'), await resumed('u', 'phone')]).toEqual([10, 1]);
  });

  test('[D4] of another user’s session gives nothing of it, and takes nothing from whoever has it', async () => {
    const owner = connect();
    owner.say({ t: 'hello', user: 'u', session: 's', slots });
    owner.say(aClick({ seq: 1 }));
    await settle();
    const thief = connect();
    thief.say({ t: 'hello', user: 'v', resume: { session: 's', seq: 1 }, slots });
    thief.say({ ...aClick({ seq: 1 }), item: '9' });
    await settle();
    expect(thief.socket.of('welcome')).toMatchObject([{ user: 'v', seq: 0 }]);
    expect(thief.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
    owner.say(aClick({ seq: 2 }));
    await settle();
    expect(owner.socket.of('bye')).toEqual([]);
    expect(owner.socket.of('ack').at(-1)).toEqual({ t: 'ack', seq: 2 });
  });
});

describe('a session that a newer connection asks for', () => {
  const bye = { t: 'bye', code: 4009, reconnect: 'never' };

  test('[D4] is the newer one’s, with the exact seq; the older is told, and what it sends is nobody’s', async () => {
    const [old, next] = [connect(), connect()];
    old.say({ t: 'hello', user: 'u', session: 's', slots });
    await settle();
    old.say(aClick({ seq: 1 }));
    old.say(aClick({ seq: 2 }));
    next.say({ t: 'hello', user: 'u', resume: { session: 's', seq: 0 }, slots });
    old.say(aClick({ seq: 3 }));
    await settle();
    expect(old.socket.read.at(-1)).toMatchObject(bye);
    expect(old.socket.closed).toMatchObject({ code: 4009 });
    expect(next.socket.of('welcome')).toMatchObject([{ session: 's', seq: 2 }]);
    next.say({ ...aClick({ seq: 3 }), item: '7' });
    await settle();
    expect(next.socket.of('ack')).toEqual([{ t: 'ack', seq: 3 }]);
    expect(next.socket.of('error')).toEqual([]);
    expect(pool.log.filter((line) => line.startsWith('apply')).map((line) => line.split(' ').at(-1))).toEqual(
      ['1', '1', '7'],
    );
    expect(context.claims.size).toBe(1);
  });

  test('[D4] of two that ask at once is the later one’s', async () => {
    const [one, two] = [connect(), connect()];
    for (const { say } of [one, two]) say({ t: 'hello', user: 'u', session: 's', slots });
    one.say(aClick({ seq: 1 }));
    two.say(aClick({ seq: 1 }));
    await settle();
    expect(one.socket.read).toMatchObject([bye]);
    expect(two.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
    expect(pool.log.filter((line) => line.startsWith('apply'))).toHaveLength(1);
    two.connection.closed(1000);
    expect([context.channels.size, context.claims.size]).toEqual([0, 0]);
  });

  test('[D4] passes through many hands, whoever asks while the one before is opened', async () => {
    const peers = Array.from({ length: 10 }, () => connect());
    for (const { say } of peers) {
      say({ t: 'hello', user: 'u', session: 's', slots });
      await settle(1);
    }
    await settle();
    for (const { socket } of peers.slice(0, -1)) expect(socket.read.at(-1)).toMatchObject(bye);
    const last = peers[9];
    last.say(aClick({ seq: 1 }));
    await settle();
    expect(last.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
    expect(context.claims.size).toBe(1);
  });

  test('is free again when its connection has gone, or could not open it', async () => {
    const open = pool.open.bind(pool);
    pool.open = () => Promise.reject(new Error('no disk'));
    const { connection, say } = connect();
    say({ t: 'hello', user: 'u', session: 's', slots });
    await settle();
    expect(context.claims.size).toBe(0);
    pool.open = open;
    say({ t: 'hello', user: 'u', session: 's', slots });
    await settle();
    expect(context.claims.size).toBe(1);
    connection.closed(1006);
    expect(context.claims.size).toBe(0);
  });

  test('is one of its user or visitor: others have sessions of the same name', async () => {
    const peers = [connect(), connect(), connect()];
    const hellos = [{ user: 'u', session: 's' }, { user: 'v', session: 's' }, { session: 's' }];
    peers.forEach(({ say }, i) => say({ t: 'hello', ...hellos[i], slots }));
    await settle();
    for (const { socket } of peers) expect(socket.of('bye')).toEqual([]);
  });

  test('[D4] by name of a user is theirs: who identifies as them takes it from the connection that has it', async () => {
    const [a, b] = [connect(), connect()];
    a.say({ t: 'hello', session: 's', slots });
    b.say({ t: 'hello', user: 'u', session: 't', slots });
    await settle();
    const guest = connect();
    guest.say({ t: 'hello', session: 't', slots });
    await settle();
    guest.say({ t: 'identify', id: 'i', user: 'u' });
    await settle();
    expect(b.socket.read.at(-1)).toMatchObject(bye);
    expect(guest.socket.of('identified')).toMatchObject([{ user: 'u' }]);
    expect(a.socket.of('bye')).toEqual([]);
  });

  test('[D4] by name of a user stays with a newer connection, when an older one identifies as them late', async () => {
    const guest = connect();
    guest.say({ t: 'hello', session: 't', slots });
    await settle();
    const b = connect();
    b.say({ t: 'hello', user: 'u', session: 't', slots });
    await settle();
    guest.say({ t: 'identify', id: 'i', user: 'u' });
    await settle();
    expect(guest.socket.read.at(-1)).toMatchObject(bye);
    expect([guest.socket.of('identified'), b.socket.of('bye')]).toEqual([[], []]);
    b.say(aClick({ seq: 1 }));
    await settle();
    expect(b.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
  });

  test('what a client has sent of it is handed on, by a user as by a visitor', async () => {
    const opened = [vi.spyOn(pool, 'open'), vi.spyOn(pool, 'openVisitor')];
    connect().say({ t: 'hello', user: 'u', resume: { session: 's', seq: 3, sent: 5 }, slots });
    connect().say({ t: 'hello', resume: { session: 'v', seq: 0, sent: 0 }, slots });
    connect().say({ t: 'hello', user: 'w', resume: { session: 'x', seq: 3 }, slots });
    await settle();
    expect(opened.map(({ mock }) => mock.calls.map((call) => call.at(-1)))).toEqual([[5, undefined], [0]]);
  });

  test('while its visitor says who they are: that connection goes on as the user, the newer one as the visitor', async () => {
    const [a, b] = [connect(), connect()];
    a.say({ t: 'hello', session: 's', slots });
    await settle();
    a.say(aClick({ seq: 1 }));
    await settle();
    a.say({ t: 'identify', id: 'i', user: 'u' });
    b.say({ t: 'hello', resume: { session: 's', seq: 1 }, slots });
    await settle();
    expect(a.socket.of('identified')).toMatchObject([{ user: 'u', merged: true }]);
    expect(a.socket.of('bye')).toEqual([]);
    expect(b.socket.of('welcome')).toMatchObject([{ seq: 0, replaced: { session: 's', seq: 1 } }]);
    a.say(aClick({ seq: 2 }));
    await settle();
    expect(a.socket.of('ack').at(-1)).toEqual({ t: 'ack', seq: 2 });
  });

  test('while its visitor says who they are, and cannot be opened as such: the newer one has the session', async () => {
    const [a, b] = [connect(), connect()];
    a.say({ t: 'hello', session: 's', slots });
    await settle();
    const open = pool.open.bind(pool);
    pool.open = () => Promise.reject(new Error('no disk'));
    a.say({ t: 'identify', id: 'i', user: 'u' });
    b.say({ t: 'hello', session: 's', slots });
    a.say(aClick({ seq: 1 }));
    await settle();
    pool.open = open;
    expect(a.socket.read.at(-1)).toMatchObject(bye);
    b.say(aClick({ seq: 1 }));
    await settle();
    expect(b.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
    expect(pool.log.filter((line) => line.startsWith('apply'))).toHaveLength(1);
  });
});

describe('a visitor who is merged', () => {
  /** A visitor who has clicked once, and a connection that has said nothing yet. */
  async function visitorAndPeer() {
    const [a, b] = [connect(), connect()];
    a.say({ t: 'hello', session: 's', slots });
    await settle();
    a.say(aClick({ seq: 1 }));
    await settle();
    return [a, b] as const;
  }

  test('[D4] says hello again on the connection that did not ask for it, and is another visitor there', async () => {
    const [a, b] = await visitorAndPeer();
    b.say({ t: 'hello', session: 's', user: 'u', slots });
    a.say(aClick({ seq: 2 }));
    await settle();
    expect(b.socket.of('welcome')).toMatchObject([{ user: 'u', session: 's', seq: 1 }]);
    expect(a.socket.of('bye')).toMatchObject([{ code: 4011, reconnect: 'now' }]);
    expect(a.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
    const again = connect();
    again.say({ t: 'hello', resume: { session: 's', seq: 1 }, slots });
    again.say(aClick({ seq: 1 }));
    await settle();
    const [welcome] = again.socket.of('welcome');
    expect(welcome).toMatchObject({ seq: 0, replaced: { session: 's', seq: 1 } });
    expect(welcome.session).not.toBe('s');
    expect(welcome.user).toBe(welcome.session);
    expect(again.socket.of('ack')).toEqual([{ t: 'ack', seq: 1 }]);
  });

  test('[D4] by two connections at once into one user: the newer one has their session', async () => {
    const [a, b] = await visitorAndPeer();
    a.say({ t: 'identify', id: 'i', user: 'u' });
    b.say({ t: 'hello', session: 's', user: 'u', slots });
    await settle();
    expect(a.socket.of('bye')).toMatchObject([{ code: 4009 }]);
    expect(b.socket.of('welcome')).toMatchObject([{ user: 'u', session: 's', seq: 1 }]);
  });

  test('[D4] by two connections at once into two users: one speaks for them, the other for a user of their own', async () => {
    const [a, b] = await visitorAndPeer();
    a.say({ t: 'identify', id: 'i', user: 'u' });
    b.say({ t: 'hello', session: 's', user: 'v', slots });
    await settle();
    expect(a.socket.of('identified')).toMatchObject([{ user: 'u' }]);
    expect(b.socket.of('welcome')).toMatchObject([{ user: 'v', session: 's', seq: 0 }]);
  });

  test('[D4] into a user who has a session of that name that stands elsewhere: the client is to say hello again', async () => {
    const own = connect();
    own.say({ t: 'hello', user: 'u', slots });
    await settle();
    own.say(aClick({ seq: 1 }));
    own.say(aClick({ seq: 2 }));
    await settle();
    const [{ session }] = own.socket.of('welcome');
    const guest = connect();
    guest.say({ t: 'hello', session, slots });
    guest.say(aClick({ seq: 1 }));
    await settle();
    guest.say({ t: 'identify', id: 'i', user: 'u' });
    await settle();
    expect([guest.socket.of('identified'), guest.socket.of('bye')]).toMatchObject([[], [{ code: 4011 }]]);
    const back = connect();
    back.say({ t: 'hello', user: 'u', resume: { session, seq: 1 }, slots });
    await settle();
    expect(back.socket.of('welcome')).toMatchObject([{ user: 'u', session, seq: 2 }]);
  });

  test('whose merge is done and whose user cannot be opened, says hello again', async () => {
    const [a] = await visitorAndPeer();
    const open = pool.open.bind(pool);
    pool.open = async (user, session, visitor) => {
      await open(user, session, visitor);
      throw new Error('no disk');
    };
    a.say({ t: 'identify', id: 'i', user: 'u' });
    await settle();
    pool.open = open;
    expect(a.socket.of('bye')).toMatchObject([{ code: 4011 }]);
  });

  test('a session of the same name as a user is nobody’s but the visitor’s', async () => {
    const customer = connect();
    customer.say({ t: 'hello', user: '1001', slots });
    customer.say(aClick({ seq: 1 }));
    await settle();
    const thief = connect();
    thief.say({ t: 'hello', user: '2002', session: '1001', slots });
    await settle();
    expect(thief.socket.of('welcome')).toMatchObject([{ user: '2002', seq: 0 }]);
    expect(customer.socket.of('bye')).toEqual([]);
    customer.say(aClick({ seq: 2 }));
    await settle();
    expect(customer.socket.of('ack').at(-1)).toEqual({ t: 'ack', seq: 2 });
  });
});

describe('a server that goes away', () => {
  test('[D1] takes nothing more, and what it took before is acknowledged before bye', async () => {
    const { connection, socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    say(aClick({ seq: 1 }));
    connection.leave();
    say(aClick({ seq: 2 }));
    expect(connection.isSettled).toBe(false);
    await settle();
    expect(connection.isSettled).toBe(true);
    connection.finish(CLOSES.goingAway);
    expect(socket.of('ack').map(({ seq }) => seq)).toEqual([1]);
    expect(socket.read.at(-1)).toMatchObject({ t: 'bye', code: 1001 });
    expect(socket.of('error')).toEqual([]);
  });

  test('tells hundreds of sockets in bites', async () => {
    const connections = new Connections(context, { allMax: 0, perAddressMax: 0 });
    const sockets = Array.from({ length: 500 }, () => new FakeSocket());
    for (const socket of sockets) {
      const connection = connections.accept(socket, 'afterclick.v1.msgpack');
      socket.onEnd = (code) => connection.closed(code);
    }
    const toldAtRests: number[] = [];
    let looks = 0;
    await connections.finishAll(CLOSES.goingAway, {
      get isOver() {
        return ++looks % 100 === 0;
      },
      rest: () => {
        toldAtRests.push(sockets.filter(({ closed }) => closed !== undefined).length);
        return Promise.resolve();
      },
    });
    expect(toldAtRests).toEqual([100, 200, 300, 400, 500]);
    expect(connections.size).toBe(0);
  });
});

describe('what a connection asks of its own shopper', () => {
  const asks = [{ t: 'graph' }, { t: 'profile' }, { t: 'tune', interest: 1, value: 'more' }];

  test.each(asks)(
    '[B2] $t has a rate of its own: what is more is overloaded, and time makes it good',
    async (ask) => {
      const { socket, say } = connect();
      say({ t: 'hello', user: 'u', slots });
      await settle();
      for (let id = 0; id < 2 * SELF_ASKS_PER_SEC + 3; id++) {
        say({ ...ask, id });
        await settle(2);
      }
      const answer = ask.t === 'graph' ? 'graph' : 'profile';
      expect(socket.of(answer)).toHaveLength(2 * SELF_ASKS_PER_SEC);
      const refused = socket.of('error');
      expect(refused.map(({ code, id }) => [code, id])).toEqual(
        [0, 1, 2].map((i) => ['overloaded', 2 * SELF_ASKS_PER_SEC + i]),
      );
      clock.advanceMs(refused[2].retryAfterMs ?? 0);
      say({ ...ask, id: 'again' });
      await settle();
      expect(socket.of(answer).at(-1)).toMatchObject({ id: 'again' });
    },
  );

  test('[B2] so many wait for the shard at once, and whoever goes on is closed with 4010', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    for (let id = 0; id < SELF_ASKS_WAITING_MAX + 1; id++) say({ t: 'graph', id });
    await settle();
    expect(socket.of('graph')).toHaveLength(SELF_ASKS_WAITING_MAX);
    expect(socket.of('error')).toMatchObject([{ code: 'overloaded', id: SELF_ASKS_WAITING_MAX }]);
    for (let id = 0; id < SELF_ASKS_WAITING_MAX + OVERRUNS_TOLERATED; id++) say({ t: 'graph', id });
    expect(socket.closed?.code).toBe(CLOSES.rateLimited.code);
  });

  test('[B2] what the shopper allows is taken when their page has asked for too much else', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    for (let id = 0; id < 2 * SELF_ASKS_PER_SEC + 1; id++) say({ t: 'graph', id });
    say({ t: 'consent', id: 'withdrawn', learn: false });
    await settle();
    expect(socket.of('consented')).toMatchObject([{ id: 'withdrawn', learn: false }]);
    for (let id = 0; id < 2 * SELF_ASKS_PER_SEC; id++) say({ t: 'consent', id, learn: true });
    await settle();
    expect(socket.of('error').at(-1)).toMatchObject({ code: 'overloaded', id: 2 * SELF_ASKS_PER_SEC - 1 });
  });

  /** What the shopper allows, asked where nothing is too much any more. */
  const allowedNow = () => pool.consent(named('u'), {});

  test('[B2] a consent that is refused counts where it takes something back, and allows nothing', async () => {
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    for (let id = 0; id < 2 * SELF_ASKS_PER_SEC; id++) say({ t: 'consent', id, learn: true });
    say({ t: 'consent', id: 'back', learn: false, personalise: true });
    say({ t: 'consent', id: 'given', learn: true });
    say({ t: 'event', seq: 1, e: 'view_item', item: '1' });
    await settle();
    expect(socket.of('error').map(({ code, id }) => [code, id])).toEqual([
      ['overloaded', 'back'],
      ['overloaded', 'given'],
    ]);
    expect(await allowedNow()).toEqual({ personalise: true, learn: false });
    expect((await pool.graph(named('u'))).nodes).toEqual([]);
  });

  test('[B2] so does one that is not looked into, for its connection has sent too much', async () => {
    context = { ...context, messagesPerSec: 4 };
    const { socket, say } = connect();
    say({ t: 'hello', user: 'u', slots });
    await settle();
    for (let id = 0; id < 7; id++) say({ t: 'ping', id });
    say({ t: 'consent', id: 'back', learn: false });
    await settle();
    expect(socket.of('error')).toMatchObject([{ code: 'overloaded', id: 'back' }]);
    expect(await allowedNow()).toEqual({ personalise: true, learn: false });
  });
});
