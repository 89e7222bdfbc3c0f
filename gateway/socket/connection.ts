import { COUNTER, HISTOGRAM } from '../../metrics/table.js';
import type { ChannelMember, SessionState } from './channels.js';
import { ClickTimes } from './click-times.js';
import type { ClientSocket, SocketPeer } from '../server/client-socket.js';
import { isProblem } from '../calls/event-intake.js';
import type { ConnectionContext } from './connection-context.js';
import { idOf, readMessage, seqOf } from './message-reader.js';
import { Outbox } from './outbox.js';
import { CLOSES, type Close } from '../protocol/close-codes.js';
import type { Problem } from '../protocol/validate-event.js';
import { codecOf, type Codec } from '../protocol/codec.js';
import { WIRE_LIMITS } from '../protocol/limits.js';
import type { ClientMessage, Event, Hello, Identify, Slot, Welcome } from '../protocol/messages.js';
import type { Subprotocol } from '../protocol/version.js';
import { TimeShare } from '../../metrics/process/time-share.js';
import type { TurnTaker } from '../../metrics/process/turn-gate.js';
import { WaitingFrames } from './waiting-frames.js';
import { RateLimit } from './rate-limit.js';
import { Refusals } from './refusals.js';
import { Subscriptions, type SubscribedSlot } from './subscriptions.js';
import {
  isVisitor,
  named,
  nameOf,
  visitor,
  type MergedVisitor,
  type OpenedSession,
  type ShardList,
  type SlotDefinition,
  type UserKey,
  type VisitorKey,
} from '../../shards/api.js';
import type { RankCaller } from '../calls/rank-calls.js';

/**
 * One socket's conversation, from its first frame to its end.
 *
 * States: `hello` (nothing but `hello` is taken), `opening` (a user is being opened, by `hello` or `identify`; messages wait
 * in order), `open`, `closed`. `identify` goes back to `opening`; nothing leaves `closed`.
 * Order: messages are carried out in the order they came. Events go to the shard in that order, and what comes back is sent
 * in the order the shard gave.
 * Bounds: a share of the thread's time, and of each turn of the event loop; what waits for its turn, or while opening, as
 * `WaitingFrames` has room, and the rest is refused as `overloaded`; slots as announced; the outbox bounds what waits to be sent.
 */
type State = 'hello' | 'opening' | 'open' | 'closed';

/**
 * What one connection may take of the gateway's thread: so much at once, and an eighth of it in the long run. One read of a
 * socket may bring thousands of messages.
 */
const BURST_US = 20_000;
const SHARE = 1 / 8;
/** Messages that waited and are carried out in one turn of the line. */
const FRAMES_A_TURN = 8;

/** A session to open, and how to go on. */
interface Opening {
  readonly user: UserKey;
  readonly session: string;
  /** A visitor whose graph and session go to `user`. */
  readonly visitor?: VisitorKey | undefined;
  readonly opened: (opened: OpenedSession, session: SessionState) => void;
  readonly failed: () => void;
  /** Told in place of `opened` when the user is a visitor who was merged, up to event `seq` of their session; without it that is a failure. */
  readonly merged?: (seq: number) => void;
}

export class Connection implements SocketPeer, ChannelMember {
  readonly #context: ConnectionContext;
  readonly #codec: Codec;
  readonly #socket: ClientSocket;
  readonly #outbox: Outbox;
  readonly #times: ClickTimes;
  readonly #refusals: Refusals;
  readonly #slots: Subscriptions;
  readonly #rate: RateLimit;
  readonly #waiting = new WaitingFrames();
  readonly #onClosed: (connection: Connection, code: number) => void;
  #state: State = 'hello';
  #session: SessionState | undefined;
  #sessionId = '';
  /** Who it speaks for; undefined before `welcome`. */
  #user: UserKey | undefined;
  /** Who it is about to speak for. */
  #openingUser: UserKey | undefined;
  /** True once the visitor it speaks for has become a named user. */
  #isMerged = false;
  readonly #time = new TimeShare(BURST_US, SHARE);
  #isInLine = false;

  /** @param onClosed told once, with the close code, when the socket is gone. */
  constructor(
    context: ConnectionContext,
    socket: ClientSocket,
    subprotocol: Subprotocol,
    onClosed: (connection: Connection, code: number) => void,
  ) {
    const { channels, encoders, slots, stats } = context;
    this.#context = context;
    this.#codec = codecOf(subprotocol);
    this.#times = new ClickTimes(stats);
    this.#outbox = new Outbox(socket, encoders[subprotocol], this.#times, context);
    this.#refusals = new Refusals(this.#outbox, stats);
    this.#slots = new Subscriptions(slots, channels, this);
    this.#rate = new RateLimit(context.messagesPerSec);
    this.#onClosed = onClosed;
    this.#socket = socket;
    context.helloWatch.add(this);
  }

