import type { MessagePort } from 'node:worker_threads';
import { rename, rm } from 'node:fs/promises';
import { COUNTER, GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import { ClickLearner } from '../../shards/graph/interactions/click-learner.js';
import type { SharedLearning } from '../../shards/shard/build-shard.js';
import { serveShard, type ServingShard } from '../../shards/worker/serve-shard.js';
import type { PostedModel } from '../../shards/wire/posted-model.js';
import type { KeptSnapshot } from '../../shards/wire/calls.js';
import type { WorkerData } from '../../shards/wire/worker-data.js';
import type { ModelSwap } from '../../shards/worker/model-swap.js';
import { CopyDiffersError } from '../journal/followed-copy.js';
import type { OwnerName } from '../journal/journal-writer.js';
import type { KnownItems } from '../journal/known-items.js';
import type { PartitionStream } from '../journal/partition-stream.js';
import { whenCounted } from '../journal/known-items.js';
import { FencedError } from '../journal/streamed-journal.js';
import { ClickFollower } from './click-follower.js';
import { FollowedPartition } from './followed-partition.js';
import type { HostModels } from './host-models.js';
import { ROOMS_FROM, type RunEnd } from './host-words.js';
import { causeOf, openFromSnapshot } from './open-from-snapshot.js';
import { keptOf, type PartitionSnapshot } from '../snapshots/snapshot-notice.js';
import { OwnedSnapshots, type SnapshotPlan } from './owned-snapshots.js';

/** What all partitions of a thread have. */
export interface HostContext {
  readonly owner: OwnerName;
  readonly models: HostModels;
  readonly learning: SharedLearning;
  readonly stats: ThreadStats;
  readonly items: KnownItems;
  /** Of the cluster. */
  readonly partitions: number;
  readonly sessionGapMs: number;
  readonly streamOf: (partition: number) => Promise<PartitionStream>;
  readonly pause: (ms: number) => Promise<void>;
  readonly snapshots: SnapshotPlan;
}

/** A partition as this node keeps it warm and may own it, and what follows from it. */
export interface PartitionTry {
  readonly run: number;
  readonly data: Omit<WorkerData, 'learnsFrom'>;
  readonly port: MessagePort;
  /** Hears whether it has carried out all that its journal has, when that changes. */
  readonly level: (isLevel: boolean) => void;
  /** Called when the partition is this node's; it does not serve yet. */
  readonly owned: (epoch: number) => void;
  /** Called once, when nothing is left of it. */
  readonly ended: (end: RunEnd) => void;
}

/**
 * The partitions that this node keeps warm or owns, all in one thread: they learn into the same graph and have one model. Each
 * is a shard whose journal is its stream. It follows the journal until it is taken: then it is owned, brought up to the journal's end and
 * served. A partition that another node has taken ends, and what was not acknowledged with it; the others go on. Of those that are not
 * here the clicks are learned, from their streams: one graph for the cluster, on each node.
 */
export class PartitionHost {
  readonly #context: HostContext;
  readonly #runs = new Map<number, PartitionRun>();
  /** The end of the last run of each partition: two never have its store open. */
  readonly #overs = new Map<number, Promise<void>>();
  /** How far the clicks of each partition have been learned by this thread. */
  readonly #learnedTo = new Map<number, number>();
  /** Of partitions that are not here. */
  readonly #followers = new Map<number, ClickFollower>();
  /** Those of whose streams something is left to be learned. */
  readonly #behind = new Set<number>();
  readonly #learner: ClickLearner;
  #isStopped = false;

  constructor(context: HostContext) {
    this.#context = context;
    const { interactions, trends, popular } = context.learning;
    this.#learner = new ClickLearner(interactions, trends, popular);
    for (let partition = 0; partition < context.partitions; partition++) this.#beginLearning(partition);
  }

  open(tried: PartitionTry): void {
    const { shard } = tried.data;
    const run = new PartitionRun(this.#context, tried, (end, learnedTo) => {
      this.#runs.delete(tried.run);
      this.#sweepModels();
      this.#learnedTo.set(shard, Math.max(learnedTo, this.#learnedTo.get(shard) ?? 0));
      tried.ended(end);
    });
    this.#runs.set(tried.run, run);
    const before = this.#overs.get(shard) ?? Promise.resolve();
    const over = before
      .then(() => this.#endLearning(shard))
      .then(() => run.serve(this.#learnedTo.get(shard) ?? 0))
      .then(() => this.#beginLearning(shard));
    this.#overs.set(shard, over);
  }

  /** Nothing is learned any more. Runs end by themselves, or by `drop`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#followers.values()].map((follower) => follower.stop()));
  }

  #beginLearning(partition: number): void {
    if (this.#isStopped) return;
    const { items, sessionGapMs, pause, snapshots, streamOf } = this.#context;
    const ground = {
      items,
      stream: () => streamOf(partition),
      purged: () => snapshots.snapshots.journal(partition),
      learner: this.#learner,
      sessionGapMs,
      pause,
      level: (isLevel: boolean) => this.#noteLevel(partition, isLevel),
    };
    this.#noteLevel(partition, false);
    this.#followers.set(partition, new ClickFollower(ground, this.#learnedTo.get(partition) ?? 0));
  }

  async #endLearning(partition: number): Promise<void> {
    const follower = this.#followers.get(partition);
    this.#followers.delete(partition);
    if (follower !== undefined) this.#learnedTo.set(partition, await follower.stop());
    this.#noteLevel(partition, true);
  }

  #noteLevel(partition: number, isLevel: boolean): void {
    if (isLevel) this.#behind.delete(partition);
    else this.#behind.add(partition);
    this.#context.stats.gauge(GAUGE.learningBehind, this.#behind.size);
  }

  /** Owns it as soon as it is level. */
  take(run: number): void {
    this.#runs.get(run)?.take();
  }

  drop(run: number): void {
    this.#runs.get(run)?.end({ why: 'closed', message: 'it is given up' });
  }

  /** A snapshot of a partition that is owned here, now; see `OwnedSnapshots.take`. */
  async snapshot(partition: number): Promise<KeptSnapshot> {
    const run = [...this.#runs.values()].find((other) => other.partition === partition && other.isServing);
    if (run === undefined) throw new Error(`partition ${partition} is not served here`);
    return keptOf(partition, await run.snapshot());
  }

  /** Resolves when each partition that is open has its states ready for another model; one that ends meanwhile counts no more. */
  async prepare(model: PostedModel): Promise<void> {
    await this.#context.models.prepare(model);
    await this.#ofAll((run) => run.prepare(model));
  }

  /**
   * Resolves when each partition that is owned serves with the model, as its journal says. Those that are followed change when their
   * owners do, and when they are taken at the latest.
   */
  async adopt(model: PostedModel): Promise<void> {
    const { models } = this.#context;
    await models.load(model);
    models.adopt(model);
    await this.#ofAll((run) => run.adopt());
    this.#sweepModels();
  }

  async discard(): Promise<void> {
    this.#context.models.discard();
    for (const run of this.#runs.values()) run.discard();
    this.#sweepModels();
  }

  async #ofAll(work: (run: PartitionRun) => Promise<void>): Promise<void> {
    await Promise.all([...this.#runs.values()].map(work));
  }

  #sweepModels(): void {
    this.#context.models.sweep(new Set([...this.#runs.values()].flatMap((run) => run.modelTags)));
  }
}

const NOBODY = (): void => undefined;

type Ended = (end: RunEnd, learnedTo: number) => void;

/** One partition as this node has it, from its opening to its end. */
class PartitionRun {
  readonly #context: HostContext;
  readonly #tried: PartitionTry;
  readonly #ended: Ended;
  readonly #followed: FollowedPartition;
  #serving: ServingShard | undefined;
  #swap: ModelSwap | undefined;
  #over: () => void = () => undefined;
  readonly #isOver = new Promise<void>((resolve) => (this.#over = resolve));
  #snapshots: OwnedSnapshots | undefined;
  #epoch = 0;
  /** Set when it is to end, or has. */
  #end: RunEnd | undefined;
  #portClosed: () => void = () => undefined;

  constructor(context: HostContext, tried: PartitionTry, ended: Ended) {
    this.#context = context;
    this.#tried = tried;
    this.#ended = ended;
    this.#followed = new FollowedPartition(context, {
      ...tried,
      partition: tried.data.shard,
      owned: (epoch) => {
        this.#epoch = epoch;
        tried.owned(epoch);
      },
    });
  }

  get partition(): number {
    return this.#tried.data.shard;
  }

  get isServing(): boolean {
    return this.#snapshots !== undefined && this.#end === undefined;
  }

  take(): void {
    this.#followed.take();
  }

  async snapshot(): Promise<PartitionSnapshot> {
    if (this.#snapshots === undefined) throw new Error('it is not served here');
    return this.#snapshots.take();
  }

  /** Keeps the partition warm, and serves it when it is taken, until that is over; what fails ends it. */
  async serve(learnsFrom: number): Promise<void> {
    const { port } = this.#tried;
    const closed = new Promise<void>((resolve) => (this.#portClosed = resolve));
    port.once('close', this.#portClosed);
    try {
      if (this.#end === undefined) {
        this.#serving = await this.#open(learnsFrom);
        if (this.#end === undefined) this.#beginSnapshots(this.#serving);
        else await this.#serving.abandon();
        // The model may have changed while the partition was followed or taken.
        void this.adopt().catch((error: unknown) => this.end(endOf(error)));
        await closed;
      }
    } catch (error) {
      if (causeOf(error) instanceof CopyDiffersError) await setAside(this.#tried.data.folder);
      this.#end ??= endOf(error);
    }
    this.#snapshots?.stop();
    port.close();
    this.#over();
    this.#context.models.giveBack(this.#rooms);
    this.#ended(
      this.#end ?? { why: 'closed', message: 'it was stopped' },
      Math.max(learnsFrom, this.#followed.carriedOut),
    );
  }

  /** Ends it at once: while it is being opened, as soon as that is over. */
  end(end: RunEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#snapshots?.stop();
    this.#followed.end(end.message);
    // Whatever is left of it after an error is not looked at.
    this.#serving?.abandon().catch(this.#portClosed);
  }

  /** Tags of the models that its users have states of. */
  get modelTags(): number[] {
    return this.#swap?.tags ?? [];
  }

  /** Resolves when its states are ready, or when it is over. One that is being opened makes them ready afterwards. */
  prepare(model: PostedModel): Promise<void> {
    return this.#ask((swap, done) => void swap.prepare(model, done));
  }

  /** Serves with the thread's model where it is owned. */
  adopt(): Promise<void> {
    if (this.#serving === undefined) return Promise.resolve();
    return this.#ask((swap, done) => swap.serveByJournal(this.#context.models.current, done));
  }

  discard(): void {
    this.#swap?.discard();
  }

  get #rooms(): number {
    return ROOMS_FROM + this.#tried.run;
  }

  async #ask(ask: (swap: ModelSwap, done: (problem?: string) => void) => void): Promise<void> {
    const swap = this.#swap;
    if (swap === undefined) return;
    const answer = new Promise<string | undefined>((resolve) => ask(swap, resolve));
    const problem = await Promise.race([answer, this.#isOver]);
    if (problem !== undefined && this.#end === undefined)
      throw new Error(`partition ${this.#tried.data.shard}: ${problem}`);
  }

  #open(learnsFrom: number): Promise<ServingShard> {
    return openFromSnapshot({
      folder: this.#tried.data.folder,
      restore: () => this.#restore(),
      open: () => this.#openCopy(learnsFrom),
    });
  }

  async #restore(): Promise<boolean> {
    const { items, pause, snapshots, stats } = this.#context;
    const { shard, folder } = this.#tried.data;
    const restored = await snapshots.snapshots.restore(shard, folder);
    if (restored === undefined) return false;
    stats.count(COUNTER.partitionsRestored);
    try {
      await whenCounted(items, restored.items, { pause, isClosed: () => this.#end !== undefined });
      return true;
    } catch (error) {
      // Whoever opens it next would not wait for its items.
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  #beginSnapshots(shard: ServingShard): void {
    const { items, snapshots, stats, streamOf } = this.#context;
    const { shard: partition } = this.#tried.data;
    this.#snapshots = new OwnedSnapshots(snapshots, {
      partition,
      epoch: this.#epoch,
      stream: () => streamOf(partition),
      end: () => this.#followed.carriedOut,
      group: () => this.#followed.group,
      copyTo: (folder, signal) => shard.copyTo(folder, signal),
      items,
      stats,
    });
  }

  #openCopy(learnsFrom: number): Promise<ServingShard> {
    const { data, port } = this.#tried;
    const { models, learning } = this.#context;
    return serveShard({ ...data, model: models.current, learnsFrom }, port, {
      fail: (error) => this.end(endOf(error)),
      replicate: (files, explain, damaged) => this.#followed.copy(files, explain, damaged),
      follow: (advance) => this.#followed.follow(advance),
      rooms: this.#rooms,
      scorers: models,
      swapping: (swap) => {
        this.#swap = swap;
        if (models.next !== undefined) void swap.prepare(models.next, NOBODY);
      },
      learning,
    });
  }
}

function endOf(error: unknown): RunEnd {
  const cause = causeOf(error);
  return { why: cause instanceof FencedError ? 'lost' : 'failed', message: cause.message };
}

/** A copy that is none stays where somebody can look at it; the next try makes a new one. */
async function setAside(folder: string): Promise<void> {
  await rename(folder, `${folder}.aside-${Date.now()}`);
}
