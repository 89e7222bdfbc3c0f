import { randomInt } from 'node:crypto';
import type { AtRiskAsked, UserAtRisk } from '../graph/return-risk.js';
import type { ImportedGraph } from '../graph/interest/import-graph.js';
import type { Log } from '../../metrics/process/log.js';
import { invariant } from '../../metrics/invariant.js';
import { GAUGE } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type {
  CatalogueChange,
  ClusterSeat,
  Erased,
  EventOutcome,
  EventTaken,
  MergedVisitor,
  OpenedSession,
  LoopTimes,
  ModelTaker,
  RankOutcome,
  ShardEvents,
  ShardPool,
} from './shard-pool.js';
import type { SharedInteractions } from '../graph/interactions/interaction-buffers.js';
import type { LongTermPage } from '../clusters/long-term-sample.js';
import type { SharedMarket } from '../market/shared-market.js';
import { OpenUsers } from './open-users.js';
import type { QueueBounds } from '../owed/outstanding.js';
import {
  countSegments,
  longTermPages,
  membersOf,
  usersAtRisk,
  recentRecords,
  snapshotShards,
  swapModels,
  type SegmentCounts,
} from './all-shards.js';
import { ShardHandle } from './shard-handle.js';
import { HaltFlag } from '../wire/halt-flag.js';
import type { ThreadWatch } from './supervised-thread.js';
import { exportOf, type ExportPiece } from './user-export.js';
import type { Consent, SaidConsent } from '../graph/user-consent.js';
import { NO_SEGMENTS, type PostedSegments } from '../graph/segment-rule.js';
import type { UserGraph } from '../graph/user-graph.js';
import type { ModelSource, PostedModel } from '../wire/posted-model.js';
import {
  attributesFor,
  importFor,
  consentFor,
  graphOf,
  knownEvents,
  takeEvents,
  type Tuning,
} from './user-operations.js';
import { UserErasures } from './user-erasures.js';
import { openMerged, VisitorMerges } from './visitor-merges.js';
import type { RunData } from '../wire/worker-data.js';
import type { RankRequest, SlotDefinition } from '../wire/slot-lists.js';
import type { ShardEvent } from '../wire/shard-event.js';
import type { ShardReport } from '../wire/shard-report.js';
import type { SegmentMove, SnapshotEntry } from '../wire/calls.js';
import { nameOf, type NamedKey, type UserKey, type VisitorKey } from '../store/user-key.js';

/** Nobody has the number of somebody else who reads members, at another node of a cluster either. */
const STREAM_MAX = 2 ** 48 - 1;
const NO_SLOTS: ReadonlySet<string> = new Set();

/** How many shards a pool has, what their threads are started with, and who hears of trouble. */
export interface PoolPlan {
  readonly shards: number;
  readonly bounds: QueueBounds;
  /** Everything a thread is started with but what the pool decides. */
  readonly worker: Omit<
    RunData,
    'shard' | 'shards' | 'folder' | 'stats' | 'halt' | 'inHand' | 'keepsInteractions'
  >;
  readonly folderOf: (shard: number) => string;
  /** The gateway thread's own stats. */
  readonly stats: ThreadStats;
  readonly log: Log;
  /** Aborted when a start is to be given up. */
  readonly signal?: AbortSignal;
  /** Runs a shard elsewhere than in a thread of its own; learning and the ends of merges are whoever's it is, then. */
  readonly startRun?: ThreadWatch['startRun'];
  /** Users have been on their shards from the first: no other one has anything of theirs. */
  readonly usersStay?: boolean;
}

/**
 * The public face of the shards: starts and supervises their threads, places users, numbers channels, sessions and
 * questions, and gives answers back in order.
 *
 * A shard that crashes is started again from its store. Sockets stay open meanwhile: calls for it are kept and delivered
 * to the new thread, with those that were not durable when it died; D2 makes that safe. A shard that crashes again and
 * again is started again after longer and longer pauses, and never given up; who waits for it is answered after a while.
 */
