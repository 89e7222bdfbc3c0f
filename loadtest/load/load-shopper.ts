import type { EventName, ServerMessage, Slot, WireError } from '../../gateway/protocol/messages.js';
import type { Clock } from '../../metrics/process/clock.js';
import { ClickSocket } from '../target/click-socket.js';
import type { ClickRecorder } from './click-recorder.js';
import { UnansweredClicks, type SentClick } from './unanswered-clicks.js';

/** Who a shopper is and what they look at. */
export interface LoadShopperPlan {
  readonly url: string;
  /** Absent: a visitor. */
  readonly user?: string | undefined;
  readonly slots: readonly Slot[];
}

/** Tries to open a connection that is refused or broken before its first list, and the pause between two. */
const OPEN_TRIES = 20;
const OPEN_PAUSE_MS = 100;

/**
 * One shopper on one connection at a time: sends the clicks that it is told, and tells the recorder when the list and the ack of
 * each came, counted from the time the click was due. Clicks that fall due while there is no connection wait for it. A refused
 * click does not use up its `seq` (contract, error codes): the clicks behind it are refused as a gap, and clicks that fall due
 * meanwhile wait until all of those are answered. Who is dropped comes back at once with the same session, and sends again what
 * was not durable. A connection that the gateway ends stays ended, and what it leaves has no list.
 */
export class LoadShopper {
  /** Resolves with the first list; rejects when no connection comes about. */
  readonly ready: Promise<void>;
  readonly #plan: LoadShopperPlan;
  readonly #clock: Clock;
  readonly #recorder: ClickRecorder;
  readonly #unlisted = new UnansweredClicks();
  readonly #unacked = new UnansweredClicks();
  readonly #held: SentClick[] = [];
  /** Durable before the connection broke, and without a list: the first list after the welcome knows them. */
  readonly #known: SentClick[] = [];
  #socket: ClickSocket;
  #session: string | undefined;
  #nextSeq = 1;
  /** Clicks sent behind a refused one, each of which comes back as a gap; until then its number is not free again. */
  #gapCount = 0;
  #tries = 0;
  #state: 'opening' | 'open' | 'leaving' | 'lost' = 'opening';
  #becomeReady: () => void = () => {};
  #failToOpen: (error: Error) => void = () => {};

  constructor(plan: LoadShopperPlan, clock: Clock, recorder: ClickRecorder) {
    this.#plan = plan;
    this.#clock = clock;
    this.#recorder = recorder;
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#failToOpen = reject;
    });
    this.ready.catch(() => undefined);
    this.#socket = this.#open();
  }

  /** Clicks that still wait for their list or their ack; none on a lost connection, where nothing will come. */
  get waitingCount(): number {
    if (this.#state === 'lost') return 0;
    return Math.max(this.#unlisted.count, this.#unacked.count) + this.#held.length;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Sends the click that was due at `dueUs`. On a lost connection it is never sent. */
  click(dueUs: number, e: EventName, item: string): void {
    if (this.#state === 'lost') return;
    const click = { dueUs, e, item };
    if (this.#state !== 'open' || this.#gapCount > 0) this.#held.push(click);
    else {
      this.#send(click);
      this.#recorder.sentLate(dueUs, this.#clock.nowUs());
    }
  }

  /** Breaks the connection, as a network does, and comes back at once. */
  drop(): void {
    if (this.#state !== 'open') return;
    this.#state = 'opening';
    this.#tries = 0;
    this.#socket.drop();
  }

  close(): void {
    this.#state = 'leaving';
    this.#socket.close();
  }

  #open(): ClickSocket {
    const { url, user, slots } = this.#plan;
    const session = this.#session;
    const resume = session === undefined ? undefined : { session, seq: 0 };
    const hello = {
      t: 'hello',
      slots,
      ...(user !== undefined && { user }),
      ...(resume !== undefined && { resume }),
    } as const;
    this.#gapCount = 0;
    return new ClickSocket(url, hello, {
      opened: () => undefined,
      listed: (cause) => this.#listed(cause),
      acked: (seq) => this.#acked(seq),
      message: (message) => this.#hear(message),
      closed: (code, reason) => this.#wasClosed(code, reason),
    });
  }

  #send(click: SentClick): void {
    const seq = this.#nextSeq++;
    this.#unlisted.push(seq, click);
    this.#unacked.push(seq, click);
    this.#socket.click(seq, click.e, click.item);
    this.#recorder.sent(click.dueUs);
  }

  #listed(cause: number): void {
    const nowUs = this.#clock.nowUs();
    this.#unlisted.takeUpTo(cause, ({ dueUs }) => this.#recorder.listed(dueUs, nowUs));
  }

  #acked(seq: number): void {
    const nowUs = this.#clock.nowUs();
    this.#unacked.takeUpTo(seq, ({ dueUs }) => this.#recorder.acked(dueUs, nowUs));
  }

  #hear(message: ServerMessage): void {
    if (message.t === 'welcome') this.#welcomed(message.session, message.seq);
    else if (message.t === 'recs') this.#firstList(message.ids.length);
    else if (message.t === 'error') this.#hearError(message);
  }

  /** What was not durable is sent again, with the numbers that follow. */
  #welcomed(session: string, seq: number): void {
    this.#session = session;
    this.#acked(seq);
    this.#unlisted.takeUpTo(seq, (click) => this.#known.push(click));
    const again = this.#unacked.takeAll();
    const listed = new Set(again);
    for (const click of this.#unlisted.takeAll()) listed.delete(click);
    this.#nextSeq = seq + 1;
    for (const click of again) this.#sendAgain(click, listed.has(click));
  }

  #sendAgain(click: SentClick, isListed: boolean): void {
    const seq = this.#nextSeq++;
    if (!isListed) this.#unlisted.push(seq, click);
    this.#unacked.push(seq, click);
    this.#socket.click(seq, click.e, click.item);
  }

  #firstList(itemCount: number): void {
    if (this.#state !== 'opening') return;
    if (itemCount === 0)
      return this.#giveUp('the gateway pushed an empty list: give it items with PUT /v1/items first');
    const nowUs = this.#clock.nowUs();
    for (const { dueUs } of this.#known.splice(0)) this.#recorder.listed(dueUs, nowUs);
    this.#state = 'open';
    this.#socket.wantsLists = false;
    this.#becomeReady();
    this.#sendHeld();
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
    if (this.#gapCount === 0) this.#sendHeld();
  }

  #sendHeld(): void {
    for (const click of this.#held.splice(0)) this.#send(click);
  }

  #wasClosed(code: number, reason: string): void {
    if (this.#state === 'leaving' || this.#state === 'lost') return;
    const words = reason === '' ? '' : `: ${reason}`;
    if (this.#state === 'open') {
      this.#recorder.closed.add(String(code));
      this.#state = 'lost';
    } else if (this.#session === undefined && this.#tries === 0 && code !== 1006) {
      this.#giveUp(`connection closed with ${code} before the first list${words}`);
    } else this.#openAgain(code, words);
  }

  #openAgain(code: number, words: string): void {
    if (this.#tries++ === OPEN_TRIES)
      return this.#giveUp(`connection closed with ${code} before the first list${words}`);
    const open = (): void => {
      if (this.#state === 'opening') this.#socket = this.#open();
    };
    // The first time at once: nobody waits to come back.
    if (this.#tries === 1) open();
    else setTimeout(open, OPEN_PAUSE_MS);
  }

  #giveUp(reason: string): void {
    this.#state = 'lost';
    this.#recorder.closed.add('not opened');
    this.#failToOpen(new Error(reason));
    this.#socket.close();
  }
}
