import { faultPoint } from '../../metrics/process/fault-point.js';
import { GAUGE, HISTOGRAM } from '../../metrics/table.js';
import { turn } from '../../metrics/process/turn.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { ShardCall } from '../wire/calls.js';
import type { HaltFlag } from '../wire/halt-flag.js';
import { unpackCalls, type ReplyPacker } from '../wire/thread-batch.js';
import { OverloadWatch } from '../overload/overload-watch.js';
import type { Unread } from '../wire/unread.js';
import type { PostedBatch, WorkerData } from '../wire/worker-data.js';
import { Housekeeping } from './housekeeping.js';
import type { ModelSwap } from './model-swap.js';
import { RareCalls } from './rare-calls.js';

/** Pause while everybody in line sits turns out. */
const PAUSE_MS = 2;
/** What a loop stands between. */
export interface LoopParts {
  /** The one that the shard was built with. */
  readonly sink: ReplyPacker;
  /** Counts what it posts. */
  readonly unread: Unread;
  /** Cuts a stop short. */
  readonly halt: HaltFlag;
  /** Takes a batch that was posted and that `receive` has not been given, if there is one. */
  readonly look: () => PostedBatch | undefined;
  /** Changes the shard's model; this loop's from now on. */
  readonly swap: ModelSwap;
}

/**
 * The order of a shard's work: ticks come first, one at a time; between two ticks one bit of housekeeping (a few user
 * states, the changed pages of the interaction graph). Nothing but a tick runs while the model does, so housekeeping never
 * sees a user half changed. A tick takes in everything that arrived while the last one ran, and carries out a bounded part
 * of it (`Shard.flush`); the event loop has a turn before the next. Rare calls come in their order, between two ticks
 * (`RareCalls`).
 */
export class ShardLoop {
  readonly housekeeping: Housekeeping;
  readonly #built: BuiltShard;
  readonly #sink: ReplyPacker;
  readonly #unread: Unread;
  readonly #halt: HaltFlag;
  readonly #worker: Pick<WorkerData, 'shard' | 'shards' | 'learnsFrom'>;
  readonly #end: () => void;
  readonly #inbox: PostedBatch[] = [];
  readonly #look: LoopParts['look'];
  readonly #rare: RareCalls;
  #isRunning = false;
  #isOver = false;
  /** Ends a pause. */
  #wake: () => void = () => {};
  #taken = 0;
  readonly #overload: OverloadWatch;

  /** `end` ends the thread; it is called when the store is closed. */
  constructor(
    built: BuiltShard,
    { sink, unread, halt, look, swap }: LoopParts,
    worker: Pick<WorkerData, 'shard' | 'shards' | 'learnsFrom'>,
    end: () => void,
  ) {
    this.#built = built;
    this.#sink = sink;
    this.#unread = unread;
    this.#look = look;
    this.#halt = halt;
    this.#worker = worker;
    this.#end = end;
    this.#overload = new OverloadWatch(built.context);
    const reply = sink.reply.bind(sink);
    this.housekeeping = new Housekeeping(built, { ...worker, swap }, reply, () => this.#start());
    this.#rare = new RareCalls(built, reply, { housekeeping: this.housekeeping, stop: () => this.#stop() });
  }

  /** Ends at once what is under way, when nothing of it can be kept: another owns the journal. Resolves when the store is closed. */
  async abandon(): Promise<void> {
    this.#isOver = true;
    this.#endWork();
    this.#built.context.quarantine.stop();
    await this.#built.context.store.close();
    this.#end();
  }

  /** Batches taken in since the last call. */
  countTaken(): number {
    const taken = this.#taken;
    this.#taken = 0;
    return taken;
  }

  /** True when calls wait, also those that the event loop has not come to yet. Bound once. */
  readonly #hasMail = (): boolean => {
    for (let batch = this.#look(); batch !== undefined; batch = this.#look()) this.#inbox.push(batch);
    return this.#inbox.length > 0;
  };

  receive(batch: PostedBatch): void {
    if (this.#isOver) return;
    this.#inbox.push(batch);
    this.#wake();
    this.#start();
  }

  /** In the next turn of the event loop: the messages of this one are served together. */
  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => {
      this.#run().catch(this.#built.context.fail);
    });
  }

