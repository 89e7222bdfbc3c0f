import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import {
  NotInClusterError,
  type EventTaken,
  type ClusterSeat,
  type ModelTaker,
  type ShardEvents,
} from '../../shards/pool/shard-pool.js';
import { failureOf } from '../../shards/pool/shard-handle.js';
import { WorkerPool, type PoolPlan } from '../../shards/pool/worker-pool.js';
import type { NamedKey, UserKey, VisitorKey } from '../../shards/store/user-key.js';
import type { ModelSource, PostedModel } from '../../shards/wire/posted-model.js';
import type { KeptSnapshot, SnapshotEntry } from '../../shards/wire/calls.js';
import type { ShardEvent } from '../../shards/wire/shard-event.js';
import type { SlotDefinition } from '../../shards/wire/slot-lists.js';
import { addNames } from './guest-slots.js';
import { GuestDesk } from './guest-desk.js';
import { GuestNews } from './guest-news.js';
import { snapshotPartitions } from './partition-snapshots.js';
import type { PartitionSeat } from './partition-seat.js';

/** What a pool of a cluster has besides. */
export interface ClusterPlan extends Omit<PoolPlan, 'usersStay'> {
  /** By partition. */
  readonly seats: readonly PartitionSeat[];
  /** Indices of items that were given out. */
  readonly itemCount: () => number;
  /** Where pages reach the other node that serves a partition. */
  readonly ownerUrl: (partition: number) => string | undefined;
  /** Which model the cluster serves with, and how it is changed. */
  readonly models: {
    readonly change: (model: PostedModel, source: ModelSource) => Promise<void>;
    readonly take: (taker: ModelTaker) => void;
  };
  /** See `ClusterSeat`. */
  readonly note: ClusterSeat['note'];
  readonly snapshots: ClusterSeat['snapshots'];
  /** Of a partition that is served here: see `PartitionHost.snapshot`. */
  readonly snapshot: (partition: number) => Promise<KeptSnapshot>;
  /** Of the thread of the partitions. */
  readonly hostStats: ThreadStats;
  /** What ends with it: `before` while shards are being stopped, `after` when they have. */
  readonly ending: { readonly before: () => void; readonly after: () => Promise<void> };
}

/**
 * The shards of a cluster, as the gateway of one node uses them: a partition each, served here or by another node. Calls for a user go to
 * whoever owns their partition; what is owed is told again to the next owner, as after a crash of a shard. What the cluster does
 * not have yet is refused with a `NotInClusterError`.
 */
export class ClusterPool extends WorkerPool {
  override readonly cluster: ClusterSeat;
  readonly desk: GuestDesk;
  readonly #plan: ClusterPlan;
  readonly #news = new GuestNews();
  /** Slots that this node's own connections want, by channel. */
  readonly #ownSlots = new Map<number, Set<string>>();

  private constructor(plan: ClusterPlan) {
    super({ ...plan, usersStay: true });
    this.#plan = plan;
    const serves = (partition: number): boolean => this.#serves(partition);
    const pool = {
      handles: this.handles,
      users: this.users,
      itemCount: plan.itemCount,
      serves,
      snapshot: plan.snapshot,
      merge: (visitor: VisitorKey, into: NamedKey) => this.merge(visitor, into),
      wantsSlot: (channel: number, slot: string) => this.#ownSlots.get(channel)?.has(slot) ?? false,
    };
    this.cluster = {
      note: plan.note,
      snapshots: plan.snapshots,
      snapshot: () => snapshotPartitions({ handles: this.handles, serves, here: plan.snapshot }),
      // The owner of the first partition.
      leads: () => this.#serves(0),
    };
    this.desk = new GuestDesk(pool, this.#news);
    super.listen(this.#news);
  }

  /** A pool whose partitions are not served yet; `begin` waits for that. */
  static make(plan: ClusterPlan): ClusterPool {
    return new ClusterPool(plan);
  }

  /** Resolves when somebody serves each partition. */
  override begin(): Promise<this> {
    return super.begin();
  }

  override listen(events: ShardEvents): void {
    this.#news.listen(events);
  }

  override stats(): readonly { readonly thread: string; readonly stats: ThreadStats }[] {
    return [...super.stats(), { thread: 'partitions', stats: this.#plan.hostStats }];
  }

  override event(channel: number, session: number, event: ShardEvent): EventTaken {
    const taken = super.event(channel, session, event);
    const shard = taken === 'taken' ? this.users.channel(channel)?.shard : undefined;
    if (shard !== undefined && this.#plan.seats[shard].place !== 'here')
      this.#plan.stats.count(COUNTER.eventsForwarded);
    return taken;
  }

  override ownerUrl(user: UserKey): string | undefined {
    return this.#plan.ownerUrl(this.users.ownerOf(user).shard);
  }

  /** A slot that only other nodes had until now has sent its lists to them alone. */
  override subscribe(channel: number, slots: readonly SlotDefinition[]): void {
    const own = this.#ownSlots.get(channel) ?? new Set<string>();
    this.#ownSlots.set(channel, own);
    this.define(channel, slots, addNames(own, slots));
  }

  /** What other nodes want lists of stays. */
  override unsubscribe(channel: number, names: readonly string[]): void {
    for (const name of names) this.#ownSlots.get(channel)?.delete(name);
    const orphans = names.filter((name) => !this.#news.wantsSlot(channel, name));
    if (orphans.length > 0) super.unsubscribe(channel, orphans);
  }

  override close(session: number): void {
    const number = this.users.session(session)?.channel.number;
    super.close(session);
    if (number !== undefined && this.users.channel(number) === undefined) this.#ownSlots.delete(number);
  }

  /**
   * By the node that serves the visitor, which hears of all who speak for them, wherever they are: a merge goes on when the node that
   * wanted it dies, and the next owner ends it when that one does.
   */
  override async merge(visitor: VisitorKey, into: NamedKey): Promise<boolean> {
    const { shard } = this.users.ownerOf(visitor);
    const isHere = this.#serves(shard);
    try {
      return await (isHere ? super.merge(visitor, into) : this.#join(visitor, into));
    } catch (error) {
      if (this.#serves(shard) === isHere) throw error;
      return this.merge(visitor, into);
    }
  }

  async #join(visitor: VisitorKey, into: NamedKey): Promise<boolean> {
    const reply = await this.users.ownerOf(visitor).answerTo({ op: 'join', user: visitor, into });
    if (reply.op !== 'joined') throw failureOf(reply);
    return reply.isMerged;
  }

  #serves(partition: number): boolean {
    const seat = this.#plan.seats[partition];
    return seat.place === 'here' && seat.isServed;
  }

  /** The partition is served here: merges that its last owner had begun are ended. */
  served(partition: number): Promise<void> {
    return this.finishMerges([this.handles[partition]]);
  }

  override async stop(): Promise<void> {
    const stopped = super.stop();
    this.#plan.ending.before();
    await stopped;
    await this.#plan.ending.after();
  }

  override snapshot(): Promise<readonly SnapshotEntry[]> {
    return Promise.reject(new NotInClusterError('a snapshot in a folder'));
  }

  /** Of all nodes; see `ModelChange.make`. */
  override swapModel(model: PostedModel, source: ModelSource): Promise<void> {
    return this.#plan.models.change(model, source);
  }

  override takeModels(taker: ModelTaker): void {
    this.#plan.models.take(taker);
  }

  /** What partitions are opened with from now on. */
  useModel(model: PostedModel): void {
    for (const handle of this.handles) handle.useModel(model);
  }
}
