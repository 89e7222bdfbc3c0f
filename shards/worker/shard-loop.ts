import { faultPoint } from '../../metrics/process/fault-point.js';
import { COUNTER, GAUGE, HISTOGRAM } from '../../metrics/table.js';
import { Fifo } from '../../metrics/process/fifo.js';
import { turn } from '../../metrics/process/turn.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { ShardCall } from '../wire/calls.js';
import type { HaltFlag } from '../wire/halt-flag.js';
import { rebuildTops } from '../graph/interactions/interaction-pages.js';
import { writeSnapshot } from '../store/snapshot/snapshot.js';
import { readRecords } from '../quarantine/read-records.js';
import type { ShardContext } from '../shard/shard-context.js';
import { unpackCalls, type ReplyPacker } from '../wire/thread-batch.js';
import { readExportPage, sessionsOf } from '../disclosure/export-page.js';
import { ListRefresh } from './list-refresh.js';
import type { Unread } from '../wire/unread.js';
import { ModelSwap } from './model-swap.js';
import { PacedChore } from './paced-chore.js';
import { SegmentChores, type SegmentCall } from './segment-chores.js';
import { OverloadWatch } from '../overload/overload-watch.js';
import { PageCheckpoint } from './page-checkpoint.js';
import { StoreCheck } from './store-check.js';
import { eraseUser } from '../retention/erase-user.js';
import { Retention, type RetentionPlan, type RetentionPorts } from '../retention/retention.js';
import type { PostedModel } from '../wire/posted-model.js';
import type { VerifyProgress } from '../wire/shard-report.js';
import type { PostedBatch, WorkerData } from '../wire/worker-data.js';

/** Pause while everybody in line sits turns out. */
const PAUSE_MS = 2;
/** Rest after a bite of states that is written without a tick, ms. */
const STATES_REST_MS = 15;

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
}

/**
 * The order of a shard's work: ticks come first, one at a time; between two ticks one bit of housekeeping (a few user
 * states, the changed pages of the interaction graph). Nothing but a tick runs while the model does, so housekeeping never
 * sees a user half changed. A tick takes in everything that arrived while the last one ran, and carries out a bounded part
 * of it (`Shard.flush`); the event loop has a turn before the next. Rare calls come in their order, between two ticks; but
 * a user is given away only when none of their calls waits, and the others do not wait for that.
 */
export class ShardLoop {
  readonly #built: BuiltShard;
  readonly #sink: ReplyPacker;
  readonly #unread: Unread;
  readonly #halt: HaltFlag;
  readonly #worker: Pick<WorkerData, 'shard' | 'shards' | 'model' | 'learnsFrom'>;
  readonly #end: () => void;
  readonly #inbox: PostedBatch[] = [];
  readonly #look: LoopParts['look'];
  readonly #rare = new Fifo<RareCall>();
  /** Housekeeping that waits; each returns true when it is to be called again. */
  readonly #chores: (() => boolean)[] = [];
  #isRunning = false;
  #isOver = false;
  /** Ends a pause. */
  #wake: () => void = () => {};
  #taken = 0;
  readonly #states: PacedChore;
  readonly #pages: PageCheckpoint;
  readonly #swap: ModelSwap;
  readonly #segments: SegmentChores;
  #check: StoreCheck | undefined;
  #retention: Retention | undefined;
  readonly #lists: ListRefresh;
  readonly #overload: OverloadWatch;
  #served: PostedModel;
  /** Ends snapshots that are being made. */
  readonly #stopping = new AbortController();

