import { COUNTER, HISTOGRAM } from '../../metrics/table.js';
import type { ChannelMember, SessionState } from './channels.js';
import { ClickTimes } from './click-times.js';
import type { ClientSocket, SocketPeer } from '../server/client-socket.js';
import { isProblem } from '../calls/event-intake.js';
import type { ConnectionContext } from './connection-context.js';
import { idOf, readMessage, seqOf } from './message-reader.js';
import { Outbox } from './outbox.js';
import { CLOSES, type Close } from '../protocol/close-codes.js';
import { codecOf, type Codec } from '../protocol/codec.js';
import { WIRE_LIMITS } from '../protocol/limits.js';
import type { ClientMessage, Event, Hello, Identify, Slot } from '../protocol/messages.js';
import type { Subprotocol } from '../protocol/version.js';
import { Refusals } from './refusals.js';
import { Subscriptions } from './subscriptions.js';
import type { OpenedSession, ShardList, SlotDefinition } from '../../shards/api.js';
import type { RankCaller } from '../calls/rank-calls.js';

/**
 * One socket's conversation, from its first frame to its end.
 *
 * States: `hello` (nothing but `hello` is taken), `opening` (a user is being opened, by `hello` or `identify`; messages wait
 * in order), `open`, `closed`. `identify` goes back to `opening`; nothing leaves `closed`.
 * Order: messages are carried out in the order they came. Events go to the shard in that order, and what comes back is sent
 * in the order the shard gave.
 * Bounds: `WAITING_MAX` messages while opening, the rest is refused as `overloaded`; slots as announced; the outbox bounds
 * what waits to be sent.
 */
type State = 'hello' | 'opening' | 'open' | 'closed';

/** Messages that wait while the user is opened. */
const WAITING_MAX = 256;

interface Waiting {
  readonly message: ClientMessage;
  readonly receivedUs: number;
}

/** A session to open, and how to go on. */
interface Opening {
  readonly user: string;
  readonly session: string;
  /** A visitor whose graph goes to `user`. */
  readonly anonymous: string | undefined;
  readonly opened: (opened: OpenedSession, session: SessionState) => void;
  readonly failed: () => void;
}