  /** @param frame one message's payload; only read during the call. */
  receive(frame: Uint8Array, isBinary: boolean): void {
    const { clock, stats, turns } = this.#context;
    const receivedUs = clock.nowUs();
    stats.count(COUNTER.messagesIn);
    stats.count(COUNTER.bytesIn, frame.length);
    // After `bye` more may come of what the peer had sent by then.
    if (this.#state === 'closed' || this.#outbox.hasEnded) return;
    if (frame.length > WIRE_LIMITS.frameBytes) return this.finish(CLOSES.frameTooLarge);
    const mustWait =
      this.#state === 'opening' ||
      !this.#waiting.isEmpty ||
      this.#time.isOver(receivedUs) ||
      !turns.pass(receivedUs);
    if (mustWait && this.#waiting.add(frame, isBinary, receivedUs)) return this.#standInLine();
    this.#take(frame, isBinary, receivedUs, mustWait);
    const nowUs = clock.nowUs();
    this.#time.spend(nowUs - receivedUs, nowUs);
    stats.observe(HISTOGRAM.stage.decode, nowUs - receivedUs);
  }

  /** The socket has room again. */
  drained(): void {
    this.#outbox.drained();
  }

  /** Sends `bye` and closes. */
  finish(close: Close): void {
    this.#outbox.finish(close);
  }

  /** The socket is gone; called once. */
  closed(code: number): void {
    this.#onClosed(this, code);
    this.#state = 'closed';
    this.#outbox.ended();
    this.#waiting.clear();
    this.#context.helloWatch.delete(this);
    if (this.#session !== undefined) this.#context.channels.leave(this, this.#session, this.#slots.names());
    this.#session = undefined;
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
    return this.#waiting.bytes + this.backlogBytes;
  }

  /** Redefines slots whose filter the catalogue has outgrown. */
  refreshFilters(isCurrent: (slot: SlotDefinition) => boolean): void {
    if (this.#session !== undefined) this.#slots.refresh(this.#session, isCurrent);
  }

  hasSlot(name: string): boolean {
    return this.#slots.has(name);
  }

  onList(slot: string, list: ShardList, isCrowd: boolean): void {
    this.#outbox.list(slot, list, this.#session?.appliedSeq ?? 0, isCrowd);
  }

  onDurable(seq: number): void {
    this.#outbox.ack(seq);
  }

  onGap(seq: number, expected: number): void {
    this.#refusals.gap(seq, expected);
  }

  onUnapplied(seq: number): void {
    this.#refusals.unapplied(seq);
  }

  /**
   * Nobody speaks for the visitor any more. The connection that asked for it is about to speak for the user; any other one has
   * shown nothing but a session, and that speaks for no named user: it is to say hello again.
   */
  onMoved(into: UserKey): void {
    this.#isMerged = true;
    if (this.#openingUser !== into) this.finish(CLOSES.sessionMerged);
  }

  #standInLine(): void {
    if (this.#isInLine || this.#state === 'opening' || this.#waiting.isEmpty) return;
    this.#isInLine = true;
    this.#context.turns.wait(this.#goOn);
  }

  /** Carries out what waited for the user to be opened; a part of it when it is much. */
  #goOnAtOnce(): void {
    if (!this.#isInLine && this.#goOn() !== 'done') this.#context.turns.wait(this.#goOn);
  }

  /** Carries out some of what waits. Bound once. */
  readonly #goOn = (): ReturnType<TurnTaker> => {
    const { clock } = this.#context;
    const startUs = clock.nowUs();
    if (this.#time.isOver(startUs) && this.#hasWaiting()) return 'later';
    // A waiting `identify`, or a `hello` after a failed one, opens again; what comes after it goes on waiting.
    for (let left = FRAMES_A_TURN; left > 0 && this.#hasWaiting(); left--) {
      const oldest = this.#waiting.shift();
      if (oldest !== undefined) this.#take(oldest.frame, oldest.isBinary, oldest.receivedUs, false);
    }
    const nowUs = clock.nowUs();
    this.#time.spend(nowUs - startUs, nowUs);
    this.#isInLine = this.#hasWaiting();
    return this.#isInLine ? 'more' : 'done';
  };

  #hasWaiting(): boolean {
    return this.#state !== 'opening' && !this.#waiting.isEmpty && !this.#outbox.hasEnded;
  }

  /** Reads a frame, and carries it out or says why not. `isTooMuch`: it had to wait, and there is no room. */
  #take(frame: Uint8Array, isBinary: boolean, receivedUs: number, isTooMuch: boolean): void {
    const waitMs = this.#rate.take(receivedUs);
    const read = readMessage(this.#codec, frame, isBinary);
    if (!read.ok) this.#refusals.message(read.problem, read.seq, read.id);
    else if (waitMs > 0 || isTooMuch) this.#overran(read.message, receivedUs, waitMs || undefined);
    else this.#carryOut(read.message, receivedUs);
  }

  /** Refuses what is more than the connection or its user may send (B2), and closes when that persists. */
  #overran(message: ClientMessage, receivedUs: number, retryAfterMs?: number): void {
    if (this.#rate.overran(receivedUs)) this.finish(CLOSES.rateLimited);
    else this.#refusals.overloaded(message, retryAfterMs);
  }

  #carryOut(message: ClientMessage, receivedUs: number): void {
    const refusals = this.#refusals;
    const session = this.#session;
    if (session === undefined) {
      if (message.t === 'hello') return this.#hello(message);
      return refusals.message(
        { code: 'hello_expected', message: 'the first message is hello' },
        seqOf(message),
        idOf(message),
      );
    }
    switch (message.t) {
      case 'event':
        return this.#event(message, session, receivedUs);
      case 'recommend':
      case 'rank':
        return this.#rank(message, session, receivedUs);
      case 'subscribe':
        return this.#subscribe(message.slots, session);
      case 'unsubscribe':
        return this.#slots.remove(session, message.slots).forEach((name) => this.#outbox.dropList(name));
      case 'identify':
        return this.#identify(message);
      case 'ping':
        return this.#outbox.push(message.id === undefined ? { t: 'pong' } : { t: 'pong', id: message.id });
      case 'hello':
        return refusals.message({ code: 'hello_repeated', message: 'this connection said hello before' });
    }
  }

  #event(event: Event, session: SessionState, receivedUs: number): void {
    const { intake, pool } = this.#context;
    const resolved = intake.resolve(event, event.seq);
    if (isProblem(resolved)) this.#refusals.event(resolved, event.seq);
    else {
      const taken = pool.event(session.channel, session.number, resolved);
      if (taken === 'taken') this.#times.received(event.seq, receivedUs);
      else if (taken === 'busy') this.#refusals.overloaded(event);
      else this.#overran(event, receivedUs);
    }
  }

  #rank(
    message: Extract<ClientMessage, { t: 'recommend' | 'rank' }>,
    session: SessionState,
    startUs: number,
  ): void {
    const { pool, rankCalls } = this.#context;
    const caller: RankCaller = {
      ask: (request, done) => pool.rank(session.channel, request, done),
      reply: (reply) => this.#outbox.push({ t: 'result', id: message.id, ...reply }),
      refuse: (why) => {
        if (why === 'overrun') this.#overran(message, startUs);
        else if (why === 'busy') this.#refusals.overloaded(message);
        else this.#refusals.unanswered(message.id);
      },
      slotNamed: (name) => this.#slots.definition(name),
      startUs,
    };
    const problem =
      message.t === 'rank' ? rankCalls.rank(message, caller) : rankCalls.recommend(message, caller);
    if (problem !== undefined) this.#refusals.message(problem, undefined, message.id);
  }

  #subscribe(slots: readonly Slot[], session: SessionState): void {
    const compiled = this.#slots.compile(slots);
    this.#refuseSlots(isProblem(compiled) ? compiled : this.#slots.add(session, compiled));
  }

