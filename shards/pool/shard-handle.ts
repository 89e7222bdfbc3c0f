import type { SaidConsent } from '../graph/user-consent.js';
import { realClock } from '../../metrics/process/clock.js';
import { COUNTER, GAUGE, HISTOGRAM } from '../../metrics/table.js';
import type { Log } from '../../metrics/process/log.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import type { EventRefusal, ShardEvents } from './shard-pool.js';
import type { SegmentMove, ShardCall, ShardReply } from '../wire/calls.js';
import {
  Outstanding,
  type OpenChannel,
  type OpenSession,
  type Question,
  type QueueBounds,
} from '../owed/outstanding.js';
import type { LoopTimes, RankOutcome } from './shard-pool.js';
import type { NoRoom } from '../owed/user-counts.js';
import { isSameSlot } from '../owed/same-slot.js';
import type { PostedSegments } from '../graph/segment-rule.js';
import type { PostedModel } from '../wire/posted-model.js';
import { SupervisedThread, type ThreadListener, type ThreadWatch } from './supervised-thread.js';
import { unpackReplies, type ReplyReceiver, type ThreadBatch } from '../wire/thread-batch.js';
import { InHand, type HeldCall } from '../wire/in-hand.js';
import type { ShardReport, ThreadReport } from '../wire/shard-report.js';
import { logRetention } from './log-retention.js';
import { SetAsideLog } from './set-aside-log.js';
import type { RunData } from '../wire/worker-data.js';
import type { NamedKey } from '../store/user-key.js';
import type { RankRequest, SlotDefinition } from '../wire/slot-lists.js';
import type { ShardEvent } from '../wire/shard-event.js';

/** How long somebody waits for a shard that is down, and what they wait for; the rest is told again, however late. */
const WAIT_MAX_MS = 10_000;
const WAITS: ReadonlySet<string> = new Set([
  'open',
  'rank',
  'rankFor',
  'graph',
  'export',
  'tune',
  'consent',
  'attributes',
  'import',
  'segmentCounts',
  'members',
  'longTerm',
  'atRisk',
  'event',
  'recent',
  'snapshot',
  'keep',
]);

/** The pool around a shard, as its handle needs it. */
export interface HandleContext {
  /** What may wait for the shard. */
  readonly bounds: QueueBounds;
  /** The gateway thread's own stats. */
  readonly stats: ThreadStats;
  readonly log: Log;
  /** See `ThreadWatch`. */
  readonly startRun?: ThreadWatch['startRun'];
  /** A number that no channel, session or question of any shard has. */
  readonly number: () => number;
  /** The shard took a click in that the others have to hear of. `before` is the receiver's. */
  readonly learned: ReplyReceiver['learn'];
  /** A user of the shard came into segments, or left some. */
  readonly moved: (move: SegmentMove) => void;
  /** Named users of the shard of whom nothing came for too long. */
  readonly idle: (users: readonly string[]) => void;
  /** Visitors of the shard of whom nothing is left but that they were merged long ago. */
  readonly merged: (visitors: readonly string[]) => void;
}

/** A question as it is asked, before it has its number. */
export type Asked<C = Question['call']> = C extends unknown ? Omit<C, 'call'> : never;

/**
 * One shard as the pool sees it: a thread, which may change, and all that it owes. Whatever is asked is kept until it is
 * answered, and told again in order to the thread that follows a crash.
 */
export class ShardHandle {
  readonly shard: number;
  /** Stats of the shard's thread. */
  readonly stats = ThreadStats.create();
  readonly owed: Outstanding;
  readonly #context: HandleContext;
  readonly #thread: SupervisedThread;
  readonly #receiver: ReplyReceiver;
  /** Of its store. */
  readonly folder: string;
  readonly #inHand = new InHand();
  readonly #setAsideLog: SetAsideLog;
  /** The call over which the thread ended last. */
  #heldLast: HeldCall | undefined;
  #report: Omit<ThreadReport, 'fresh' | 'retention' | 'idle' | 'merged'> | undefined;
  #events: ShardEvents | undefined;
  /** Told again to a thread that follows a crash. */
  #segments: Extract<ShardCall, { op: 'segments' }> | undefined;

