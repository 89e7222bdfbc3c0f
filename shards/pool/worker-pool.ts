import type { Log } from '../../metrics/process/log.js';
import { GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { EventOutcome, OpenedSession, ShardEvents, ShardPool } from './shard-pool.js';
import { OpenUsers } from './open-users.js';
import { recentRecords, snapshotShards, swapModels } from './all-shards.js';
import { ShardHandle } from './shard-handle.js';
import type { PostedModel } from '../wire/posted-model.js';
import { mergeUser, takeEvents } from './user-operations.js';
import type { WorkerData } from '../wire/worker-data.js';
import type { RankAnswer, RankRequest, SlotDefinition } from '../wire/slot-lists.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { SnapshotEntry } from '../wire/calls.js';

/** How many shards a pool has, what their threads are started with, and who hears of trouble. */
export interface PoolPlan {
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

/**
 * The public face of the shards: starts and supervises their threads, places users, numbers channels, sessions and
 * questions, and gives answers back in order.
 *
 * A shard that crashes is started again from its store. Sockets stay open meanwhile: calls for it are kept and delivered
 * to the new thread, with those that were not durable when it died; D2 makes that safe. A shard that crashes again and
 * again is given up and the process ends, for a supervisor above to see.
 */
export class WorkerPool implements ShardPool {
  readonly #plan: PoolPlan;
  /** By shard. */
  readonly #handles: readonly ShardHandle[];
  readonly #users: OpenUsers;
  #events: ShardEvents | undefined;
  #nextNumber = 1;
  #gauges: NodeJS.Timeout | undefined;

  private constructor(plan: PoolPlan) {
    this.#plan = plan;
    this.#handles = Array.from({ length: plan.shards }, (_, shard) => this.#makeHandle(shard));
    this.#users = new OpenUsers(this.#handles);
  }

  /** Starts all shards; resolves when they have recovered. Rejects with the first start-up error. */
  static async start(plan: PoolPlan): Promise<WorkerPool> {
    process.env['ORT_DISABLE_TELEMETRY'] = '1'; // Threads inherit it; ONNX Runtime reads it when the first one loads it.
    const pool = new WorkerPool(plan);
    try {
      await Promise.all(pool.#handles.map((handle) => handle.start()));
    } catch (error) {
      await pool.stop();
      throw error;
    }
    if (plan.shards > 1) for (const handle of pool.#handles) handle.tell({ op: 'order' });
    pool.#gauges = setInterval(() => pool.#writeGauges(), 1_000);
    pool.#gauges.unref();
    return pool;
  }

  get model(): string {
    return this.#handles[0].model;
  }

  /** Stats of the shards' threads, for the registry. */
  stats(): readonly { readonly thread: string; readonly stats: ThreadStats }[] {
    return this.#handles.map(({ shard, stats }) => ({ thread: `shard-${shard}`, stats }));
  }

  listen(events: ShardEvents): void {
    this.#events = events;
    for (const handle of this.#handles) handle.listen(events);
  }

  async open(user: string, session: string, anonymous?: string): Promise<OpenedSession> {
    if (anonymous !== undefined && anonymous !== user) await this.merge(anonymous, user);
    return this.#users.open(user, session, true);
  }

  close(session: number): void {
    this.#users.close(session);
  }

  subscribe(channel: number, slots: readonly SlotDefinition[]): void {
    const open = this.#users.channel(channel);
    if (open !== undefined) this.#users.handleOf(open).define(open, slots);
  }

  unsubscribe(channel: number, names: readonly string[]): void {
    const open = this.#users.channel(channel);
    if (open !== undefined) this.#users.handleOf(open).undefine(open, names);
  }

  event(channel: number, session: number, event: ShardEvent): boolean {
    const open = this.#users.session(session);
    if (open === undefined || open.channel.isMoving) return false;
    const handle = this.#users.handleOf(open.channel);
    if (!handle.hasRoomFor(1)) return false;
    handle.takeEvent(channel, open, event);
    return true;
  }

  rank(channel: number, request: RankRequest, done: (answer: RankAnswer) => void): void {
    const open = this.#users.channel(channel);
    if (open === undefined) return;
    this.#users.handleOf(open).ask({ op: 'rank', channel, request }, (reply) => {
      if (reply.op === 'ranked') done(reply.answer);
    });
  }

  rankFor(user: string, request: RankRequest, done: (answer: RankAnswer) => void): void {
    this.#users.open(user, '', false).then(
      ({ channel, session }) =>
        this.rank(channel, request, (answer) => {
          done(answer);
          this.close(session);
        }),
      (error: unknown) => this.#plan.log.error({ err: error }, 'a user could not be opened'),
    );
  }

  eventsFor(user: string, events: readonly ShardEvent[]): Promise<EventOutcome[]> {
    return takeEvents(this.#users, user, events);
  }

  merge(from: string, into: string): Promise<boolean> {
    return mergeUser(
      { user: from, handle: this.#users.ownerOf(from) },
      { user: into, handle: this.#users.ownerOf(into) },
      (channel) => this.#events?.moved(channel, into),
    );
  }

  snapshot(folder: string): Promise<readonly SnapshotEntry[]> {
    return snapshotShards(this.#handles, folder);
  }

  swapModel(model: PostedModel): Promise<void> {
    return swapModels(this.#handles, model);
  }

  recentRecords(events: number): Promise<readonly Uint8Array[]> {
    return recentRecords(this.#handles, events);
  }

  get rebuildBehind(): number {
    return this.#handles.reduce((sum, { stats }) => sum + stats.gaugeValue(GAUGE.rebuildBehind), 0);
  }

  catalogueChanged(): void {
    for (const handle of this.#handles) handle.redefine();
  }

  async stop(): Promise<void> {
    clearInterval(this.#gauges);
    await Promise.all(this.#handles.map((handle) => handle.stop()));
  }

  #makeHandle(shard: number): ShardHandle {
    const { worker, shards, folderOf, queueMax, stats, log, fatal } = this.#plan;
    return new ShardHandle(
      { ...worker, shard, shards, folder: folderOf(shard) },
      {
        queueMax,
        stats,
        log,
        number: () => this.#nextNumber++,
        learned: (item, atMs, session, before) => {
          for (const other of this.#handles)
            if (other.shard !== shard) other.tell({ op: 'learn', item, atMs, session, before });
        },
        fatal,
      },
    );
  }

  #writeGauges(): void {
    let queued = 0;
    for (const { owed } of this.#handles) queued += owed.count;
    this.#plan.stats.gauge(GAUGE.queueToShard, queued);
  }
}