export class WorkerPool implements ShardPool {
  readonly cluster: ClusterSeat | undefined = undefined;
  readonly #plan: PoolPlan;
  /** Hears of users who come into segments or leave them. */
  #segmentsMoved: (move: SegmentMove) => void = () => {};
  #segmentsRevision = NO_SEGMENTS.revision;
  /** By shard. */
  protected readonly handles: readonly ShardHandle[];
  protected readonly users: OpenUsers;
  readonly #merges: VisitorMerges;
  readonly #erasures: UserErasures;
  #events: ShardEvents | undefined;
  readonly #halt = new HaltFlag();
  #nextNumber = 1;
  #gauges: NodeJS.Timeout | undefined;

  protected constructor(plan: PoolPlan) {
    this.#plan = plan;
    this.handles = Array.from({ length: plan.shards }, (_, shard) => this.#makeHandle(shard));
    this.users = new OpenUsers(this.handles);
    this.#erasures = new UserErasures(
      { users: this.users, handles: this.handles, usersStay: plan.usersStay === true },
      (channel) => this.#events?.erased(channel),
    );
    this.#merges = new VisitorMerges(
      this.users,
      (channel, into) => this.#events?.moved(channel, into),
      plan.usersStay === true,
    );
  }

  /** Starts all shards; resolves when they have recovered and ended the merges that were begun. Rejects with the first start-up error. */
  static start(plan: PoolPlan): Promise<WorkerPool> {
    return new WorkerPool(plan).begin();
  }

  /** As `start`. */
  protected async begin(): Promise<this> {
    const { shards, signal, startRun } = this.#plan;
    process.env['ORT_DISABLE_TELEMETRY'] = '1'; // Threads inherit it; ONNX Runtime reads it when the first one loads it.
    const giveUp = () => this.halt();
    signal?.addEventListener('abort', giveUp);
    try {
      await Promise.all(this.handles.map((handle) => handle.start()));
      if (startRun === undefined) await this.finishMerges(this.handles);
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
    if (shards > 1 && startRun === undefined) for (const handle of this.handles) handle.tell({ op: 'order' });
    this.#gauges = setInterval(() => this.#writeGauges(), 1_000);
    this.#gauges.unref();
    return this;
  }

  /** Ends the merges that were begun on these shards and are not over. */
  protected finishMerges(handles: readonly ShardHandle[]): Promise<void> {
    return this.#merges.finishAll(handles);
  }

  get model(): string {
    return this.handles[0].model;
  }

  get market(): SharedMarket {
    return this.#plan.worker.market;
  }

  get interactions(): SharedInteractions {
    return this.#plan.worker.interactions;
  }

  /** Stats of the shards' threads, for the registry. */
  stats(): readonly { readonly thread: string; readonly stats: ThreadStats }[] {
    return this.handles.map(({ shard, stats }) => ({ thread: `shard-${shard}`, stats }));
  }

  listen(events: ShardEvents): void {
    this.#events = events;
    for (const handle of this.handles) handle.listen(events);
  }

  async open(user: NamedKey, session: string, visitor?: VisitorKey, sent?: number): Promise<OpenedSession> {
    const merged = visitor === undefined ? Promise.resolve() : this.merge(visitor, user);
    const opened = await openMerged(this.users, merged, { user, session, ...goesOn(sent) });
    if ('mergedSeq' in opened) invariant(false, 'a named user is never merged');
    return opened;
  }

  openVisitor(visitor: VisitorKey, sent?: number): Promise<OpenedSession | MergedVisitor> {
    return this.users.open(visitor, nameOf(visitor), { isExact: true, ...goesOn(sent) });
  }

  close(session: number): void {
    this.users.close(session);
  }

  ownerUrl(_user: UserKey): string | undefined {
    return undefined;
  }

  subscribe(channel: number, slots: readonly SlotDefinition[]): void {
    this.define(channel, slots, NO_SLOTS);
  }

  /** See `ShardHandle.define`. */
  protected define(channel: number, slots: readonly SlotDefinition[], unknown: ReadonlySet<string>): void {
    const open = this.users.channel(channel);
    if (open !== undefined) this.users.handleOf(open).define(open, slots, unknown);
  }

  redefine(channel: number, slots: readonly SlotDefinition[]): void {
    const open = this.users.channel(channel);
    if (open !== undefined) this.users.handleOf(open).redefine(open, slots);
  }

  unsubscribe(channel: number, names: readonly string[]): void {
    const open = this.users.channel(channel);
    if (open !== undefined) this.users.handleOf(open).undefine(open, names);
  }

  event(channel: number, session: number, event: ShardEvent): EventTaken {
    const open = this.users.session(session);
    if (open === undefined || open.channel.isMoving) return 'busy';
    const handle = this.users.handleOf(open.channel);
    const noRoom = handle.noRoomFor(1, open.channel);
    if (noRoom !== undefined) return noRoom;
    handle.takeEvent(channel, open, event);
    return 'taken';
  }

  rank(channel: number, request: RankRequest, done: (outcome: RankOutcome) => void): void {
    const open = this.users.channel(channel);
    if (open === undefined) done('gone');
    else this.users.handleOf(open).rank(open, request, done);
  }

  rankFor(user: UserKey, request: RankRequest, done: (outcome: RankOutcome) => void): void {
    const handle = this.users.ownerOf(user);
    // It counts from now on, or any number would wait for a merge.
    const noRoom = handle.takeRank(user);
    if (noRoom !== undefined) return done(noRoom);
    const ask = () => handle.rankFor(user, request, done);
    if (this.users.moving.has(user)) void this.users.whenSettled(user).then(ask);
    else ask();
  }

  graph(user: UserKey): Promise<UserGraph> {
    return graphOf(this.users, user);
  }

  exportOf(user: UserKey): AsyncGenerator<ExportPiece> {
    return exportOf(this.users, this.handles, user);
  }

  tune(user: UserKey, tuning: Tuning): Promise<UserGraph> {
    return graphOf(this.users, user, tuning);
  }

  consent(user: UserKey, said: SaidConsent): Promise<Consent> {
    return consentFor(this.users, user, said);
  }

  attributes(user: UserKey, attributes: string): Promise<void> {
    return attributesFor(this.users, user, attributes);
  }

  importGraph(user: NamedKey, imported: ImportedGraph): Promise<void> {
    return importFor(this.users, user, imported);
  }

  defineSegments(segments: PostedSegments, moved: (move: SegmentMove) => void): void {
    this.#segmentsMoved = moved;
    this.#segmentsRevision = segments.revision;
    for (const handle of this.handles) handle.defineSegments(segments);
  }

  segmentCounts(): Promise<SegmentCounts> {
    return countSegments(this.handles, this.#segmentsRevision);
  }

  longTermPages(): AsyncGenerator<LongTermPage> {
    return longTermPages(this.handles);
  }

  usersAtRisk(asked: Omit<AtRiskAsked, 'after'>): AsyncGenerator<readonly UserAtRisk[]> {
    return usersAtRisk(this.handles, asked);
  }

  membersOf(segment: number): AsyncGenerator<readonly string[]> {
    return membersOf(this.handles, segment, randomInt(STREAM_MAX));
  }

  withdraw(user: UserKey, said: SaidConsent): void {
    this.users.ownerOf(user).withdraw(user, said);
  }

  eventsFor(user: UserKey, events: readonly ShardEvent[]): Promise<EventOutcome[]> {
    return takeEvents(this.users, user, events);
  }

  knownEvents(user: UserKey, eventIds: readonly string[]): Promise<boolean[]> {
    return knownEvents(this.users, user, eventIds);
  }

  merge(visitor: VisitorKey, into: NamedKey): Promise<boolean> {
    return this.#merges.merge(visitor, into);
  }

  erase(user: UserKey): Promise<Erased> {
    return this.#erasures.erase(user);
  }

  snapshot(folder: string): Promise<readonly SnapshotEntry[]> {
    return snapshotShards(this.handles, folder);
  }

  swapModel(model: PostedModel, _source?: ModelSource): Promise<void> {
    return swapModels(this.handles, model);
  }

  /** Alone it serves with what its own gateway has chosen. */
  takeModels(_taker: ModelTaker): void {
    return undefined;
  }

  recentRecords(events: number): Promise<readonly Uint8Array[]> {
    return recentRecords(this.handles, events);
  }

  reports(): readonly ShardReport[] {
    return this.handles.map(({ report }) => report);
  }

  get loops(): LoopTimes[] {
    return this.handles.map(({ loop }) => loop);
  }

  get waitsForDisk(): boolean {
    return this.handles.some((handle) => handle.waitsForDisk);
  }

  get shedLevel(): number {
    let level = 0;
    for (const handle of this.handles) level = Math.max(level, handle.shedLevel);
    return level;
  }

  get rebuildBehind(): number {
    return this.handles.reduce((sum, { stats }) => sum + stats.gaugeValue(GAUGE.rebuildBehind), 0);
  }

  catalogueChanged(change: CatalogueChange): void {
    for (const handle of this.handles) handle.tell({ op: 'changed', ...change });
  }

  get unanswered(): number {
    return this.handles.reduce((sum, { owed }) => sum + owed.count, 0);
  }

  halt(): void {
    this.#halt.raise();
  }

  async stop(): Promise<void> {
    clearInterval(this.#gauges);
    await Promise.all(this.handles.map((handle) => handle.stop()));
  }

  #makeHandle(shard: number): ShardHandle {
    const { worker, shards, folderOf, bounds, stats, log } = this.#plan;
    return new ShardHandle(
      { ...worker, shard, shards, folder: folderOf(shard), halt: this.#halt.buffer },
      {
        bounds,
        stats,
        log,
        startRun: this.#plan.startRun,
        number: () => this.#nextNumber++,
        moved: (move) => this.#segmentsMoved(move),
        idle: (users) => this.#eraseIdle(users),
        merged: (visitors) => this.#forgetMerged(visitors),
        learned: (item, atMs, session, before) => {
          for (const other of this.handles)
            if (other.shard !== shard) other.tell({ op: 'learn', item, atMs, session, before });
        },
      },
    );
  }

  /** Whoever has come back meanwhile stays. Whoever could not be erased is found by the next walk. */
  #eraseIdle(found: readonly string[]): void {
    const users = found.filter((user) => !this.users.ownerOf(user as NamedKey).owed.byUser.has(user));
    for (const user of users)
      void this.erase(user as NamedKey).catch((error: unknown) =>
        this.#plan.log.warn({ err: error }, 'a user of long ago could not be erased; tried again later'),
      );
    if (users.length > 0) this.#plan.log.info({ users: users.length }, 'named users of long ago are erased');
  }

  /** Those of whom something could not be taken away are found by the next walk. */
  #forgetMerged(visitors: readonly string[]): void {
    for (const visitor of visitors)
      void this.#erasures
        .forgetMerged(visitor as VisitorKey)
        .catch((error: unknown) =>
          this.#plan.log.warn({ err: error }, 'the mark of a merged visitor could not go; tried again later'),
        );
    this.#plan.log.info({ visitors: visitors.length }, 'marks of visitors who were merged long ago go');
  }

  #writeGauges(): void {
    for (const handle of this.handles) {
      // The only cell of a shard's that this thread writes, and nobody else does.
      handle.stats.gauge(GAUGE.queueToShard, handle.owed.count);
      handle.expire();
    }
  }
}

function goesOn(sent: number | undefined): { readonly sent?: number } {
  return sent === undefined ? {} : { sent };
}