  constructor(worker: Omit<RunData, 'stats' | 'inHand' | 'keepsInteractions'>, context: HandleContext) {
    const { stats, log, number, bounds, startRun } = context;
    this.#context = context;
    this.shard = worker.shard;
    this.folder = worker.folder;
    this.owed = new Outstanding(worker.shard, bounds, number);
    this.#receiver = this.#makeReceiver();
    const listener: ThreadListener = {
      batch: (batch, onWayUs) => this.#receive(batch, onWayUs),
      report: (report) => this.#takeReport(report),
      restarted: () => this.#replay(),
    };
    const buffers = { stats: this.stats.buffer, inHand: this.#inHand.buffer };
    this.#thread = new SupervisedThread({ ...worker, ...buffers }, listener, {
      stats,
      log,
      clock: realClock,
      ...(startRun !== undefined && { startRun }),
    });
    this.#setAsideLog = new SetAsideLog(worker.shard, log, realClock);
  }

  /** Name of the model that the shard serves. */
  get model(): string {
    return this.#thread.model;
  }

  /** How long its thread has worked and rested. */
  get loop(): LoopTimes {
    return this.#thread.loop;
  }

  /** How the shard is, and what it told of itself last. */
  get report(): ShardReport {
    return { ...this.#thread.condition, ...(this.#report !== undefined && { report: this.#report }) };
  }

  /** Answers those who have waited too long for a shard that is down; call now and then. */
  expire(): void {
    const { state, downMs } = this.#thread.condition;
    if (state !== 'down' || downMs < WAIT_MAX_MS) return;
    // Who is answered may ask again at once.
    const waiting = Array.from(this.owed.questions.values(), ({ call }) => call);
    for (const call of waiting) {
      if (!WAITS.has(call.op)) continue;
      this.#fail(call.call, `shard ${this.shard} is down; try again later`);
      if (call.op === 'consent') this.owed.keepWithdrawal(call);
    }
  }

  /** A thread started from now on serves this model. */
  useModel(model: PostedModel): void {
    this.#thread.useModel(model);
  }

  /** Resolves when the shard has recovered. Rejects with what it threw while starting. */
  async start(): Promise<void> {
    await this.#thread.start();
    // In a cluster a partition is asked for while nobody serves it yet.
    this.#replay();
  }

  /** Ends the thread; whatever was asked and is not answered by then has failed. */
  async stop(): Promise<void> {
    await this.#thread.stop();
    for (const number of this.owed.questions.keys()) this.#fail(number, `shard ${this.shard} has stopped`);
  }

  listen(events: ShardEvents): void {
    this.#events = events;
  }

  /** True while the shard's disk is full. */
  get waitsForDisk(): boolean {
    return this.stats.gaugeValue(GAUGE.storeWaits) > 0;
  }

  /** What the shard leaves out because of too much load; 0 while it does not serve. */
  get shedLevel(): number {
    return this.#thread.condition.state === 'serving' ? this.stats.gaugeValue(GAUGE.shedLevel) || 0 : 0;
  }

  /** Why there is no room for so many more events of a user; undefined when there is. */
  noRoomFor(count: number, channel: OpenChannel | undefined): NoRoom | undefined {
    if (this.waitsForDisk) return 'busy';
    return this.owed.noRoomFor(count, channel, this.#room);
  }

  /** Hands an event over, for which there has to be room. */
  takeEvent(channel: number, session: OpenSession, event: ShardEvent): void {
    this.owed.addEvent(session, event);
    this.#thread.sendEvent(channel, session.number, event);
  }

  /** From now on these are the segments, also of a thread that follows a crash. */
  defineSegments(segments: PostedSegments): void {
    this.#segments = { op: 'segments', ...segments };
    this.#thread.send(this.#segments);
  }

  /** Tells what needs no answer and is not told again after a crash. */
  tell(call: ShardCall): void {
    this.#thread.send(call);
  }

  /**
   * `answer` is called exactly once, in the order of questions of one kind for one user; with `failed` when none will come.
   * `of` is the user whose event or rank it is.
   * Returns the number of the question.
   */
  ask(asked: Asked, answer: (reply: ShardReply) => void, of?: OpenChannel): number {
    const call: Question['call'] = { ...asked, call: this.#context.number() };
    this.owed.addQuestion({ call, answer, of });
    this.#thread.send(call);
    return call.call;
  }

  /** Nobody waits for the answer to a question any more, nor asks it again. */
  forgetQuestion(number: number): void {
    this.owed.takeQuestion(number);
  }

  /** `done` is called exactly once, at once when there is no room for another question. */
  rank(channel: OpenChannel, request: RankRequest, done: (outcome: RankOutcome) => void): void {
    const { ranks } = this.owed;
    const noRoom = this.takeRank(channel.user);
    if (noRoom !== undefined) return done(noRoom);
    this.ask(
      { op: 'rank', channel: channel.number, request },
      (reply) => {
        ranks.drop(channel.user);
        done(reply.op === 'ranked' ? reply.answer : 'gone');
      },
      channel,
    );
  }

  /** Counts a rank of a user, unless there is no room for it. */
  takeRank(user: string): NoRoom | undefined {
    return this.owed.ranks.take(user, this.#room);
  }

  /** As `rank`, for a user who need not be open and whose rank is counted. */
  rankFor(user: string, request: RankRequest, done: (outcome: RankOutcome) => void): void {
    this.ask({ op: 'rankFor', user, request }, (reply) => {
      this.owed.ranks.drop(user);
      if (reply.op === 'ranked') done(reply.answer);
      else done(reply.op === 'merged' ? 'merged' : 'gone');
    });
  }

  /** Of a consent that is refused: what it takes back of an open user counts for what comes behind it. */
  withdraw(user: string, said: SaidConsent): void {
    const call = this.owed.keepWithdrawal({ user, said });
    if (call !== undefined) this.#thread.send(call);
  }

  /** As `ask`. Resolves with a refusal too; see `failureOf`. */
  answerTo(asked: Asked): Promise<ShardReply> {
    return new Promise((resolve) => this.ask(asked, resolve));
  }

  /**
   * A definition that says what the last one said makes no new list: the shard is asked whether the last one holds. Unless it is of a slot
   * among `unknown`, whose last list whoever asks has not had.
   */
  define(
    { number, slots }: OpenChannel,
    definitions: readonly SlotDefinition[],
    unknown: ReadonlySet<string>,
  ): void {
    const changed: SlotDefinition[] = [];
    const names: string[] = [];
    for (const slot of definitions) {
      if (!unknown.has(slot.name) && isSameSlot(slots.get(slot.name), slot)) names.push(slot.name);
      else changed.push(slot);
      slots.set(slot.name, slot);
    }
    if (changed.length > 0) this.#thread.send({ op: 'subscribe', channel: number, slots: changed });
    if (names.length > 0) this.#thread.send({ op: 'current', channel: number, names });
  }

  /** New definitions of slots that are defined, whose lists are no hurry. */
  redefine({ number, slots }: OpenChannel, definitions: readonly SlotDefinition[]): void {
    for (const slot of definitions) slots.set(slot.name, slot);
    this.#thread.send({ op: 'redefine', channel: number, slots: definitions });
  }

  undefine({ number, slots }: OpenChannel, names: readonly string[]): void {
    for (const name of names) slots.delete(name);
    this.#thread.send({ op: 'unsubscribe', channel: number, names });
  }

  /** Forgets a session that nobody holds, and with their last session the user as well. True when it was the last. */
  close(session: OpenSession): boolean {
    const { channel, number } = session;
    this.owed.removeSession(session);
    this.#thread.send({ op: 'close', channel: channel.number, session: number });
    if (channel.sessions.size > 0) return false;
    this.owed.removeChannel(channel);
    this.#thread.send({ op: 'release', channel: channel.number });
    return true;
  }

  /** What may be under way while the shard refuses; Infinity while it does not. */
  get #room(): number {
    return this.stats.gaugeValue(GAUGE.shedRoom) || Infinity;
  }

  #replay(): void {
    if (this.#segments !== undefined) this.#thread.send(this.#segments);
    this.#refuseRepeated();
    const nowUs = realClock.nowUs();
    for (const { call, of } of this.owed.questions.values()) {
      // A model that may be what ended the thread is not tried again.
      if (call.op === 'prepare')
        this.#fail(call.call, `shard ${this.shard} crashed while it prepared the model`);
      // Whoever asked has gone, or has been answered without the shard.
      else if (
        (call.op === 'rank' && (of === undefined || !this.owed.holds(of))) ||
        ((call.op === 'rank' || call.op === 'rankFor') && isOver(call.request, nowUs))
      )
        this.#fail(call.call, 'nobody waits for it any more');
    }
    for (const call of this.owed.replay()) this.#thread.send(call);
  }

  /** Answers a question that the shard will not answer. */
  #fail(number: number, message: string): void {
    this.owed.takeQuestion(number)?.answer({ op: 'failed', call: number, message });
  }

  #takeReport(report: ThreadReport): void {
    const { fresh: _, retention, idle, merged, ...lasting } = report;
    this.#report = lasting;
    this.#setAsideLog.write(report);
    if (retention !== undefined) logRetention(this.#context.log, this.shard, retention);
    if (idle !== undefined) this.#context.idle(idle);
    if (merged !== undefined) this.#context.merged(merged);
  }

  /** A call over which the thread has ended twice in a row is not told a third time. */
  #refuseRepeated(): void {
    const held = this.#inHand.take();
    const last = this.#heldLast;
    this.#heldLast = held;
    if (held === undefined || last === undefined || JSON.stringify(held) !== JSON.stringify(last)) return;
    const { log, stats } = this.#context;
    stats.count(COUNTER.recordsSetAside.call);
    log.error({ shard: this.shard, ...held }, 'a call is refused: the shard has crashed twice over it');
    if ('call' in held) this.#fail(held.call, `shard ${this.shard} has crashed over it`);
    else if (this.owed.refuse(held.session, held.seq))
      this.#events?.refused(held.session, held.seq, 'internal', 0);
  }

  #receive(batch: ThreadBatch, onWayUs: number): void {
    this.#context.stats.observe(HISTOGRAM.stage.to_gateway, onWayUs);
    unpackReplies(batch, this.#receiver);
  }

  #tellLeft({ channel, into }: Extract<ShardReply, { op: 'left' }>): void {
    if (into === undefined) this.#events?.erased(channel);
    else this.#events?.moved(channel, into as NamedKey);
  }

  /** Late answers to what was closed meanwhile find nothing, and are dropped. */
  #makeReceiver(): ReplyReceiver {
    const { owed } = this;
    return {
      applied: (session, seq) => {
        owed.applied(session, seq);
        this.#events?.applied(session, seq);
      },
      durable: (session, seq, fromUs, toUs) => {
        if (owed.settle(session, seq)) this.#events?.durable(session, seq, fromUs, toUs);
      },
      refused: (session, seq, expected) => {
        owed.heard();
        if (owed.refuse(session, seq))
          this.#events?.refused(session, seq, refusalOf(seq, expected), expected);
      },
      list: (channel, slot, list) => this.#events?.list(channel, slot, list),
      current: (channel, slot) => this.#events?.current(channel, slot),
      learn: this.#context.learned,
      reply: (reply) => {
        if (reply.op === 'moved') this.#context.moved(reply);
        else if (reply.op === 'left') this.#tellLeft(reply);
        else owed.takeQuestion(reply.call)?.answer(reply);
      },
    };
  }
}

/** `expected` as the shard says it: 0 when applying the event failed, else the next `seq` of the session. */
function refusalOf(seq: number, expected: number): EventRefusal {
  if (expected === 0) return 'internal';
  return expected > seq ? 'seq_taken' : 'seq_gap';
}

function isOver({ deadlineUs }: RankRequest, nowUs: number): boolean {
  return deadlineUs > 0 && deadlineUs < nowUs;
}

/** Why a question was not answered as it should have been. */
export function failureOf(reply: ShardReply): Error {
  return new Error(reply.op === 'failed' ? reply.message : `unexpected answer "${reply.op}"`);
}