export class Connection implements SocketPeer, ChannelMember {
  readonly #context: ConnectionContext;
  readonly #codec: Codec;
  readonly #outbox: Outbox;
  readonly #times: ClickTimes;
  readonly #refusals: Refusals;
  readonly #slots: Subscriptions;
  readonly #waiting: Waiting[] = [];
  readonly #onClosed: (connection: Connection, code: number) => void;
  #state: State = 'hello';
  #session: SessionState | undefined;
  #sessionId = '';
  #user = '';

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
    this.#slots = new Subscriptions(slots, channels);
    this.#onClosed = onClosed;
    context.helloWatch.add(this);
  }

  /** @param frame one message's payload; only read during the call. */
  receive(frame: Uint8Array, isBinary: boolean): void {
    const { clock, stats } = this.#context;
    const receivedUs = clock.nowUs();
    stats.count(COUNTER.messagesIn);
    stats.count(COUNTER.bytesIn, frame.length);
    if (this.#state === 'closed') return;
    if (frame.length > WIRE_LIMITS.frameBytes) return this.finish(CLOSES.frameTooLarge);
    const read = readMessage(this.#codec, frame, isBinary);
    if (!read.ok) this.#refusals.message(read.problem, read.seq, read.id);
    else if (this.#state !== 'opening') this.#carryOut(read.message, receivedUs);
    else if (this.#waiting.length < WAITING_MAX) this.#waiting.push({ message: read.message, receivedUs });
    else this.#refusals.overloaded(read.message);
    stats.observe(HISTOGRAM.stage.decode, clock.nowUs() - receivedUs);
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
    this.#waiting.length = 0;
    this.#context.helloWatch.delete(this);
    if (this.#session !== undefined) this.#context.channels.leave(this, this.#session, this.#slots.names());
    this.#session = undefined;
  }

  /** Bytes that wait for the peer, 0 while it keeps up. */
  get backlogBytes(): number {
    return this.#outbox.isWaiting ? this.#outbox.backlogBytes() : 0;
  }

  /** Redefines slots whose filter the catalogue has outgrown. */
  refreshFilters(isCurrent: (slot: SlotDefinition) => boolean): void {
    if (this.#session !== undefined) this.#slots.refresh(this.#session, isCurrent);
  }

  hasSlot(name: string): boolean {
    return this.#slots.has(name);
  }

  onList(slot: string, list: ShardList): void {
    this.#outbox.list(slot, list, this.#session?.appliedSeq ?? 0);
  }

  onDurable(seq: number): void {
    this.#outbox.ack(seq);
  }

  onGap(seq: number, expected: number): void {
    this.#refusals.gap(seq, expected);
  }

  /** Goes on as the user that this visitor was merged into. The connection that asked for the merge has done so already. */
  onMoved(into: string): void {
    if (this.#state !== 'open') return;
    this.#open({
      user: into,
      session: this.#sessionId,
      anonymous: undefined,
      opened: (_opened, session) => {
        this.#outbox.dropLists();
        this.#slots.moveTo(session);
      },
      failed: () => {
        this.#state = 'open';
        this.#openFailed();
      },
    });
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
    else if (pool.event(session.channel, session.number, resolved))
      this.#times.received(event.seq, receivedUs);
    else this.#refusals.overloaded(event);
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
      slotNamed: (name) => this.#slots.definition(name),
      startUs,
    };
    const problem =
      message.t === 'rank' ? rankCalls.rank(message, caller) : rankCalls.recommend(message, caller);
    if (problem !== undefined) this.#refusals.message(problem, undefined, message.id);
  }

  #subscribe(slots: readonly Slot[], session: SessionState): void {
    const compiled = this.#slots.compile(slots);
    if (isProblem(compiled)) this.#refusals.message(compiled);
    else this.#slots.add(session, compiled);
  }

  #hello(hello: Hello): void {
    const slots = this.#slots.compile(hello.slots ?? []);
    if (isProblem(slots)) return this.#refusals.message(slots);
    const given = hello.resume?.session ?? hello.session;
    const session = given ?? this.#context.newId();
    const user = hello.user ?? session;
    this.#context.helloWatch.delete(this);
    this.#sessionId = session;
    this.#open({
      user,
      session,
      anonymous: given !== undefined && user !== session ? session : undefined,
      opened: (opened, state) => {
        this.#welcome(opened);
        this.#slots.add(state, slots);
      },
      failed: () => {
        this.#state = 'hello';
        this.#context.helloWatch.add(this);
        this.#openFailed();
      },
    });
  }

  #welcome({ user, seq, rev }: OpenedSession): void {
    const { heartbeatMs, idleTimeoutMs, pool } = this.#context;
    const { model } = pool;
    this.#outbox.push({
      t: 'welcome',
      session: this.#sessionId,
      user,
      seq,
      rev,
      model,
      idleTimeoutMs,
      heartbeatMs,
      limits: WIRE_LIMITS,
    });
  }

  #identify({ id, user }: Identify): void {
    if (user === this.#user) return this.#outbox.push({ t: 'identified', id, user, merged: false });
    if (this.#user !== this.#sessionId) {
      const message = `this connection speaks for "${this.#user}"; open another one to speak for somebody else`;
      return this.#refusals.message({ code: 'invalid_field', message }, undefined, id);
    }
    this.#open({
      user,
      session: this.#sessionId,
      anonymous: this.#sessionId,
      opened: (opened, session) => {
        this.#outbox.dropLists();
        this.#outbox.push({ t: 'identified', id, user: opened.user, merged: true });
        // Acks of the visitor's last events may have gone to the session that has just been left.
        if (opened.seq > 0) this.#outbox.ack(opened.seq);
        this.#slots.moveTo(session);
      },
      failed: () => {
        this.#state = 'open';
        this.#openFailed(id);
      },
    });
  }

  /** Opens a session in place of the one there may be; messages wait until then. */
  #open(opening: Opening): void {
    this.#state = 'opening';
    this.#context.pool.open(opening.user, opening.session, opening.anonymous).then(
      (opened) => this.#opened(opening, opened),
      (error: unknown) => {
        this.#context.log.error({ err: error }, 'a user could not be opened');
        if (this.#state === 'closed') return;
        opening.failed();
        this.#carryOutWaiting();
      },
    );
  }

  #opened(opening: Opening, opened: OpenedSession): void {
    const { channels, pool } = this.#context;
    if (this.#state === 'closed') return pool.close(opened.session);
    const before = this.#session;
    this.#session = channels.join(this, opened);
    if (before !== undefined) channels.leave(this, before, this.#slots.names());
    this.#user = opened.user;
    this.#state = 'open';
    opening.opened(opened, this.#session);
    this.#carryOutWaiting();
  }

  #openFailed(id?: string | number): void {
    this.#refusals.message(
      { code: 'internal', message: 'the user could not be opened; try again' },
      undefined,
      id,
    );
  }

  #carryOutWaiting(): void {
    let done = 0;
    // A waiting `identify`, or a `hello` after a failed one, opens again; what comes after it goes on waiting.
    while (this.#state !== 'opening' && this.#state !== 'closed' && done < this.#waiting.length) {
      const { message, receivedUs } = this.#waiting[done++];
      this.#carryOut(message, receivedUs);
    }
    this.#waiting.splice(0, done);
  }
}
