import { COUNTER, HISTOGRAM, indexOrOther } from '../../metrics/table.js';
import { ClickTimes } from './outgoing/click-times.js';
import type { ClientSocket, SocketPeer } from '../server/client-socket.js';
import type { ConnectionContext } from './connection-context.js';
import {
  envelopeOf,
  readEnvelope,
  readMessage,
  type Envelope,
  type MessageRead,
} from './incoming/message-reader.js';
import { MessageDesk, type DeskOwner } from './message-desk.js';
import { Outbox } from './outgoing/outbox.js';
import { CLOSES, type Close } from '../protocol/close-codes.js';
import { codecOf, type Codec } from '../protocol/codec.js';
import { WIRE_LIMITS } from '../protocol/limits.js';
import type { Rank } from '../protocol/messages.js';
import type { Subprotocol } from '../protocol/version.js';
import { ConnectionTime } from '../admission/connection-time.js';
import type { ShareRule } from '../../metrics/process/time-share.js';
import { FrameLine, type FrameTaker } from './incoming/frame-line.js';
import { RateLimit } from './incoming/rate-limit.js';
import { Refusals } from './refusals.js';
import { withdraw } from './self-asks.js';
import { Speaker } from './speaker.js';
import { type SlotHolder, Subscriptions } from './subscriptions.js';
import type { EventRefusal, RankOutcome, ShardList, SlotDefinition, UserKey } from '../../shards/api.js';
import { TiledSlots } from '../tiles/tiled-slots.js';

/**
 * What one connection may take of the gateway's thread: a burst, and an eighth of it in the long run; the greedy have as much
 * together. One read of a socket may bring thousands of messages, and an answer may take milliseconds to write.
 */
export const CONNECTION_TIME: ShareRule = {
  burstUs: 8_000,
  share: 1 / 8,
  lightUs: 2_000,
  lightShare: 1 / 50,
  greedyShare: 1 / 8,
  debtMaxUs: 24_000,
};
/** What of the lists that a connection asks for is counted with its visit, µs (`SocketServer`). */
const VISIT_LISTS_US = 500;
/**
 * One socket's conversation, from its first frame to its end.
 *
 * Order: messages are carried out in the order they came. Events go to the shard in that order, and what comes back is sent
 * in the order the shard gave. While a user is opened, messages wait (`Speaker`).
 * Bounds: a share of the thread's time, and of each turn of the event loop; what waits for its turn, or while opening, as
 * `FrameLine` has room, and the rest is refused as `overloaded`; slots as announced; the outbox bounds what waits to be sent.
 */
export class Connection implements SocketPeer, SlotHolder, FrameTaker, DeskOwner {
  readonly #context: ConnectionContext;
  readonly #codec: Codec;
  readonly #socket: ClientSocket;
  readonly #outbox: Outbox;
  readonly #times: ClickTimes;
  readonly #refusals: Refusals;
  readonly #slots: Subscriptions;
  readonly #rate: RateLimit;
  readonly #line: FrameLine;
  readonly #onClosed: (connection: Connection, code: number) => void;
  readonly #speaker: Speaker;
  readonly #time: ConnectionTime;
  readonly #desk: MessageDesk;
  #isLeaving = false;

