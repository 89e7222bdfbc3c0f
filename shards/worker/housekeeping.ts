import { Retention, type RetentionPlan, type RetentionPorts } from '../retention/retention.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { ShardReply } from '../wire/calls.js';
import type { VerifyProgress } from '../wire/shard-report.js';
import type { WorkerData } from '../wire/worker-data.js';
import { Checkpoints } from './chores/checkpoints.js';
import { ChoreQueue } from './chores/chore-queue.js';
import { ListRefresh } from './chores/list-refresh.js';
import { SegmentChores } from './chores/segment-chores.js';
import { StoreCheck } from './chores/store-check.js';
import { SnapshotMaker } from './snapshot-maker.js';
import { SwapCalls } from './swap-calls.js';

/** What a shard does besides its ticks: all of it in one line of chores, and ended together. */
export class Housekeeping {
  readonly checkpoints: Checkpoints;
  readonly segments: SegmentChores;
  readonly swaps: SwapCalls;
  readonly #built: BuiltShard;
  readonly #worker: Pick<WorkerData, 'shard' | 'shards' | 'model'>;
  readonly #chores: ChoreQueue;
  readonly #lists: ListRefresh;
  readonly #snapshots: SnapshotMaker;
  #check: StoreCheck | undefined;
  #retention: Retention | undefined;

  /** `wake` is called when there is something to do. */
  constructor(
    built: BuiltShard,
    worker: Pick<WorkerData, 'shard' | 'shards' | 'model'>,
    reply: (reply: ShardReply) => void,
    wake: () => void,
  ) {
    this.#built = built;
    this.#worker = worker;
    const chores = (this.#chores = new ChoreQueue(wake));
    this.#lists = new ListRefresh(built.shard, built, built.context.clock);
    this.checkpoints = new Checkpoints(built, chores.add);
    this.segments = new SegmentChores(built, reply, chores.add);
    this.swaps = new SwapCalls(built, worker.model, reply, chores);
    this.#snapshots = new SnapshotMaker(built, worker, this.checkpoints, reply);
  }

  /** True when a bit of work waits. It writes: while the disk takes nothing it rests, for what it wrote would wait in memory. */
  get hasWork(): boolean {
    return this.#chores.length > 0 && !this.#built.context.store.waitsForDisk;
  }

  /** Does a bit of it. Call between two ticks. */
  doNext(): void {
    this.#chores.doNext();
  }

  /** Looks at the checksums of all that is stored, in the background. `report` is called now and then, and at the end. */
  beginCheck(report: (progress: VerifyProgress) => void): void {
    const { store, stats, clock } = this.#built.context;
    const chore = this.#chores.once;
    const check = new StoreCheck({ store, stats, clock, chore }, () => report(check.progress));
    this.#check = check;
    check.begin();
  }

  /** Keeps the store within its bounds from now on; `ports` hears of what went, and of who is to go from all shards. */
  beginRetention(plan: RetentionPlan, ports: Pick<RetentionPorts, 'report' | 'idle' | 'merged'>): void {
    this.#retention = new Retention(this.#built, plan, {
      shard: this.#worker.shard,
      chore: this.#chores.once,
      readsFrom: () => this.swaps.readsFrom,
      ...ports,
    });
    this.#retention.begin();
  }

  /** Lists that change for all are made a few at a time; `note` says which. */
  refreshLists(note: (lists: ListRefresh) => void): void {
    const isRunning = this.#lists.isRunning;
    note(this.#lists);
    if (!isRunning) this.#chores.add(() => this.#lists.step());
  }

  /** See `SnapshotMaker`. */
  snapshot(call: number, folder: string): void {
    this.#retention?.snapshotBegins();
    this.#snapshots.make(call, folder);
  }

  /** Ends all of it where it is. */
  stop(): void {
    this.#snapshots.stop();
    this.swaps.stop();
    this.#check?.stop();
    this.#retention?.stop();
    this.#chores.end();
    this.checkpoints.stop();
    this.segments.stop();
  }
}