  async #run(): Promise<void> {
    while (this.#hasWork && !this.#isOver) {
      await this.#tick();
      await this.#doChore();
      if (this.#isIdle) await this.#pause();
      // Answers that would wait are not made yet: who asks meanwhile comes before them.
      if (this.#unread.isMuch) await this.#unread.rest();
    }
    this.#isRunning = false;
  }

  get #hasWork(): boolean {
    const { shard } = this.#built;
    return this.#inbox.length > 0 || this.housekeeping.hasWork || shard.hasWork || this.#rare.length > 0;
  }

  /** True when all that is to be done is of users who sit turns out. */
  get #isIdle(): boolean {
    return this.#built.shard.isStuck && this.#inbox.length === 0 && !this.housekeeping.hasWork;
  }

  /** Resolves after a while, or when something comes in. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PAUSE_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #tick(): Promise<void> {
    const { shard, context } = this.#built;
    const { stats, clock } = context;
    const sink = this.#sink;
    if (this.#inbox.length === 0 && !shard.hasWork && this.#rare.length === 0) return;
    const batches = this.#inbox.splice(0);
    this.#taken += batches.length;
    sink.begin();
    const startUs = clock.nowUs();
    let oldestUs = Infinity;
    for (const { batch, sentUs } of batches) {
      oldestUs = Math.min(oldestUs, sentUs);
      stats.observe(HISTOGRAM.stage.to_shard, clock.nowUs() - sentUs);
      unpackCalls(batch, this.#take);
    }
    stats.gauge(GAUGE.queueShardInbox, shard.waiting);
    shard.flush(true, this.#hasMail);
    faultPoint('shard.tick');
    sink.end();
    this.#overload.ticked(startUs, oldestUs, shard);
    await this.#handleRare();
    this.housekeeping.segments.ticked();
  }

  /** Calls that look at what the store has, of ticks too that wait for the journal. */
  async #handleRare(): Promise<void> {
    if (this.#rare.length === 0) return;
    this.#built.shard.commits.commit();
    await this.#rare.handle();
  }

  /** Bound once: for each call of each batch. */
  readonly #take = (call: ShardCall): void => {
    const { shard } = this.#built;
    switch (call.op) {
      case 'event':
        shard.take(call);
        return;
      case 'changed':
        this.housekeeping.refreshLists((lists) => lists.changed(call));
        return;
      case 'redefine':
        this.housekeeping.refreshLists((lists) => lists.redefined(shard.redefine(call)));
        return;
      case 'relist':
        this.housekeeping.refreshLists((lists) => lists.all());
        return;
      case 'learn':
        this.#learn(call);
        return;
      default:
        if (!this.#rare.take(call)) shard.take(call);
    }
  };

  /** Under too much load clicks come before it, whatever it is. */
  get #mayDoChore(): boolean {
    const hasClicks = this.#inbox.length > 0 || this.#built.shard.hasWork;
    return !hasClicks || this.#overload.mayDoChore();
  }

  async #doChore(): Promise<void> {
    const hasChore = this.housekeeping.hasWork && this.#mayDoChore;
    if (hasChore) {
      this.#built.shard.commits.commit();
      this.housekeeping.doNext();
    }
    // Without a turn of the event loop nothing that others send would arrive before all this is through.
    if (hasChore || this.#hasWork) await turn();
  }

  #learn(call: Extract<ShardCall, { op: 'learn' }>): void {
    this.#built.learner.learn({
      item: call.item,
      atMs: call.atMs,
      session: call.session,
      before: Int32Array.from(call.before),
      beforeCount: call.before.length,
    });
  }

  #endWork(): void {
    this.housekeeping.stop();
    this.#overload.stop();
  }

  async #stop(): Promise<void> {
    const { shard, context } = this.#built;
    this.#endWork();
    if (!this.#halt.isRaised) shard.flush();
    // What a halt leaves out is in the journal, or nobody was told that it is durable.
    this.housekeeping.checkpoints.end(this.#halt, this.#worker.learnsFrom === undefined);
    shard.commits.commit();
    context.quarantine.stop();
    // What a full disk does not take now is given up here; nobody was told that it is durable.
    await context.store.close();
    this.#end();
  }
}