  #refuseSlots(problem: Problem | undefined): void {
    if (problem !== undefined) this.#refusals.message(problem);
  }

  #hello(hello: Hello): void {
    const slots = this.#slots.compile(hello.slots ?? []);
    if (isProblem(slots)) return this.#refusals.message(slots);
    const given = hello.resume?.session ?? hello.session;
    this.#context.helloWatch.delete(this);
    const opening = this.#greeting(given ?? this.#context.newId(), slots);
    if (hello.user === undefined)
      return this.#open({ ...opening, merged: (seq) => this.#replace(given, seq, slots) });
    this.#open({
      ...opening,
      user: named(hello.user),
      visitor: given === undefined ? undefined : visitor(given),
    });
  }

  /** A visitor who begins anew, for the session asked for has gone to a named user. */
  #replace(asked: string | undefined, seq: number, slots: readonly SubscribedSlot[]): void {
    const replaced = asked === undefined ? undefined : { session: asked, seq };
    this.#open(this.#greeting(this.#context.newId(), slots, replaced));
  }

  /** How the visitor of a session is opened and greeted. */
  #greeting(session: string, slots: readonly SubscribedSlot[], replaced?: Welcome['replaced']): Opening {
    return {
      user: visitor(session),
      session,
      opened: (opened, state) => {
        this.#sessionId = session;
        this.#welcome(opened, replaced);
        this.#refuseSlots(this.#slots.add(state, slots));
      },
      failed: () => {
        this.#state = 'hello';
        this.#context.helloWatch.add(this);
        this.#openFailed();
      },
    };
  }

  #welcome({ user, seq, rev }: OpenedSession, replaced: Welcome['replaced']): void {
    const { heartbeatMs, idleTimeoutMs, pool } = this.#context;
    const { model } = pool;
    this.#outbox.push({
      t: 'welcome',
      session: this.#sessionId,
      user: nameOf(user),
      seq,
      ...(replaced && { replaced }),
      rev,
      model,
      idleTimeoutMs,
      heartbeatMs,
      limits: WIRE_LIMITS,
    });
  }

  #identify({ id, user }: Identify): void {
    const [speaker, before] = [this.#user, this.#session];
    if (speaker === undefined || before === undefined) return;
    if (named(user) === speaker) return this.#outbox.push({ t: 'identified', id, user, merged: false });
    if (!isVisitor(speaker)) {
      const message = `this connection speaks for "${nameOf(speaker)}"; open another one to speak for somebody else`;
      return this.#refusals.message({ code: 'invalid_field', message }, undefined, id);
    }
    this.#open({
      user: named(user),
      session: this.#sessionId,
      visitor: speaker,
      opened: (opened, session) => {
        // The user has a session of this name that stands elsewhere: the numbers of what is on its way would be wrong.
        if (opened.seq !== before.appliedSeq) return this.finish(CLOSES.sessionMerged);
        this.#outbox.dropLists();
        this.#outbox.push({ t: 'identified', id, user, merged: true });
        // Acks of the visitor's last events may have gone to the session that has just been left.
        if (opened.seq > 0) this.#outbox.ack(opened.seq);
        this.#refuseSlots(this.#slots.moveTo(session));
      },
      failed: () => {
        this.#state = 'open';
        if (this.#isMerged) this.finish(CLOSES.sessionMerged);
        else this.#openFailed(id);
      },
    });
  }

  /** Opens a session in place of the one there may be; messages wait until then. */
  #open(opening: Opening): void {
    const { pool } = this.#context;
    const { user, session } = opening;
    this.#state = 'opening';
    this.#openingUser = user;
    const opened = isVisitor(user) ? pool.openVisitor(user) : pool.open(user, session, opening.visitor);
    opened.then(
      (answer) => this.#answered(opening, answer),
      (error: unknown) => {
        this.#context.log.error({ err: error }, 'a user could not be opened');
        this.#notOpened(opening);
      },
    );
  }

  #answered(opening: Opening, answer: OpenedSession | MergedVisitor): void {
    if (!('mergedSeq' in answer)) this.#opened(opening, answer);
    else if (this.#state === 'closed' || opening.merged === undefined) this.#notOpened(opening);
    else opening.merged(answer.mergedSeq);
  }

  #notOpened(opening: Opening): void {
    this.#openingUser = undefined;
    if (this.#state === 'closed') return;
    opening.failed();
    this.#goOnAtOnce();
  }

  #opened(opening: Opening, opened: OpenedSession): void {
    const { channels, pool } = this.#context;
    this.#openingUser = undefined;
    if (this.#state === 'closed') return pool.close(opened.session);
    const before = this.#session;
    this.#session = channels.join(this, opened);
    if (before !== undefined) channels.leave(this, before, this.#slots.names());
    this.#user = opened.user;
    this.#isMerged = false;
    this.#state = 'open';
    opening.opened(opened, this.#session);
    this.#goOnAtOnce();
  }

  #openFailed(id?: string | number): void {
    this.#refusals.message(
      { code: 'internal', message: 'the user could not be opened; try again' },
      undefined,
      id,
    );
  }
}
