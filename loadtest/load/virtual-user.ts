import type { EventName, Recs, ServerMessage, WireError } from '../../gateway/protocol/messages.js';
import type { Clock } from '../../metrics/process/clock.js';
import { GatewaySocket, helloOf, type SocketOwner } from '../target/gateway-socket.js';
import type { RandomSource } from './seeded-random.js';
import type { ClickRecorder } from './recorder.js';

/** What shoppers do with an item of their list, by share: mostly look. */
const CLICK_MIX: readonly (readonly [EventName, number])[] = [
  ['view_item', 0.85],
  ['add_to_cart', 0.1],
  ['purchase', 0.05],
];

/**
 * One shopper on one connection: when told to, clicks an item of the list that was pushed last, and tells the recorder when
 * the click's list and ack came, counted from the time the click was due. A refused click does not use up its `seq` (contract, error
 * codes): the clicks behind it are refused as a gap, and clicks that fall due meanwhile wait until all of those are answered.
 */
export class VirtualUser {
  /** Resolves with the first list; rejects when the connection closes before it. */
  readonly ready: Promise<void>;
  readonly #socket: GatewaySocket;
  readonly #unlisted = new UnansweredClicks();
  readonly #unacked = new UnansweredClicks();
  readonly #held: number[] = [];
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #recorder: ClickRecorder;
  #list: readonly string[] = [];
  #nextSeq = 1;
  /** Clicks sent behind a refused one, each of which comes back as a gap; until then its number is not free again. */
  #gapCount = 0;
  #isClosed = false;
  #isClosing = false;
  #becomeReady: () => void = () => {};
  #failToOpen: (error: Error) => void = () => {};

  constructor(owner: SocketOwner, clock: Clock, random: RandomSource, recorder: ClickRecorder) {
    this.#clock = clock;
    this.#random = random;
    this.#recorder = recorder;
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#failToOpen = reject;
    });
    this.#socket = new GatewaySocket(owner.url, helloOf(owner), {
      message: (message) => this.#hear(message),
      closed: (code, reason) => this.#wasClosed(code, reason),
    });
  }

  /** Clicks that still wait for their list or their ack; none on a closed connection, where nothing will come. */
  get waitingCount(): number {
    return this.#isClosed ? 0 : Math.max(this.#unlisted.count, this.#unacked.count) + this.#held.length;
  }

  /** Sends the click that was due at `dueUs`. On a closed connection it stays without a list. */
  click(dueUs: number): void {
    if (this.#isClosed) return;
    if (this.#gapCount > 0) this.#held.push(dueUs);
    else this.#send(dueUs);
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.close();
  }

  #send(dueUs: number): void {
    const seq = this.#nextSeq++;
    this.#unlisted.push(seq, dueUs);
    this.#unacked.push(seq, dueUs);
    const item = this.#list[Math.floor(this.#random() * this.#list.length)];
    this.#socket.send({ t: 'event', seq, e: pickEvent(this.#random()), item });
    this.#recorder.sent(dueUs, this.#clock.nowUs());
  }

  #hear(message: ServerMessage): void {
    if (message.t === 'recs') this.#hearList(message);
    else if (message.t === 'ack') this.#hearAck(message.seq);
    else if (message.t === 'error') this.#hearError(message);
  }

  #hearList(message: Recs): void {
    const nowUs = this.#clock.nowUs();
    this.#list = message.ids;
    if (message.ids.length === 0)
      this.#failToOpen(new Error('the gateway pushed an empty list: give it items with PUT /v1/items first'));
    else this.#becomeReady();
    this.#unlisted.takeUpTo(message.cause, (dueUs) => this.#recorder.listed(dueUs, nowUs));
  }

  #hearAck(seq: number): void {
    const nowUs = this.#clock.nowUs();
    this.#unacked.takeUpTo(seq, (dueUs) => this.#recorder.acked(dueUs, nowUs));
  }

  #hearError(error: WireError): void {
    this.#recorder.refused.add(error.code);
    if (error.seq === undefined || !this.#unlisted.remove(error.seq)) return;
    this.#unacked.remove(error.seq);
    if (this.#gapCount > 0) this.#gapCount--;
    else {
      this.#gapCount = this.#nextSeq - 1 - error.seq;
      this.#nextSeq = error.seq;
    }
    if (this.#gapCount === 0) for (const dueUs of this.#held.splice(0)) this.#send(dueUs);
  }

  #wasClosed(code: number, reason: string): void {
    this.#isClosed = true;
    if (!this.#isClosing) this.#recorder.closed.add(String(code));
    this.#failToOpen(
      new Error(`connection closed with ${code} before the first list${reason ? `: ${reason}` : ''}`),
    );
  }
}

function pickEvent(share: number): EventName {
  let left = share;
  for (const [name, part] of CLICK_MIX) if ((left -= part) < 0) return name;
  return CLICK_MIX[0][0];
}

/** Numbered clicks that wait for an answer, oldest first, each with the time it was due. */
export class UnansweredClicks {
  #seqs: number[] = [];
  #dueUs: number[] = [];
  #head = 0;

  get count(): number {
    return this.#seqs.length - this.#head;
  }

  /** `seq` must be above all that wait. */
  push(seq: number, dueUs: number): void {
    this.#seqs.push(seq);
    this.#dueUs.push(dueUs);
  }

  /** Takes out all up to `seq`, calling `each` with the due time. */
  takeUpTo(seq: number, each: (dueUs: number) => void): void {
    while (this.#head < this.#seqs.length && this.#seqs[this.#head] <= seq) each(this.#dueUs[this.#head++]);
    if (this.#head < this.#seqs.length) return;
    this.#seqs.length = this.#dueUs.length = this.#head = 0;
  }

  /** Takes out one; false when it does not wait. */
  remove(seq: number): boolean {
    const at = this.#seqs.indexOf(seq, this.#head);
    if (at < 0) return false;
    this.#seqs.splice(at, 1);
    this.#dueUs.splice(at, 1);
    return true;
  }
}
