import { SmallMap } from '../../../metrics/collections/small-map.js';
import { Fifo } from '../../../metrics/process/fifo.js';
import { COUNTER, HISTOGRAM } from '../../../metrics/table.js';
import type { Clock } from '../../../metrics/process/clock.js';
import type { TimeShare } from '../../../metrics/process/time-share.js';
import type { ThreadStats } from '../../../metrics/thread-stats.js';
import type { ClickTimes } from './click-times.js';
import type { ClientSocket } from '../../server/client-socket.js';
import { CLOSES, type Close } from '../../protocol/close-codes.js';
import type { ServerMessage } from '../../protocol/messages.js';
import type { TiledSlots } from '../../tiles/tiled-slots.js';
import type { ItemsListed } from './items-listed.js';
import type { WireEncoder } from './wire-encoder.js';
import type { ShardList } from '../../../shards/api.js';

/** What the outboxes of all connections share. */
export interface OutboxContext {
  readonly flushes: FlushQueue;
  readonly stats: ThreadStats;
  /** Hears of the items of each list that leaves. */
  readonly listed: Pick<ItemsListed, 'mark'>;
  readonly clock: Clock;
  /** Bytes of messages (not lists or acks) that may wait in one outbox. */
  readonly outboxBytes: number;
}

/** What belongs to one connection. */
export interface OutboxParts {
  readonly socket: ClientSocket;
  readonly encoder: WireEncoder;
  readonly times: ClickTimes;
  /** Charged with what leaves. */
  readonly time: TimeShare;
  /** Slots whose lists go with tiles. */
  readonly tiles: TiledSlots;
}

/** How long outboxes of a crowd are flushed in one turn of the event loop; one of them always is. */
export const CROWD_BITE_US = 300;
/** How long one outbox writes lists before others have their turn; one list is always written. */
export const LISTS_BITE_US = 300;

/**
 * Outboxes with something to send, flushed together when the current tick's work is done. Those of a crowd, the many
 * connections of one user and those that took more than a little of the thread's time lately, take turns: some in each turn of
 * the event loop, and what others wait for comes in between.
 */
export class FlushQueue {
  #marked: Outbox[] = [];
  #spare: Outbox[] = [];
  readonly #crowd = new Fifo<Outbox>();
  readonly #clock: Pick<Clock, 'nowUs'>;
  #isCrowdScheduled = false;

  constructor(clock: Pick<Clock, 'nowUs'>) {
    this.#clock = clock;
  }

  mark(outbox: Outbox): void {
    if (this.#marked.push(outbox) === 1) queueMicrotask(this.#flushAll);
  }

  readonly #flushAll = (): void => {
    const flushed = this.#marked;
    this.#marked = this.#spare;
    this.#spare = flushed;
    for (let i = 0; i < flushed.length; i++) flushed[i].flush();
    flushed.length = 0;
  };

  markCrowd(outbox: Outbox): void {
    this.#crowd.push(outbox);
    this.#scheduleBite();
  }

