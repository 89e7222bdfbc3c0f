import { isProblem } from '../calls/event-intake.js';
import type { RankCaller } from '../calls/rank-calls.js';
import { MESSAGE_SCOPES } from '../access/scope-table.js';
import type { ClientMessage, Event, Rank, Subscribe } from '../protocol/messages.js';
import type { RankOutcome } from '../../shards/api.js';
import { stagesOf } from '../tracing/stages.js';
import type { SessionState } from './channels.js';
import type { ConnectionContext } from './connection-context.js';
import { envelopeOf, type Envelope } from './incoming/message-reader.js';
import type { ClickTimes } from './outgoing/click-times.js';
import { ClickTrace } from './outgoing/click-trace.js';
import type { Outbox } from './outgoing/outbox.js';
import type { Refusals } from './refusals.js';
import { type SelfAsk, SelfAsks } from './self-asks.js';
import type { Speaker } from './speaker.js';
import type { Subscriptions } from './subscriptions.js';

const HELLO_REPEATED =
  'this connection said hello before: slots are changed with subscribe and unsubscribe, a visitor who logs in with identify; ' +
  'for another user open another connection';

/** The connection whose messages are carried out; it is told what they cost. */
export interface DeskOwner {
  /** Counts what the gateway did since `startUs`. */
  spent(startUs: number): void;
  /** Counts what a shard did for an answer. */
  asked(outcome: RankOutcome): void;
  /** Refuses what is more than its user may send or ask (B2). */
  overran(envelope: Envelope, receivedUs: number, retryAfterMs?: number): void;
}

/** What the desk has of its connection. */
export interface DeskParts {
  readonly outbox: Outbox;
  readonly refusals: Refusals;
  readonly slots: Subscriptions;
  readonly speaker: Speaker;
  readonly times: ClickTimes;
  readonly owner: DeskOwner;
}

/** Carries out the messages of one connection, each when its turn has come: who may say it, to whom it goes, what comes back. */
export class MessageDesk {
  readonly #context: ConnectionContext;
  readonly #parts: DeskParts;
  /** Made with the first question, for most connections ask none. */
  #selfAsks: SelfAsks | undefined;

  constructor(context: ConnectionContext, parts: DeskParts) {
    this.#context = context;
    this.#parts = parts;
  }

  carryOut(message: ClientMessage, receivedUs: number): void {
    const refusals = this.#parts.refusals;
    const { session } = this.#parts.speaker;
    if (session === undefined) {
      if (message.t === 'hello') return this.#parts.speaker.hello(message);
      const problem = { code: 'hello_expected', message: 'the first message is hello' } as const;
      return refusals.message(problem, envelopeOf(message));
    }
    if (!this.#parts.speaker.grant.allows(MESSAGE_SCOPES[message.t])) return this.#notAllowed(message);
    switch (message.t) {
      case 'event':
        return this.#event(message, session, receivedUs);
      case 'recommend':
      case 'rank':
        return this.#rank(message, session, receivedUs);
      case 'subscribe':
        return this.#subscribe(message, session);
      case 'unsubscribe':
        return this.#parts.slots
          .remove(session, message.slots)
          .forEach((name) => this.#parts.outbox.dropList(name));
      case 'identify':
        return this.#parts.speaker.identify(message);
      case 'token':
        return this.#parts.speaker.renew(message);
      case 'graph':
      case 'profile':
      case 'tune':
      case 'consent':
        return this.#askOfSelf(message, receivedUs);
      case 'ping':
        return this.#parts.outbox.push(
          message.id === undefined ? { t: 'pong' } : { t: 'pong', id: message.id },
        );
      case 'hello':
        return refusals.message({ code: 'hello_repeated', message: HELLO_REPEATED });
    }
  }

  #notAllowed(message: ClientMessage): void {
    const problem = { code: 'not_allowed', message: `the token does not allow ${message.t}` } as const;
    if (message.t === 'event') this.#parts.refusals.event(problem, message.seq);
    else this.#parts.refusals.message(problem, envelopeOf(message));
  }