  /** `end` ends the thread; it is called when the store is closed. */
  constructor(
    built: BuiltShard,
    { sink, unread, halt, look }: LoopParts,
    worker: Pick<WorkerData, 'shard' | 'shards' | 'model' | 'learnsFrom'>,
    end: () => void,
  ) {
    this.#built = built;
    this.#sink = sink;
    this.#unread = unread;
    this.#look = look;
    this.#halt = halt;
    this.#worker = worker;
    this.#end = end;
    this.#served = worker.model;
    this.#lists = new ListRefresh(built.shard, built, built.context.clock);
    this.#overload = new OverloadWatch(built.context);
    this.#states = new PacedChore(
      (work) => this.#chore(work),
      () => built.shard.sweepStep(),
      STATES_REST_MS,
    );
    this.#pages = new PageCheckpoint(built, (work) => this.#chore(work));
    this.#segments = new SegmentChores(
      built,
      (reply) => sink.reply(reply),
      (work) => this.#chore(work),
    );
    this.#swap = new ModelSwap(built, (work) => this.#choreOnce(work));
  }

  /** Begins to rebuild states that another model made, if the store has such. */
  beginSwap(): void {
    this.#swap.begin(this.#served);
  }

  /** Looks at the checksums of all that is stored, in the background. `report` is called now and then, and at the end. */
  beginCheck(report: (progress: VerifyProgress) => void): void {
    const { store, stats, clock } = this.#built.context;
    const chore = (work: () => void) => this.#choreOnce(work);
    const check = new StoreCheck({ store, stats, clock, chore }, () => report(check.progress));
    this.#check = check;
    check.begin();
  }

  /** Keeps the store within its bounds from now on; `ports` hears of what went, and of who is to go from all shards. */
  beginRetention(plan: RetentionPlan, ports: Pick<RetentionPorts, 'report' | 'idle' | 'merged'>): void {
    this.#retention = new Retention(this.#built, plan, {
      shard: this.#worker.shard,
      chore: (work) => this.#choreOnce(work),
      readsFrom: () => this.#swap.readsFrom,
      ...ports,
    });
    this.#retention.begin();
  }

  /** Ends at once what is under way, when nothing of it can be kept: another owns the journal. Resolves when the store is closed. */
  async abandon(): Promise<void> {
    this.#isOver = true;
    this.#endChores();
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

  /** Writes out changed user states, a few at a time. */
  checkpoint(): void {
    if (this.#isOver || this.#built.context.store.waitsForDisk) return;
    this.#built.shard.beginSweep();
    this.#states.begin();
  }

  /** Writes out the changed pages of the interaction graph, a few at a time. */
  checkpointInteractions(): void {
    if (this.#built.context.store.waitsForDisk) return;
    this.#pages.begin();
  }

  /** Looks who belongs to segments by now, or no longer. */
  recheckSegments(): void {
    this.#segments.recheck();
  }

  /** Lists that change for all are made a few at a time. */
  #refreshLists(note: () => void): void {
    const isRunning = this.#lists.isRunning;
    note();
    if (!isRunning) this.#chore(() => this.#lists.step());
  }

  #chore(run: () => boolean): void {
    if (this.#isOver) return;
    this.#chores.push(run);
    this.#start();
  }

  #choreOnce(work: () => void): void {
    this.#chore(() => {
      work();
      return false;
    });
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
    return this.#inbox.length > 0 || this.#hasChore || shard.hasWork || this.#rare.length > 0;
  }

  /** True when all that is to be done is of users who sit turns out. */
  get #isIdle(): boolean {
    return this.#built.shard.isStuck && this.#inbox.length === 0 && !this.#hasChore;
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
      unpackCalls(batch, (call) => {
        if (isRare(call)) this.#rare.push(call);
        else if (call.op === 'changed') this.#refreshLists(() => this.#lists.changed(call));
        else if (call.op === 'redefine')
          this.#refreshLists(() => this.#lists.redefined(shard.redefine(call)));
        else if (call.op === 'relist') this.#refreshLists(() => this.#lists.all());
        else if (call.op === 'learn') this.#learn(call);
        else shard.take(call);
      });
    }
    stats.gauge(GAUGE.queueShardInbox, shard.waiting);
    shard.flush(true, this.#hasMail);
    faultPoint('shard.tick');
    sink.end();
    this.#overload.ticked(startUs, oldestUs, shard);
    await this.#handleRare();
    this.#segments.ticked();
  }

  /** A user whose calls wait is given away later; nobody else waits for that. */
  async #handleRare(): Promise<void> {
    for (let left = this.#rare.length; left > 0; left--) {
      const call = this.#rare.shift();
      if (call === undefined) return;
      if ((call.op === 'give' || call.op === 'erase') && this.#built.shard.hasCallsOf(call.user))
        this.#rare.push(call);
      else await this.#handleSafely(call);
    }
  }

  /** What throws over one user is set aside, and answered. */
  async #handleSafely(call: RareCall): Promise<void> {
    const { inHand } = this.#built.context;
    try {
      if ('call' in call) inHand.question(call.call);
      await this.#handle(call);
      inHand.clear();
    } catch (error) {
      if (call.op !== 'give' && call.op !== 'merge' && call.op !== 'import' && call.op !== 'forget')
        throw error;
      const names = [call.op === 'merge' ? call.from : call.user, call.op];
      const message = `it could not be carried out: ${(error as Error).message}`;
      const bytes = new Uint8Array(0);
      this.#built.context.quarantine.take({ kind: 'call', names, reason: message, bytes });
      this.#sink.reply({ op: 'failed', call: call.call, message });
    }
  }

  /** Housekeeping writes: while the disk takes nothing it rests, for what it wrote would wait in memory. */
  get #hasChore(): boolean {
    return this.#chores.length > 0 && !this.#built.context.store.waitsForDisk;
  }

  /** Under too much load clicks come before it, whatever it is. */
  get #mayDoChore(): boolean {
    const hasClicks = this.#inbox.length > 0 || this.#built.shard.hasWork;
    return !hasClicks || this.#overload.mayDoChore();
  }

  async #doChore(): Promise<void> {
    const chore = this.#hasChore && this.#mayDoChore ? this.#chores.shift() : undefined;
    if (chore?.() === true) this.#chores.push(chore);
    // Without a turn of the event loop nothing that others send would arrive before all this is through.
    if (chore !== undefined || this.#hasWork) await turn();
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

  async #handle(call: RareCall): Promise<void> {
    const sink = this.#sink;
    const { shard, interactions, trends, popular } = this.#built;
    switch (call.op) {
      case 'give':
        this.#give(call);
        return;
      case 'export':
        this.#export(call);
        return;
      case 'unfinished':
        sink.reply({ op: 'unfinished', call: call.call, merges: shard.unfinished() });
        return;
      case 'seen':
        this.#seen(call);
        return;
      case 'visitorsOf':
        sink.reply({ op: 'visitorsOf', call: call.call, visitors: shard.visitorsOf(call.user) });
        return;
      case 'erase':
        this.#swap.drop(call.user);
        await eraseUser(this.#built, call.user);
        sink.reply({ op: 'done', call: call.call });
        return;
      case 'merge':
        shard.merge(call.from, call.into, call);
        this.#replyWhenDurable(call.call);
        return;
      case 'import':
        shard.importGraph(call.user, call.source, call.nodes);
        this.#replyWhenDurable(call.call);
        return;
      case 'forget':
        shard.forget(call.user, call.to);
        this.#replyWhenDurable(call.call);
        return;
      case 'order':
        rebuildTops(interactions, trends, popular);
        return;
      case 'snapshot':
        this.#snapshot(call.call, call.folder);
        return;
      case 'segments':
      case 'segmentCounts':
      case 'members':
      case 'longTerm':
        this.#segments.take(call);
        return;
      case 'stop':
        await this.#stop();
        return;
      default:
        await this.#handleSwap(call);
    }
  }

  async #handleSwap(call: SwapCall): Promise<void> {
    const sink = this.#sink;
    switch (call.op) {
      case 'prepare':
        void this.#swap.prepare(call.model, (problem) =>
          sink.reply(
            problem === undefined
              ? { op: 'done', call: call.call }
              : { op: 'failed', call: call.call, message: problem },
          ),
        );
        return;
      case 'adopt':
        await this.#swap.adopt(call.model);
        this.#served = call.model;
        this.#replyWhenDurable(call.call);
        return;
      case 'discard':
        this.#swap.discard(this.#served);
        sink.reply({ op: 'done', call: call.call });
        return;
      case 'recent':
        sink.reply({
          op: 'recent',
          call: call.call,
          records: recentRecords(this.#built.context, call.events),
        });
    }
  }

  #give({ call, user, into }: Extract<RareCall, { op: 'give' }>): void {
    const { shard } = this.#built;
    const given = shard.give(user, into);
    shard.commits.whenDurable(() => this.#sink.reply({ op: 'given', call, ...given }));
    shard.commits.commit();
  }

  #seen({ call, user, eventIds }: Extract<RareCall, { op: 'seen' }>): void {
    const { commits } = this.#built.shard;
    const seen = eventIds.map((eventId) => commits.hasEventId(user, eventId));
    commits.whenDurable(() => this.#sink.reply({ op: 'seen', call, seen }));
    commits.commit();
  }

  #export({ call, users, from, wantsState }: Extract<RareCall, { op: 'export' }>): void {
    const { context, model } = this.#built;
    const { store } = context;
    const row = wantsState ? model.users.rowOf(users[0]) : -1;
    const kept = row < 0 ? store.user(users[0]) : model.codec.encode(row);
    const state = wantsState && kept !== undefined ? new Uint8Array(kept) : undefined;
    const sessions = wantsState ? sessionsOf(store, users[0]) : [];
    this.#sink.reply({ op: 'exported', call, ...readExportPage(context, users, from), sessions, state });
  }

  #replyWhenDurable(call: number): void {
    const { commits } = this.#built.shard;
    commits.whenDurable(() => this.#sink.reply({ op: 'done', call }));
    commits.commit();
  }

  /** Everything in memory goes to the store first, then the store is copied while ticks go on. */
  #snapshot(call: number, folder: string): void {
    const built = this.#built;
    const sink = this.#sink;
    const { shard, shards } = this.#worker;
    const { store, stats } = built.context;
    this.#retention?.snapshotBegins();
    this.#writeAll(() => {
      const facts = { shard, shards, model: built.model.scorer.name, createdAt: new Date().toISOString() };
      built.shard.commits
        .idle()
        .then(() => writeSnapshot(store, folder, facts, this.#stopping.signal))
        .then(
          (manifest) => {
            stats.count(COUNTER.snapshots);
            const { users, journalEnd, bytes, files } = manifest;
            sink.reply({
              op: 'snapshot',
              call,
              entry: { shard, folder, users, journalEnd, bytes, sha256: files[0].sha256 },
            });
          },
          (error: unknown) => sink.reply({ op: 'failed', call, message: (error as Error).message }),
        );
    });
  }

  /** Hands all changed states and pages to the store. A sweep of states that runs already may have passed what has changed since, so another follows. */
  #writeAll(done: () => void): void {
    this.checkpoint();
    this.#states.hurry(() => {
      this.checkpoint();
      this.#states.hurry(() => this.#pages.hurry(done));
    });
  }

  #endChores(): void {
    this.#stopping.abort();
    this.#swap.stop();
    this.#check?.stop();
    this.#retention?.stop();
    this.#chores.length = 0;
    this.#overload.stop();
    this.#states.stop();
    this.#segments.stop();
  }

  async #stop(): Promise<void> {
    const { shard, context } = this.#built;
    this.#endChores();
    if (!this.#halt.isRaised) shard.flush();
    const { store } = context;
    // What a halt leaves out is in the journal, or nobody was told that it is durable.
    if (!store.waitsForDisk && !this.#halt.isRaised) {
      // A sweep that runs already began a while ago; the one after it contains all.
      for (let sweeps = 0; sweeps < 2; sweeps++) {
        shard.beginSweep();
        while (!this.#halt.isRaised && shard.sweepStep());
      }
      if (this.#worker.learnsFrom === undefined) this.#pages.end();
    }
    shard.commits.commit();
    context.quarantine.stop();
    // What a full disk does not take now is given up here; nobody was told that it is durable.
    await store.close();
    this.#end();
  }
}

type SwapCall = Extract<ShardCall, { op: 'prepare' | 'adopt' | 'discard' | 'recent' }>;
type RareCall =
  | SwapCall
  | SegmentCall
  | Extract<
      ShardCall,
      {
        op:
          | 'give'
          | 'merge'
          | 'import'
          | 'forget'
          | 'visitorsOf'
          | 'erase'
          | 'unfinished'
          | 'seen'
          | 'export'
          | 'order'
          | 'snapshot'
          | 'stop';
      }
    >;

const RARE: ReadonlySet<string> = new Set([
  'give',
  'merge',
  'import',
  'forget',
  'unfinished',
  'visitorsOf',
  'erase',
  'seen',
  'export',
  'order',
  'snapshot',
  'stop',
  'prepare',
  'adopt',
  'discard',
  'recent',
  'segments',
  'segmentCounts',
  'members',
  'longTerm',
]);

function isRare(call: ShardCall): call is RareCall {
  return RARE.has(call.op);
}

function recentRecords({ store, quarantine }: ShardContext, events: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (const { bytes } of readRecords(store, quarantine, Math.max(0, store.journal.end - events)))
    records.push(new Uint8Array(bytes));
  return records;
}