  readonly #flushBite = (): void => {
    this.#isCrowdScheduled = false;
    const untilUs = this.#clock.nowUs() + CROWD_BITE_US;
    // Who has more to send stands at the end again.
    for (let left = this.#crowd.length; left > 0; left--) {
      this.#crowd.shift()?.flush();
      if (this.#clock.nowUs() >= untilUs) break;
    }
    if (this.#crowd.length > 0) this.#scheduleBite();
  };

  #scheduleBite(): void {
    if (this.#isCrowdScheduled) return;
    this.#isCrowdScheduled = true;
    setImmediate(this.#flushBite);
  }
}

/** What a waiting frame costs beyond its bytes. */
const FRAME_OVERHEAD_BYTES = 96;

/** A slot's newest list; what comes while it waits takes its place, and costs nothing else. */
interface WaitingList {
  list: ShardList;
  cause: number;
}

/**
 * The bounded send queue of one connection.
 *
 * Order: what is waiting leaves as messages in the order they were pushed, then the lists by age of their newest version,
 * then one ack; lists that take long may follow it. A list never leaves after a newer one of its slot.
 * Time: nothing leaves inside a call but `flush`, `drained` and `finish`; the flush queue runs `flush` at the end of the tick,
 * so that all that a tick brings for a connection is one write. Lists that take long to write leave in several, as does what
 * waits for a connection that took more than a little of the thread's time lately: that is the flush queue's crowd.
 * Bounds: while the peer reads, nothing stays. When it does not, lists coalesce (one per slot, kept as a reference and
 * encoded when they leave), acks coalesce (the highest), and other messages wait up to `outboxBytes`. One more, and the peer
 * is told `bye` 4008 and closed; it loses nothing, because a new connection starts with the current lists and
 * `welcome.seq`. The socket itself buffers what one flush wrote until the peer stopped reading: less than one frame and 16 kB.
 * Ownership: pushed messages are encoded at once; lists are shared with other connections and never changed.
 */
export class Outbox {
  readonly #socket: ClientSocket;
  readonly #encoder: WireEncoder;
  readonly #times: ClickTimes;
  readonly #time: TimeShare;
  readonly #tiles: TiledSlots;
  readonly #context: OutboxContext;
  readonly #frames = new Fifo<Uint8Array>();
  #frameBytes = 0;
  readonly #lists = new SmallMap<string, WaitingList>();
  #ackSeq = 0;
  #isMarked = false;
  #isBlocked = false;
  #hasEnded = false;
  /** When lists have to leave the rest to another turn; `Clock.nowUs`. */
  #listsUntilUs = Infinity;

  constructor({ socket, encoder, times, time, tiles }: OutboxParts, context: OutboxContext) {
    this.#socket = socket;
    this.#encoder = encoder;
    this.#times = times;
    this.#time = time;
    this.#tiles = tiles;
    this.#context = context;
  }

  push(message: ServerMessage): void {
    if (this.#hasEnded) return;
    const frame = this.#encoder.message(message);
    const cost = frame.length + FRAME_OVERHEAD_BYTES;
    if (this.#frameBytes + cost > this.#context.outboxBytes) this.flush();
    if (this.#frameBytes > 0 && this.#frameBytes + cost > this.#context.outboxBytes)
      return this.finish(CLOSES.tooSlow);
    this.#frames.push(frame);
    this.#frameBytes += cost;
    this.#mark();
  }

  /**
   * Queues the slot's newest list in place of an older one.
   * @param cause as in `recs`.
   * @param isCrowd true when so many connections get it that they take turns.
   */
  list(slot: string, list: ShardList, cause: number, isCrowd = false): void {
    if (this.#hasEnded) return;
    const waiting = this.#lists.get(slot);
    if (waiting === undefined) this.#lists.set(slot, { list, cause });
    else this.#coalesce(slot, waiting, list, cause);
    this.#mark(isCrowd);
  }

  /** Sends lists again of which a tile shows something else by now, with what they were sent with before; a newer one on its way will do as well. */
  tell(): void {
    for (const [slot, tiles] of this.#tiles.all)
      if (tiles.shown !== undefined && !this.#lists.has(slot) && tiles.isStale())
        this.list(slot, tiles.shown, tiles.cause, true);
  }

  /** A peer that reads gets the slots by age of their newest list; of one that does not, a place in the line changes hands, no more. */
  #coalesce(slot: string, waiting: WaitingList, list: ShardList, cause: number): void {
    this.#context.stats.count(COUNTER.listsCoalesced);
    waiting.list = list;
    waiting.cause = cause;
    if (this.#isBlocked) return;
    this.#lists.delete(slot);
    this.#lists.set(slot, waiting);
  }

  ack(seq: number): void {
    if (this.#hasEnded) return;
    if (seq > this.#ackSeq) this.#ackSeq = seq;
    this.#mark();
  }

  /** Forgets a slot's waiting list. */
  dropList(slot: string): void {
    this.#lists.delete(slot);
  }

  /** Forgets all waiting lists. */
  dropLists(): void {
    this.#lists.clear();
  }

  /** Bytes that wait here and in the socket, without lists. */
  backlogBytes(): number {
    return this.#frameBytes + this.#socket.bufferedBytes();
  }

  /** True once the peer was told `bye`, or is gone. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** True while the peer does not take what is sent. */
  get isWaiting(): boolean {
    return this.#isBlocked && !this.#hasEnded;
  }

  /**
   * The socket has room again. What waits is written in a turn of its own, never inside the addon's call: many may have room at
   * once, and of sockets that were written to in that call some were never told of room again (test/bench/slow-readers.mjs).
   */
  drained(): void {
    this.#isBlocked = false;
    this.#mark(true);
  }

  /** Goes on when nothing is buffered any more: a pong or a close may take along what was, and then nobody says that there is room. */
  look(): void {
    if (this.isWaiting && this.#socket.bufferedBytes() === 0) this.drained();
  }

  /** @param isLast everything, however long it takes. */
  flush(isLast = false): void {
    this.#isMarked = false;
    if (this.#hasEnded || this.#isBlocked) return;
    if (this.#socket.bufferedBytes() > 0) {
      this.#isBlocked = true;
      return;
    }
    const { clock } = this.#context;
    const startUs = clock.nowUs();
    this.#listsUntilUs = isLast ? Infinity : startUs + LISTS_BITE_US;
    this.#socket.cork(this.#writeWaiting);
    const nowUs = clock.nowUs();
    this.#time.spend(nowUs - startUs, nowUs);
  }

  /**
   * Sends what can be sent, the ack in any case, for it is small and the peer would send again what is durable; then `bye`, then
   * closes. Whoever is too slow gets `bye` alone.
   */
  finish(close: Close): void {
    if (this.#hasEnded) return;
    if (close.code !== CLOSES.tooSlow.code) {
      this.flush(true);
      if (!this.#hasEnded) this.#writeAck();
    }
    // A failed write inside `flush` may have closed it by now; the compiler cannot know.
    if (this.#hasEnded as boolean) return;
    this.ended();
    const { code, reason, reconnect } = close;
    this.#socket.send(this.#encoder.message({ t: 'bye', code, reason, reconnect }), this.#encoder.isBinary);
    this.#socket.end(code, reason);
  }

  /** The socket is gone: forgets everything. */
  ended(): void {
    this.#hasEnded = true;
    this.#frames.clear();
    this.#frameBytes = 0;
    this.#lists.clear();
  }

  #mark(isCrowd = false): void {
    if (this.#isMarked || this.#isBlocked || this.#hasEnded) return;
    this.#isMarked = true;
    if (isCrowd || this.#time.isGreedy(this.#context.clock.nowUs())) this.#context.flushes.markCrowd(this);
    else this.#context.flushes.mark(this);
  }

  /** Bound once: `cork` takes it at every flush. */
  readonly #writeWaiting = (): void => {
    if (this.#writeFrames() && this.#writeLists()) this.#writeAck();
  };

  #writeFrames(): boolean {
    let goesOn = true;
    while (goesOn) {
      const frame = this.#frames.shift();
      if (frame === undefined) return true;
      this.#frameBytes -= frame.length + FRAME_OVERHEAD_BYTES;
      goesOn = this.#write(frame);
    }
    return false;
  }

  #writeLists(): boolean {
    if (this.#lists.size === 0) return true;
    const { clock, listed, stats } = this.#context;
    for (const [slot, { list, cause }] of this.#lists) {
      const startUs = clock.nowUs();
      this.#lists.delete(slot);
      const frame = this.#encode(slot, list, cause);
      const encodedUs = clock.nowUs();
      const goesOn = this.#write(frame);
      const sentUs = clock.nowUs();
      stats.count(COUNTER.listsSent);
      stats.observe(HISTOGRAM.stage.encode, encodedUs - startUs);
      stats.observe(HISTOGRAM.stage.send, sentUs - encodedUs);
      listed.mark(list.items);
      this.#times.listed(cause, list.round, startUs, sentUs);
      if (!goesOn) return false;
      if (sentUs >= this.#listsUntilUs && this.#lists.size > 0) {
        this.#mark(true);
        break;
      }
    }
    return true;
  }

  #encode(slot: string, list: ShardList, cause: number): Uint8Array {
    const tiles = this.#tiles.of(slot);
    if (tiles === undefined) return this.#encoder.recs(slot, list, cause);
    return this.#encoder.recs(slot, list, cause, { fields: tiles.fields, items: tiles.take(list, cause) });
  }

  #writeAck(): void {
    if (this.#ackSeq === 0) return;
    const seq = this.#ackSeq;
    this.#ackSeq = 0;
    this.#write(this.#encoder.ack(seq));
    this.#times.acked(seq, this.#context.clock.nowUs());
  }

  /** @returns false when nothing more may be sent for now. */
  #write(frame: Uint8Array): boolean {
    const { stats } = this.#context;
    const outcome = this.#socket.send(frame, this.#encoder.isBinary);
    if (outcome === 'dropped') {
      this.finish(CLOSES.tooSlow);
      return false;
    }
    stats.count(COUNTER.messagesOut);
    stats.count(COUNTER.bytesOut, frame.length);
    if (outcome === 'sent') return true;
    this.#isBlocked = true;
    return false;
  }
}