  #event(event: Event, session: SessionState, receivedUs: number): void {
    const { intake, pool } = this.#context;
    const { seq } = event;
    const isRepeat = seq <= session.appliedSeq;
    const resolved = isRepeat ? intake.resolveRepeat(event, seq) : intake.resolve(event, seq);
    if (isProblem(resolved)) this.#parts.refusals.event(resolved, event.seq);
    else {
      const taken = pool.event(session.channel, session.number, resolved);
      if (taken === 'taken') this.#taken(event, session, receivedUs);
      else if (taken === 'busy' && pool.waitsForDisk) this.#parts.refusals.withoutDisk(envelopeOf(event));
      else if (taken === 'busy') this.#parts.refusals.overloaded(envelopeOf(event));
      else this.#parts.owner.overran(envelopeOf(event), receivedUs);
    }
  }

  #taken(event: Event, session: SessionState, receivedUs: number): void {
    this.#parts.times.received(session.number, event.seq, receivedUs, this.#traceOf(event, receivedUs));
    const { leftOut } = this.#context.intake;
    if (leftOut.length > 0) this.#parts.refusals.leftOut(event.seq, leftOut);
  }

  #traceOf({ seq, traceparent }: Event, receivedUs: number): ClickTrace | undefined {
    const trace = this.#context.watch.tracer.begin(traceparent ?? undefined);
    return trace && new ClickTrace(trace, seq, receivedUs, !this.#parts.slots.isEmpty);
  }

  #rank(
    message: Extract<ClientMessage, { t: 'recommend' | 'rank' }>,
    session: SessionState,
    startUs: number,
  ): void {
    const { clock, pool, rankCalls, watch } = this.#context;
    const trace = watch.tracer.begin(message.traceparent);
    const caller: RankCaller = {
      ask: (request, done) =>
        pool.rank(session.channel, request, (outcome) => {
          const answeredUs = clock.nowUs();
          done(outcome);
          this.#parts.owner.spent(answeredUs);
          this.#parts.owner.asked(outcome);
        }),
      reply: (reply, round) => {
        const writeUs = clock.nowUs();
        this.#parts.outbox.push({ t: 'result', id: message.id, ...reply });
        const stages = stagesOf({ fromUs: startUs, round, writeUs, sentUs: clock.nowUs() });
        watch.ended({ what: message.t, fromUs: startUs, stages, trace, ids: { session: session.number } });
      },
      refuse: (why) => {
        if (why === 'overrun') this.#parts.owner.overran(envelopeOf(message), startUs);
        else if (why === 'busy') this.#parts.refusals.overloaded(envelopeOf(message));
        else this.#parts.refusals.unanswered(envelopeOf(message), message.id);
      },
      slotNamed: (name) => this.#parts.slots.definition(name),
      fieldsNamed: (name) => this.#parts.slots.fields(name),
      startUs,
    };
    const problem =
      message.t === 'rank' ? rankCalls.rank(message, caller) : rankCalls.recommend(message, caller);
    if (problem !== undefined) this.#parts.refusals.message(problem, envelopeOf(message));
  }

  /** What is kept of whom it speaks for now, whoever that is when the answer comes. */
  #askOfSelf(ask: SelfAsk, receivedUs: number): void {
    const { user } = this.#parts.speaker;
    if (user === undefined) return;
    this.#selfAsks ??= this.#newSelfAsks();
    const waitMs = this.#selfAsks.ask(ask, user, receivedUs);
    if (waitMs > 0) this.#parts.owner.overran(envelopeOf(ask), receivedUs, waitMs);
  }

  #newSelfAsks(): SelfAsks {
    const { outbox, owner, refusals } = this.#parts;
    return new SelfAsks(this.#context, {
      told: (answer) => outbox.push(answer),
      refused: (problem, ask) => refusals.message(problem, envelopeOf(ask)),
      spent: (startUs) => owner.spent(startUs),
    });
  }

  #subscribe(message: Subscribe, session: SessionState): void {
    const compiled = this.#parts.slots.compile(message.slots);
    const problem = isProblem(compiled) ? compiled : this.#parts.slots.add(session, compiled);
    if (problem !== undefined) this.#parts.refusals.message(problem, envelopeOf(message));
  }

  /** Answers a `rank` that waits still with the order it came with. */
  giveOrder(rank: Rank, receivedUs: number): void {
    const isUnannounced = this.#parts.speaker.session === undefined && !this.#parts.speaker.isOpening;
    if (isUnannounced || this.#parts.outbox.hasEnded) return;
    const problem = this.#context.rankCalls.rank(rank, {
      ask: (_request, done) => done('gone'),
      reply: (reply) => this.#parts.outbox.push({ t: 'result', id: rank.id, ...reply }),
      refuse: () => this.#parts.refusals.unanswered(envelopeOf(rank), rank.id),
      slotNamed: (name) => this.#parts.slots.definition(name),
      fieldsNamed: (name) => this.#parts.slots.fields(name),
      startUs: receivedUs,
    });
    if (problem !== undefined) this.#parts.refusals.message(problem, envelopeOf(rank));
  }
}
