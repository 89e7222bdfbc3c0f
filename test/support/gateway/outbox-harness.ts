import { ClickTimes } from '../../../gateway/socket/outgoing/click-times.js';
import { FlushQueue, Outbox } from '../../../gateway/socket/outgoing/outbox.js';
import { ItemsListed } from '../../../gateway/socket/outgoing/items-listed.js';
import { wireEncoders } from '../../../gateway/socket/outgoing/wire-encoder.js';
import { TileVersions } from '../../../gateway/tiles/tile-versions.js';
import { TiledSlots } from '../../../gateway/tiles/tiled-slots.js';
import { FakeClock } from '../../../metrics/process/clock.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import { TimeShare, TimeShares } from '../../../metrics/process/time-share.js';
import { CONNECTION_TIME } from '../../../gateway/socket/connection.js';
import { silentWatch } from './silent-watch.js';
import { FakeSocket } from './fake-socket.js';
import type { ShardList } from '../../../shards/wire/slot-lists.js';

export const LIMIT_BYTES = 4_096;

export interface OutboxHarness {
  readonly outbox: Outbox;
  readonly socket: FakeSocket;
  readonly stats: ThreadStats;
  readonly clock: FakeClock;
  readonly times: ClickTimes;
  readonly tiles: TiledSlots;
  readonly versions: TileVersions;
}

/** A MessagePack outbox over a fake socket. `roomBytes` as there. */
export function outboxHarness(roomBytes = Infinity): OutboxHarness {
  const socket = new FakeSocket(roomBytes);
  const stats = ThreadStats.create();
  const clock = new FakeClock();
  const times = new ClickTimes(stats, silentWatch(clock, stats));
  const encoder = wireEncoders((index) => `item-${index}`)['afterclick.v1.msgpack'];
  const listed = new ItemsListed(4_096);
  const context = { flushes: new FlushQueue(clock), stats, listed, clock, outboxBytes: LIMIT_BYTES };
  const time = new TimeShare(new TimeShares(CONNECTION_TIME));
  const versions = new TileVersions(4_096);
  const tiles = new TiledSlots(versions);
  const outbox = new Outbox({ socket, encoder, times, time, tiles }, context);
  socket.onEnd = () => outbox.ended();
  return { outbox, socket, stats, clock, times, tiles, versions };
}

/** A list of `count` items. */
export function listOf(rev: number, count = 3): ShardList {
  const items = Int32Array.from({ length: count }, (_, i) => i + rev);
  return { items, scores: Float32Array.from(items, (item) => 1 / (1 + item)), rev, model: 'fake@1' };
}

/** Lets microtasks run. */
export function tick(): Promise<void> {
  return Promise.resolve();
}

/** Lets a turn of the event loop pass. */
export function turn(): Promise<void> {
  return new Promise((go) => setImmediate(go));
}
