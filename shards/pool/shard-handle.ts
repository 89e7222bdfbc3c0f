import { HISTOGRAM } from '../../metrics/table.js';
import type { Log } from '../../metrics/process/log.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import type { ShardEvents } from './shard-pool.js';
import type { ShardCall, ShardReply } from '../wire/calls.js';
import { Outstanding, type OpenChannel, type OpenSession, type Question } from './outstanding.js';
import type { PostedModel } from '../wire/posted-model.js';
import { SupervisedThread, type ThreadListener } from './supervised-thread.js';
import { unpackReplies, type ReplyReceiver, type ThreadBatch } from '../wire/thread-batch.js';
import type { WorkerData } from '../wire/worker-data.js';
import type { SlotDefinition } from '../wire/slot-lists.js';
import type { ShardEvent } from '../wire/shard-event.js';

/** The pool around a shard, as its handle needs it. */
export interface HandleContext {
  /** Events and questions that may wait for the shard. */
  readonly queueMax: number;
  /** The gateway thread's own stats. */
  readonly stats: ThreadStats;
  readonly log: Log;
  /** A number that no channel, session or question of any shard has. */
  readonly number: () => number;
  /** The shard took a click in that the others have to hear of. `before` is the receiver's. */
  readonly learned: ReplyReceiver['learn'];
  /** Called when the shard cannot be kept alive. */
  readonly fatal: (error: Error) => void;
}

/** A question as it is asked, before it has its number. */
type Asked<C = Question['call']> = C extends unknown ? Omit<C, 'call'> : never;

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
  #events: ShardEvents | undefined;

  constructor(worker: Omit<WorkerData, 'stats' | 'keepsInteractions'>, context: HandleContext) {
    const { stats, log, number, fatal } = context;
    this.#context = context;
    this.shard = worker.shard;
    this.owed = new Outstanding(worker.shard, number);
    this.#receiver = this.#makeReceiver();
    const listener: ThreadListener = {
      batch: (batch, onWayUs) => this.#receive(batch, onWayUs),
      restarted: () => this.#replay(),
      fatal,
    };
    this.#thread = new SupervisedThread({ ...worker, stats: this.stats.buffer }, listener, stats, log);
  }

  /** Name of the model that the shard serves. */
  get model(): string {
    return this.#thread.model;
  }

  /** A thread started from now on serves this model. */
  useModel(model: PostedModel): void {
    this.#thread.useModel(model);
  }

  /** Resolves when the shard has recovered. Rejects with what it threw while starting. */
  start(): Promise<void> {
    return this.#thread.start();
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }

  listen(events: ShardEvents): void {
    this.#events = events;
  }

  /** Whether so many more events and questions may wait. */
  hasRoomFor(count: number): boolean {
    return this.owed.count + count <= this.#context.queueMax;
  }

  /** Hands an event over, for which there has to be room. */
  takeEvent(channel: number, session: OpenSession, event: ShardEvent): void {
    this.owed.addEvent(session, event);
    this.#thread.sendEvent(channel, session.number, event);
  }

  /** Tells what needs no answer and is not told again after a crash. */
  tell(call: ShardCall): void {
    this.#thread.send(call);
  }

  /** `answer` is called exactly once, in the order of questions of one kind for one user. */
  ask(asked: Asked, answer: (reply: ShardReply) => void): void {
    const call: Question['call'] = { ...asked, call: this.#context.number() };
    this.owed.questions.set(call.call, { call, answer });
    this.#thread.send(call);
  }

  /** As `ask`. Resolves with a refusal too; see `failureOf`. */
  answerTo(asked: Asked): Promise<ShardReply> {
    return new Promise((resolve) => this.ask(asked, resolve));
  }

  define({ number, slots }: OpenChannel, definitions: readonly SlotDefinition[]): void {
    for (const slot of definitions) slots.set(slot.name, slot);
    this.#thread.send({ op: 'subscribe', channel: number, slots: definitions });
  }

  undefine({ number, slots }: OpenChannel, names: readonly string[]): void {
    for (const name of names) slots.delete(name);
    this.#thread.send({ op: 'unsubscribe', channel: number, names });
  }

  /** Defines the slots of all open users again. */
  redefine(): void {
    for (const call of this.owed.definitions()) this.#thread.send(call);
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

  #replay(): void {
    // A model that may be what ended the thread is not tried again.
    for (const { call, answer } of this.owed.questions.values()) {
      if (call.op !== 'prepare') continue;
      this.owed.questions.delete(call.call);
      answer({
        op: 'failed',
        call: call.call,
        message: `shard ${this.shard} crashed while it prepared the model`,
      });
    }
    for (const call of this.owed.replay()) this.#thread.send(call);
  }

  #receive(batch: ThreadBatch, onWayUs: number): void {
    this.#context.stats.observe(HISTOGRAM.stage.to_gateway, onWayUs);
    unpackReplies(batch, this.#receiver);
  }

  /** Late answers to what was closed meanwhile find nothing, and are dropped. */
  #makeReceiver(): ReplyReceiver {
    const { owed } = this;
    return {
      applied: (session, seq) => this.#events?.applied(session, seq),
      durable: (session, seq) => {
        if (owed.settle(session, seq)) this.#events?.durable(session, seq);
      },
      refused: (session, seq, expected) => {
        if (owed.refuse(session, seq)) this.#events?.refused(session, seq, 'seq_gap', expected);
      },
      list: (channel, slot, list) => this.#events?.list(channel, slot, list),
      learn: this.#context.learned,
      reply: (reply) => owed.takeQuestion(reply.call)?.answer(reply),
    };
  }
}

/** Why a question was not answered as it should have been. */
export function failureOf(reply: ShardReply): Error {
  return new Error(reply.op === 'failed' ? reply.message : `unexpected answer "${reply.op}"`);
}