  /** @param onClosed told once, with the close code, when the socket is gone. */
  constructor(
    context: ConnectionContext,
    socket: ClientSocket,
    subprotocol: Subprotocol,
    onClosed: (connection: Connection, code: number) => void,
  ) {
    const { channels, encoders, slots, stats, watch } = context;
    this.#context = context;
    this.#codec = codecOf(subprotocol);
    this.#times = new ClickTimes(stats, watch);
    this.#time = new ConnectionTime(context.shares, socket.address, context.times);
    const [encoder, times, time] = [encoders[subprotocol], this.#times, this.#time];
    const tiles = new TiledSlots(context.tileVersions);
    this.#outbox = new Outbox({ socket, encoder, times, time, tiles }, context);
    this.#refusals = new Refusals(this.#outbox, stats);
    this.#slots = new Subscriptions(slots, channels, this, tiles);
    this.#rate = new RateLimit(context.messagesPerSec);
    this.#onClosed = onClosed;
    this.#socket = socket;
    this.#line = new FrameLine(this, context, this.#codec, time);
    const [outbox, refusals] = [this.#outbox, this.#refusals];
    this.#speaker = new Speaker(context, {
      outbox,
      refusals,
      slots: this.#slots,
      member: this,
      line: this.#line,
    });
    this.#desk = new MessageDesk(context, {
      outbox,
      refusals,
      slots: this.#slots,
      speaker: this.#speaker,
      times,
      owner: this,
    });
  }

  /** @param frame one message's payload; only read during the call. */
  receive(frame: Uint8Array, isBinary: boolean): void {
    const { clock, stats } = this.#context;
    const receivedUs = clock.nowUs();
    stats.count(COUNTER.bytesIn, frame.length);
    // After `bye` more may come of what the peer had sent by then.
    if (this.#speaker.isClosed || this.#outbox.hasEnded || this.#isLeaving) return;
    if (frame.length > WIRE_LIMITS.frameBytes) return this.finish(CLOSES.frameTooLarge);
    const place = this.#line.enter(frame, isBinary, receivedUs);
    if (place === 'waits') return;
    this.#take(frame, isBinary, receivedUs, place === 'full');
    stats.observe(HISTOGRAM.stage.decode, this.spent(receivedUs));
  }

  /** The socket has room again. */
  drained(): void {
    this.#outbox.drained();
  }

  /** Called a few times a second. */
  look(): void {
    this.#outbox.look();
  }

  /** Takes nothing of what comes in from now on; what came before goes on. The peer sends it again elsewhere. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** True when all that was taken in has been carried out, and what can be asked of a shard is asked. */
  get isSettled(): boolean {
    return this.#outbox.hasEnded || (this.#line.isEmpty && !this.#speaker.isOpening);
  }

  /** Sends `bye` and closes. */
  finish(close: Close): void {
    this.#outbox.finish(close);
  }

  /** The socket is gone; called once. */
  closed(code: number): void {
    this.#onClosed(this, code);
    this.#outbox.ended();
    this.#times.ended();
    this.#line.clear();
    this.#speaker.closed();
  }

  /** Bytes that wait for the peer, 0 while it keeps up. */
  get backlogBytes(): number {
    return this.#outbox.isWaiting ? this.#outbox.backlogBytes() : 0;
  }

  /** The peer pings without end. */
  flooded(): void {
    this.finish(CLOSES.rateLimited);
  }

  /** What it is counted by; '' when it is not. */
  get address(): string {
    return this.#socket.address;
  }

  /** Bytes kept for the peer: those that wait to be carried out, and the backlog. */
  get heldBytes(): number {
    return this.#line.bytes + this.backlogBytes;
  }

  /** Redefines slots whose filter the catalogue has outgrown. */
  refreshFilters(isCurrent: (slot: SlotDefinition) => boolean): void {
    const { session } = this.#speaker;
    if (session !== undefined) this.#slots.refresh(session, isCurrent);
  }

  /** Tells the client of items in its lists that show something else by now. */
  tellTiles(): void {
    this.#outbox.tell();
  }

  hasSlot(name: string): boolean {
    return this.#slots.has(name);
  }

  onList(slot: string, list: ShardList, isCrowd: boolean): void {
    this.#outbox.list(slot, list, this.#speaker.session?.appliedSeq ?? 0, isCrowd);
  }

  onDurable(seq: number, fromUs: number, toUs: number): void {
    this.#times.committed(seq, fromUs, toUs);
    this.#outbox.ack(seq);
  }

  onRefused(seq: number, code: EventRefusal, expected: number): void {
    if (code === 'internal') this.#refusals.unapplied(seq);
    else this.#refusals.misnumbered(seq, code, expected);
  }

  onMoved(into: UserKey): void {
    this.#speaker.moved(into);
  }

  onErased(): void {
    this.finish(CLOSES.erased);
  }

  get isHeld(): boolean {
    return this.#speaker.isOpening;
  }

  get hasEnded(): boolean {
    return this.#outbox.hasEnded;
  }

  take(frame: Uint8Array, isBinary: boolean, receivedUs: number): void {
    this.#take(frame, isBinary, receivedUs, false);
  }

  pass(receivedUs: number): void {
    this.#rate.take(receivedUs);
  }

  giveOrder(rank: Rank, receivedUs: number): void {
    this.#desk.giveOrder(rank, receivedUs);
  }

  /** What the shard did for an answer counts towards the address alone: a user has a share of their shard besides. */
  asked(outcome: RankOutcome): void {
    const { clock, times } = this.#context;
    if (typeof outcome !== 'string') times.spend(this.address, outcome.shardUs ?? 0, clock.nowUs());
  }

  /** What a shard will do for lists counts towards the address as well, beyond what each visit counts (`SocketServer`): whoever comes and goes as somebody new each time takes from others all the same. */
  asksFor(us: number): void {
    const { clock, times } = this.#context;
    if (us > VISIT_LISTS_US) times.spend(this.address, us - VISIT_LISTS_US, clock.nowUs());
  }

  /** Counts what was done since `startUs`, and says how long it took. */
  spent(startUs: number): number {
    const nowUs = this.#context.clock.nowUs();
    this.#time.spend(nowUs - startUs, nowUs);
    return nowUs - startUs;
  }

  /** Reads a frame, and carries it out or says why not. `isTooMuch`: it had to wait, and there is no room. */
  #take(frame: Uint8Array, isBinary: boolean, receivedUs: number, isTooMuch: boolean): void {
    const { clock, stats } = this.#context;
    const waitMs = this.#rate.take(receivedUs) || this.#sharedWaitMs(frame.length, receivedUs);
    if (waitMs > 0 || isTooMuch) {
      stats.count(COUNTER.messagesIn.other);
      return this.#refuse(frame, isBinary, receivedUs, waitMs || undefined);
    }
    const read = readMessage(this.#codec, frame, isBinary);
    const type = read.ok ? read.message.t : read.envelope.type;
    stats.count(indexOrOther(COUNTER.messagesIn, type));
    if (read.ok) this.#carryOutFitting(read, receivedUs);
    else this.#refusals.message(read.problem, read.envelope);
    stats.observe(indexOrOther(HISTOGRAM.message, type), clock.nowUs() - receivedUs);
  }

  #carryOutFitting({ message, hint }: Extract<MessageRead, { ok: true }>, receivedUs: number): void {
    const { malformedCount } = this.#refusals;
    if (hint !== undefined) this.#refusals.hint(hint, envelopeOf(message));
    this.#desk.carryOut(message, receivedUs);
    // What becomes of a hello is not known yet.
    if (message.t !== 'hello') this.#refusals.fits(malformedCount);
  }

  /** What the user and the address have sent on other connections counts as well. */
  #sharedWaitMs(bytes: number, receivedUs: number): number {
    const { rates } = this.#context;
    const waitMs = rates.messageWaitMs(this.#socket.address, bytes, receivedUs);
    return waitMs || rates.userWaitMs(this.#speaker.name, receivedUs);
  }

  /** What is refused whatever it says is not checked; when that persists it is not looked into either. */
  #refuse(frame: Uint8Array, isBinary: boolean, receivedUs: number, retryAfterMs?: number): void {
    if (this.#rate.overran(receivedUs, frame.length)) return this.finish(CLOSES.rateLimited);
    const read = readEnvelope(this.#codec, frame, isBinary);
    if (read.envelope.type === 'consent') this.#withdraw(frame, isBinary);
    if (read.ok) this.#refusals.overloaded(read.envelope, retryAfterMs);
    else this.#refusals.message(read.problem, read.envelope);
  }

  /** What a shopper takes back counts for what comes behind it, also when there is too much to answer them. */
  #withdraw(frame: Uint8Array, isBinary: boolean): void {
    const { user } = this.#speaker;
    const read = readMessage(this.#codec, frame, isBinary);
    if (user !== undefined && read.ok && read.message.t === 'consent')
      withdraw(this.#context.pool, read.message, user);
  }

  /** Refuses what is more than its user may send or ask (B2), and closes when that persists. */
  overran(envelope: Envelope, receivedUs: number, retryAfterMs?: number): void {
    if (this.#rate.overran(receivedUs)) this.finish(CLOSES.rateLimited);
    else this.#refusals.overloaded(envelope, retryAfterMs);
  }
}
