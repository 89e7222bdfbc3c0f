import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../metrics/log.js';
import { COUNTER, GAUGE, HISTOGRAM } from '../metrics/catalogue.js';
import { ThreadStats } from '../metrics/thread-stats.js';
import {
  OverloadedError,
  type EventOutcome,
  type OpenedSession,
  type RankAnswer,
  type RankRequest,
  type ShardEvent,
  type ShardEvents,
  type ShardPool,
  type SlotDefinition,
  type SnapshotEntry,
} from './api.js';
import type { ShardCall, ShardReply } from './calls.js';
import { Outstanding, type OpenChannel, type OpenSession } from './outstanding.js';
import { shardOf } from './placement.js';
import { ShardThread } from './shard-thread.js';
import { unpackReplies, type ThreadBatch } from './thread-batch.js';
import type { WorkerData } from './worker-data.js';

/** What all shards have in common, and what the pool needs itself. */
export interface PoolInputs {
  readonly shards: number;
  readonly queueMax: number;
  /** Everything a thread is started with but what the pool decides. */
  readonly worker: Omit<WorkerData, 'shard' | 'shards' | 'folder' | 'stats' | 'keepsInteractions'>;
  readonly folderOf: (shard: number) => string;
  /** The gateway thread's own stats. */
  readonly stats: ThreadStats;
  readonly log: Log;
  /** Called when a shard cannot be kept alive. */
  readonly fatal: (error: Error) => void;
}

/** Crashes of one shard within `RESTART_WINDOW_MS` after which it is given up. */
const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;

/** One shard as the pool sees it: its thread, which may change, and what it owes. */
interface Seat {
  readonly shard: number;
  readonly stats: ThreadStats;
  readonly owed: Outstanding;
  thread: ShardThread | undefined;
  /** A restart under way; resolves when it is over, whatever came of it. */
  starting: Promise<void> | undefined;
  crashes: number[];
}

type Call<Op extends ShardCall['op']> = Omit<Extract<ShardCall, { op: Op }>, 'op' | 'call'>;

/**
 * The public face of the shards: starts and supervises their threads, places users, numbers channels, sessions and
 * questions, and gives answers back in order.
 *
 * A shard that crashes is started again from its store. Sockets stay open meanwhile: calls for it are kept and delivered
 * to the new thread, with those that were not durable when it died; D2 makes that safe. A shard that crashes again and
 * again is given up and the process ends, for a supervisor above to see.
 */
export class WorkerPool implements ShardPool {
  readonly #inputs: PoolInputs;
  readonly #seats: readonly Seat[];
  #events: ShardEvents | undefined;
  #model = '';
  #nextNumber = 1;
  #isStopping = false;
  #gauges: NodeJS.Timeout | undefined;

  private constructor(inputs: PoolInputs) {
    this.#inputs = inputs;
    this.#seats = Array.from({ length: inputs.shards }, (_, shard) => ({
      shard,
      stats: ThreadStats.create(),
      owed: new Outstanding(),
      thread: undefined,
      starting: undefined,
      crashes: [],
    }));
  }

  /** Starts all shards; resolves when they have recovered. Rejects with the first start-up error. */
  static async start(inputs: PoolInputs): Promise<WorkerPool> {
    process.env['ORT_DISABLE_TELEMETRY'] = '1'; // Threads inherit it; ONNX Runtime reads it when the first one loads it.
    const pool = new WorkerPool(inputs);
    try {
      await Promise.all(pool.#seats.map((seat) => pool.#startThread(seat, false)));
    } catch (error) {
      await Promise.all(pool.#seats.map(async (seat) => seat.thread?.stop()));
      throw error;
    }
    if (inputs.shards > 1) for (const { thread } of pool.#seats) thread?.send({ op: 'order' });
    pool.#gauges = setInterval(() => pool.#writeGauges(), 1_000);
    pool.#gauges.unref();
    return pool;
  }

  get model(): string {
    return this.#model;
  }

  /** Stats of the shards' threads, for the registry. */
  stats(): readonly { readonly thread: string; readonly stats: ThreadStats }[] {
    return this.#seats.map(({ shard, stats }) => ({ thread: `shard-${shard}`, stats }));
  }

  listen(events: ShardEvents): void {
    this.#events = events;
  }

  /** All shards had recovered when `start` resolved; a later restart does not take readiness back, for calls are kept. */
  ready(): Promise<void> {
    return Promise.resolve();
  }

  async open(user: string, session: string, anonymous?: string): Promise<OpenedSession> {
    if (anonymous !== undefined && anonymous !== user) await this.merge(anonymous, user);
    return this.#open(user, session, true);
  }

  /** Opens a session of a user, or of the one he was merged into. */
  async #open(user: string, session: string, isExact: boolean): Promise<OpenedSession> {
    const seat = this.#seatOf(user);
    const held = this.#hold(seat, user, session);
    const reply = await this.#ask(seat, {
      op: 'open',
      channel: held.channel.number,
      user,
      session: held.number,
      sessionId: session,
      isExact,
    });
    if (reply.op !== 'opened') throw new Error(replyMessage(reply));
    if (reply.alias === undefined)
      return { channel: held.channel.number, session: held.number, user, seq: reply.seq, rev: reply.rev };
    this.close(held.number);
    return this.#open(reply.alias, session, isExact);
  }

  close(session: number): void {
    const found = this.#findSession(session);
    if (found === undefined || --found.session.holders > 0) return;
    const { seat, session: open } = found;
    seat.owed.removeSession(open);
    seat.thread?.send({ op: 'close', channel: open.channel.number, session });
    this.#releaseIfUnused(seat, open.channel);
  }

  subscribe(channel: number, slots: readonly SlotDefinition[]): void {
    const found = this.#findChannel(channel);
    if (found === undefined) return;
    for (const slot of slots) found.channel.slots.set(slot.name, slot);
    found.seat.thread?.send({ op: 'subscribe', channel, slots });
  }

  unsubscribe(channel: number, names: readonly string[]): void {
    const found = this.#findChannel(channel);
    if (found === undefined) return;
    for (const name of names) found.channel.slots.delete(name);
    found.seat.thread?.send({ op: 'unsubscribe', channel, names });
  }

  event(channel: number, session: number, event: ShardEvent): boolean {
    const found = this.#findSession(session);
    if (found === undefined || found.session.channel.isMoving || this.#isFull(found.seat)) return false;
    found.seat.owed.addEvent(found.session, event);
    found.seat.thread?.sendEvent(channel, session, 0, event);
    return true;
  }

  rank(channel: number, request: RankRequest, done: (answer: RankAnswer) => void): void {
    const found = this.#findChannel(channel);
    if (found === undefined) return;
    this.#question(found.seat, { op: 'rank', call: this.#number(), channel, request }, (reply) => {
      if (reply.op === 'ranked') done(reply.answer);
    });
  }

  rankFor(user: string, request: RankRequest, done: (answer: RankAnswer) => void): void {
    this.#open(user, '', false).then(
      ({ channel, session }) =>
        this.rank(channel, request, (answer) => {
          done(answer);
          this.close(session);
        }),
      (error: unknown) => this.#inputs.log.error({ err: error }, 'a user could not be opened'),
    );
  }

  async eventsFor(user: string, events: readonly ShardEvent[]): Promise<EventOutcome[]> {
    const { shard, owed } = this.#seatOf(user);
    if (owed.count + events.length > this.#inputs.queueMax)
      throw new OverloadedError(`the queue of shard ${shard} is full`);
    const opened = await this.#open(user, '', false);
    if (owed.channels.get(opened.channel)?.isMoving === true) {
      this.close(opened.session);
      throw new OverloadedError(`"${user}" is being merged into another user`);
    }
    const outcomes = await Promise.all(events.map((event) => this.#take(opened, event)));
    this.close(opened.session);
    return outcomes;
  }

  #take({ user, channel }: OpenedSession, event: ShardEvent): Promise<EventOutcome> {
    return new Promise((resolve) => {
      const call: ShardCall = { op: 'event', call: this.#number(), channel, session: 0, event };
      this.#question(this.#seatOf(user), call, (reply) =>
        resolve(reply.op === 'taken' ? reply.outcome : 'duplicate'),
      );
    });
  }

  /**
   * In three steps, each durable before the next: the visitor's state is read, added to the known user's together with a
   * mark that it was, and removed. A crash in between leaves the mark, which makes doing it again harmless. Meanwhile
   * events of other connections of the visitor are turned away; afterwards these are told to move.
   */
  async merge(from: string, into: string): Promise<boolean> {
    const giver = this.#seatOf(from);
    const channel = giver.owed.byUser.get(from);
    if (channel !== undefined) channel.isMoving = true;
    const given = await this.#ask(giver, { op: 'give', user: from });
    if (given.op !== 'given' || (given.state === undefined && given.sessions.length === 0)) {
      if (channel !== undefined) channel.isMoving = false;
      return false;
    }
    const { state, sessions } = given;
    await this.#ask(this.#seatOf(into), { op: 'merge', from, into, state, sessions });
    await this.#ask(giver, { op: 'forget', user: from, to: into });
    if (channel !== undefined) this.#events?.moved(channel.number, into);
    return true;
  }

  async snapshot(folder: string): Promise<readonly SnapshotEntry[]> {
    const replies = await Promise.all(
      this.#seats.map((seat) =>
        this.#ask(seat, { op: 'snapshot', folder: join(folder, `shard-${seat.shard}`) }),
      ),
    );
    const entries: SnapshotEntry[] = [];
    for (const reply of replies) {
      if (reply.op !== 'snapshot') {
        await rm(folder, { recursive: true, force: true });
        throw new Error(replyMessage(reply));
      }
      entries.push(reply.entry);
    }
    return entries;
  }

  /** Defines again the slots of every open user whose list may show one of the items. */
  catalogueChanged(): void {
    for (const { owed, thread } of this.#seats) {
      for (const channel of owed.channels.values()) {
        if (channel.slots.size > 0)
          thread?.send({ op: 'subscribe', channel: channel.number, slots: [...channel.slots.values()] });
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#gauges);
    await Promise.all(
      this.#seats.map(async (seat) => {
        await seat.starting;
        await seat.thread?.stop();
        seat.thread = undefined;
      }),
    );
  }

  async #startThread(seat: Seat, keepsInteractions: boolean): Promise<void> {
    const { worker, folderOf, shards, log } = this.#inputs;
    const { thread, model, recovery } = await ShardThread.start(
      {
        ...worker,
        shard: seat.shard,
        shards,
        folder: folderOf(seat.shard),
        stats: seat.stats.buffer,
        keepsInteractions,
      },
      {
        batch: (batch, onWayUs) => this.#receive(seat, batch, onWayUs),
        died: (error) => this.#restart(seat, error),
      },
    );
    seat.thread = thread;
    this.#model = model;
    log.info({ shard: seat.shard, ...recovery }, 'shard ready');
  }

  #restart(seat: Seat, error: Error): void {
    seat.thread = undefined;
    if (this.#isStopping) return;
    const { log, stats, fatal } = this.#inputs;
    const nowMs = Date.now();
    seat.crashes = [...seat.crashes.filter((atMs) => nowMs - atMs < RESTART_WINDOW_MS), nowMs];
    log.error({ shard: seat.shard, err: error, crashes: seat.crashes.length }, 'shard crashed');
    if (seat.crashes.length > RESTARTS_MAX) {
      fatal(
        new Error(
          `shard ${seat.shard} crashed ${seat.crashes.length} times within a minute: ${error.message}`,
        ),
      );
      return;
    }
    stats.count(COUNTER.shardRestarts);
    seat.starting = this.#startThread(seat, true).then(
      () => {
        for (const call of seat.owed.replay(() => this.#number())) seat.thread?.send(call);
      },
      (failure: Error) => this.#restart(seat, failure),
    );
  }

  #receive(seat: Seat, batch: ThreadBatch, onWayUs: number): void {
    this.#inputs.stats.observe(HISTOGRAM.stage.to_gateway, onWayUs);
    const { owed } = seat;
    const events = this.#events;
    unpackReplies(batch, {
      applied: (session, seq) => events?.applied(session, seq),
      durable: (session, seq) => {
        const open = owed.sessions.get(session);
        if (open === undefined) return;
        owed.settle(open, seq);
        events?.durable(session, seq);
      },
      refused: (session, seq, expected) => {
        const open = owed.sessions.get(session);
        if (open === undefined) return;
        owed.refuse(open, seq);
        events?.refused(session, seq, 'seq_gap', expected);
      },
      list: (channel, slot, list) => events?.list(channel, slot, list),
      learn: (item, atMs, session, before) => {
        for (const other of this.#seats)
          if (other !== seat) other.thread?.send({ op: 'learn', item, atMs, session, before });
      },
      reply: (reply) => {
        const question = owed.questions.get(reply.call);
        owed.questions.delete(reply.call);
        question?.answer(reply);
      },
    });
  }

  #seatOf(user: string): Seat {
    return this.#seats[shardOf(user, this.#seats.length)];
  }

  #number(): number {
    return this.#nextNumber++;
  }

  #isFull(seat: Seat): boolean {
    return seat.owed.count >= this.#inputs.queueMax;
  }

  #question(
    seat: Seat,
    call: Extract<ShardCall, { call: number }>,
    answer: (reply: ShardReply) => void,
  ): void {
    seat.owed.questions.set(call.call, { call, answer });
    seat.thread?.send(call);
  }

  #ask<Op extends 'open' | 'give' | 'merge' | 'forget' | 'snapshot'>(
    seat: Seat,
    call: { op: Op } & Call<Op>,
  ): Promise<ShardReply> {
    return new Promise((resolve) => {
      this.#question(
        seat,
        { ...call, call: this.#number() } as unknown as Extract<ShardCall, { call: number }>,
        resolve,
      );
    });
  }

  #hold(seat: Seat, user: string, sessionId: string): OpenSession {
    const { owed } = seat;
    let channel = owed.byUser.get(user);
    if (channel === undefined) {
      channel = { number: this.#number(), user, slots: new Map(), sessions: new Map(), isMoving: false };
      owed.channels.set(channel.number, channel);
      owed.byUser.set(user, channel);
    }
    let session = channel.sessions.get(sessionId);
    if (session === undefined) {
      session = { number: this.#number(), id: sessionId, channel, holders: 0, unacknowledged: [] };
      channel.sessions.set(sessionId, session);
      owed.sessions.set(session.number, session);
    }
    session.holders++;
    return session;
  }

  #releaseIfUnused(seat: Seat, channel: OpenChannel): void {
    if (channel.sessions.size > 0) return;
    seat.owed.removeChannel(channel);
    seat.thread?.send({ op: 'release', channel: channel.number });
  }

  #findSession(session: number): { seat: Seat; session: OpenSession } | undefined {
    for (const seat of this.#seats) {
      const found = seat.owed.sessions.get(session);
      if (found !== undefined) return { seat, session: found };
    }
    return undefined;
  }

  #findChannel(channel: number): { seat: Seat; channel: OpenChannel } | undefined {
    for (const seat of this.#seats) {
      const found = seat.owed.channels.get(channel);
      if (found !== undefined) return { seat, channel: found };
    }
    return undefined;
  }

  #writeGauges(): void {
    let queued = 0;
    for (const { owed } of this.#seats) queued += owed.count;
    this.#inputs.stats.gauge(GAUGE.queueToShard, queued);
  }
}

function replyMessage(reply: ShardReply): string {
  return reply.op === 'failed' ? reply.message : `unexpected answer "${reply.op}"`;
}
