import type { UserAtRisk } from '../../../shards/graph/return-risk.js';
import type { LongTermPage } from '../../../shards/clusters/long-term-sample.js';
import type { LoopTimes, PostedSegment, PostedSegments, SegmentMove } from '../../../shards/api.js';
import { NODE } from '../../../shards/graph/interest/interest-slabs.js';
import type { ImportedGraph } from '../../../shards/graph/interest/import-graph.js';
import type { ExportPiece } from '../../../shards/pool/user-export.js';
import type { UserGraph, UserInterest } from '../../../shards/graph/user-graph.js';
import type { PostedModel } from '../../../shards/wire/posted-model.js';
import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import {
  MergedError,
  OverloadedError,
  type CatalogueChange,
  type Erased,
  type EventOutcome,
  type EventTaken,
  type MergedVisitor,
  type OpenedSession,
  type RankOutcome,
  type RankRefusal,
  type ShardEvents,
  type ShardPool,
} from '../../../shards/pool/shard-pool.js';
import { valuedOrder } from '../../../shards/ranking/lists/valued-order.js';
import type { RankRequest, ShardList, SlotDefinition } from '../../../shards/wire/slot-lists.js';
import { decodeEvents, encodeRecord } from '../../../shards/store/journal-record.js';
import type { ShardEvent } from '../../../shards/wire/shard-event.js';
import type { SnapshotEntry } from '../../../shards/wire/calls.js';
import {
  consentOf,
  withdrawnIn,
  withheldAfter,
  type Consent,
  type SaidConsent,
} from '../../../shards/graph/user-consent.js';
import { nameOf, type NamedKey, type UserKey, type VisitorKey } from '../../../shards/store/user-key.js';
import type { ShardReport } from '../../../shards/wire/shard-report.js';

/** What the fake has to know of the catalogue; a `CatalogueView` is one. */
export interface FakeCatalogue {
  readonly indexCount: number;
  isRecommendable(index: number): boolean;
  passes(filter: NonNullable<SlotDefinition['filter']>, index: number): boolean;
}

/** A session of a user, open or not. */
interface FakeSession {
  readonly id: string;
  /** `seq` of the last event that was applied. */
  applied: number;
  /** What tells each of its events from another one. */
  readonly events: string[];
}

interface FakeUser {
  readonly name: UserKey;
  readonly weights: Map<number, number>;
  readonly dismissed: Set<number>;
  readonly bought: Set<number>;
  readonly viewed: Set<number>;
  readonly sessions: Map<string, FakeSession>;
  readonly eventIds: Set<string>;
  rev: number;
  /** Bits of `WITHHELD`. */
  withheld: number;
}

interface OpenChannel {
  readonly number: number;
  readonly user: FakeUser;
  readonly slots: Map<string, SlotDefinition>;
  /** Items of the list of each slot that was sent last. */
  readonly shown: Map<string, Int32Array>;
  /** Of its sessions, each as often as it is held. */
  holders: number;
  /** True while the user is merged into another, and from then on. */
  isMoving: boolean;
}

interface OpenSession {
  readonly number: number;
  readonly channel: OpenChannel;
  readonly session: FakeSession;
  holders: number;
}

const NO_EVENTS: ShardEvents = {
  list() {},
  current() {},
  applied() {},
  durable() {},
  refused() {},
  moved() {},
  erased() {},
};
const BATCH_EVENTS_MAX = 64;

/**
 * A `ShardPool` in one object, in this thread. `test/contract/shard-pool.test.ts` runs on it and on the real one; only
 * snapshots, and how an item is scored, are its own: what is near the user's clicks, then what everybody clicked.
 *
 * Work is done in turns of the event loop: first all that waits is applied and its lists go out (several events, one list),
 * then, a turn later, it becomes durable.
 */
export class FakePool implements ShardPool {
  model = 'fake@1';
  rebuildBehind = 0;
  waitsForDisk = false;
  loops: LoopTimes[] = [];
  /** What an answer to a rank took of the shard. */
  shardUs = 0;
  shedLevel = 0;
  shardReports: ShardReport[] = [];
  /** Everything said to the pool that tests look at, oldest first. */
  readonly log: string[] = [];
  /** False: the queue is full. */
  takesEvents = true;
  /** Set to turn ranks away with it. */
  /** What each user said last. */
  readonly tunings = new Map<UserKey, { readonly interest: number; readonly value: number }>();
  refusesRanks: RankRefusal | undefined;
  /** True: ranks are not answered until it is false again. */
  holdsRanks = false;
  /** Set to keep events from becoming durable. */
  holdsCommits = false;
  #receiver: ShardEvents = NO_EVENTS;
  readonly #catalogue: FakeCatalogue;
  readonly #users = new Map<UserKey, FakeUser>();
  /** Visitors who were merged, and the last `seq` of their session. */
  readonly #merged = new Map<UserKey, number>();
  /** Whose they are. */
  readonly #owners = new Map<UserKey, UserKey>();
  /** Visitors who are being merged. */
  readonly #moving = new Map<UserKey, Promise<boolean>>();
  readonly #channels = new Map<number, OpenChannel>();
  readonly #sessions = new Map<number, OpenSession>();
  readonly #popularity = new Map<number, number>();
  #queue: (() => void)[] = [];
  #dirty = new Set<OpenChannel>();
  /** The last event of each session that is applied and not durable. */
  readonly #uncommitted = new Map<OpenSession, number>();
  /** Everything that waits for the next commit, oldest first. */
  #onCommit: (() => void)[] = [];
  readonly #records: Uint8Array[] = [];
  #heldRanks: (() => void)[] = [];
  #isScheduled = false;
  #next = 1;
  #rev = 1;

  constructor(catalogue: FakeCatalogue) {
    this.#catalogue = catalogue;
  }

  get unanswered(): number {
    return this.#queue.length + this.#uncommitted.size + this.#heldRanks.length;
  }

  halt(): void {
    this.log.push('halt');
  }

  listen(events: ShardEvents): void {
    this.#receiver = events;
  }

  async open(user: NamedKey, sessionId: string, visitor?: VisitorKey): Promise<OpenedSession> {
    const from = visitor === undefined ? '' : ` from ${nameOf(visitor)}`;
    this.log.push(`open ${nameOf(user)} ${sessionId}${from}`);
    if (visitor !== undefined) await this.merge(visitor, user);
    return this.#open(user, sessionId);
  }

  async openVisitor(visitor: VisitorKey): Promise<OpenedSession | MergedVisitor> {
    this.log.push(`open ${nameOf(visitor)} ${nameOf(visitor)}`);
    await this.#moving.get(visitor);
    const mergedSeq = this.#merged.get(visitor);
    return mergedSeq === undefined ? this.#open(visitor, nameOf(visitor)) : { mergedSeq };
  }

  #open(user: UserKey, sessionId: string): Promise<OpenedSession> {
    return new Promise((resolve) => {
      this.#later(() => {
        const opened = this.#hold(this.#user(user), sessionId);
        const { channel, session } = opened;
        this.#whenDurable(() =>
          resolve({
            channel: channel.number,
            session: opened.number,
            user: channel.user.name,
            seq: session.applied,
            applied: session.applied,
            rev: channel.user.rev,
          }),
        );
      });
    });
  }

  readonly cluster = undefined;

  /** What each user's client said of them last, and the segments that there are. */
  readonly attributesOf = new Map<UserKey, string>();
  segments: readonly PostedSegment[] = [];
  /** Told of moves, which a test makes up. */
  tellMove: (move: SegmentMove) => void = () => {};

  attributes(user: UserKey, attributes: string): Promise<void> {
    this.attributesOf.set(user, attributes);
    return Promise.resolve();
  }

  /** What was imported for each user, in order. */
  readonly imported = new Map<UserKey, ImportedGraph[]>();

  importGraph(user: NamedKey, imported: ImportedGraph): Promise<void> {
    this.imported.set(user, [...(this.imported.get(user) ?? []), imported]);
    return Promise.resolve();
  }

  /** Of the segments that there are. */
  revision = 0;

  defineSegments({ revision, segments }: PostedSegments, moved: (move: SegmentMove) => void): void {
    this.segments = segments;
    this.revision = revision;
    this.tellMove = moved;
  }

  segmentCounts(): ReturnType<ShardPool['segmentCounts']> {
    const counts = this.segments.map(({ number }) => ({ segment: number, users: 0, visitors: 0 }));
    return Promise.resolve({ counts, isComplete: true });
  }

  /** Names of members by number of segment, page by page. */
  readonly members = new Map<number, readonly (readonly string[])[]>();

  /** What `longTermPages` tells. */
  readonly longTerm: LongTermPage[] = [];

  async *longTermPages(): AsyncGenerator<LongTermPage> {
    yield* this.longTerm;
  }

  /** What `usersAtRisk` tells, page by page. */
  readonly atRisk: (readonly UserAtRisk[])[] = [];

  async *usersAtRisk(): AsyncGenerator<readonly UserAtRisk[]> {
    yield* this.atRisk;
  }

  async *membersOf(segment: number): AsyncGenerator<readonly string[]> {
    yield* this.members.get(segment) ?? [];
  }

  /** Addresses of other nodes that answer for a user. */
  readonly owners = new Map<UserKey, string>();

  ownerUrl(user: UserKey): string | undefined {
    return this.owners.get(user);
  }

  close(number: number): void {
    this.log.push(`close ${number}`);
    const open = this.#sessions.get(number);
    if (open === undefined) throw new Error(`session ${number} is not open`);
    if (--open.holders === 0) this.#sessions.delete(number);
    if (--open.channel.holders === 0) this.#channels.delete(open.channel.number);
  }

  subscribe(channel: number, slots: readonly SlotDefinition[]): void {
    this.log.push(`subscribe ${slots.map(({ name }) => name).join()}`);
    this.#later(() => {
      const open = this.#channels.get(channel);
      for (const slot of slots) {
        open?.slots.set(slot.name, slot);
        if (open !== undefined) this.#say(open, slot);
      }
    });
  }

  redefine(channel: number, slots: readonly SlotDefinition[]): void {
    this.subscribe(channel, slots);
  }

  unsubscribe(channel: number, names: readonly string[]): void {
    this.log.push(`unsubscribe ${names.join()}`);
    this.#later(() => names.forEach((name) => this.#channels.get(channel)?.slots.delete(name)));
  }

  event(_channel: number, session: number, event: ShardEvent): EventTaken {
    const open = this.#sessions.get(session);
    if (!this.takesEvents || open === undefined || open.channel.isMoving) return 'busy';
    this.#later(() => this.#applySessionEvent(open, event));
    return 'taken';
  }

  rank(channel: number, request: RankRequest, done: (outcome: RankOutcome) => void): void {
    const open = this.#channels.get(channel);
    const refusal = open === undefined ? 'gone' : this.refusesRanks;
    if (refusal !== undefined) done(refusal);
    else if (open !== undefined) this.#later(() => this.#answer(open.user, request, done));
  }

  rankFor(user: UserKey, request: RankRequest, done: (outcome: RankOutcome) => void): void {
    if (this.refusesRanks !== undefined) return done(this.refusesRanks);
    if (this.#merged.has(user)) return done('merged');
    this.#later(() => this.#answer(this.#user(user), request, done));
  }

  graph(user: UserKey): Promise<UserGraph> {
    if (this.refusesRanks !== undefined) return Promise.reject(new OverloadedError('too many wait'));
    if (this.#merged.has(user)) return Promise.reject(new MergedError('the visitor was merged'));
    return new Promise((resolve) => {
      this.#later(() => {
        const nodes = [...this.#user(user).weights].map(([key, weight]) => ({
          kind: NODE.item,
          key,
          term: '',
          weight,
          firstMs: 1_000,
          lastMs: 1_000,
          interest: 1,
        }));
        const consent = consentOf(this.#user(user).withheld);
        resolve({
          atMs: 1_000,
          nodes,
          edges: [],
          interests: this.#interests(user),
          consent,
          segments: [],
          session: [],
        });
      });
    });
  }

  async *exportOf(user: UserKey): AsyncGenerator<ExportPiece> {
    const sessions = [...this.#user(user).sessions.values()].map(({ id, applied }) => ({
      userId: user,
      sessionId: id,
      seq: applied,
      atMs: 1_000,
    }));
    yield { kept: { sessions, state: undefined }, events: [] };
    for (const record of this.#records)
      yield {
        events: decodeEvents(record).filter(
          (event) => event.user === user || this.#owners.get(event.user as UserKey) === user,
        ),
      };
  }

  tune(user: UserKey, tuning: { readonly interest: number; readonly value: number }): Promise<UserGraph> {
    this.tunings.set(user, tuning);
    return this.graph(user);
  }

  consent(user: UserKey, said: SaidConsent): Promise<Consent> {
    if (this.refusesRanks !== undefined) {
      this.withdraw(user, said);
      return Promise.reject(new OverloadedError('too many wait'));
    }
    if (this.#merged.has(user)) return Promise.reject(new MergedError('the visitor was merged'));
    return new Promise((resolve) => {
      this.#later(() => {
        const known = this.#user(user);
        known.withheld = withheldAfter(known.withheld, said);
        resolve(consentOf(known.withheld));
      });
    });
  }

  withdraw(user: UserKey, said: SaidConsent): void {
    const withdrawn = withdrawnIn(said);
    if (withdrawn === undefined) return;
    this.#later(() => {
      const known = this.#user(user);
      known.withheld = withheldAfter(known.withheld, withdrawn);
    });
  }

  #interests(user: UserKey): UserInterest[] {
    const tune = this.tunings.get(user)?.value ?? 0;
    return [{ id: 1, share: 1, trend: 'new', lastMs: 1_000, tune, said: [] }];
  }

  knownEvents(userName: UserKey, eventIds: readonly string[]): Promise<boolean[]> {
    const used = this.#user(userName).eventIds;
    return Promise.resolve(eventIds.map((id) => used.has(id)));
  }

  eventsFor(userName: UserKey, events: readonly ShardEvent[]): Promise<EventOutcome[]> {
    if (!this.takesEvents) return Promise.reject(new OverloadedError('the queue is full'));
    if (this.#merged.has(userName)) return Promise.reject(new MergedError('the visitor was merged'));
    if (this.#channelsOf(userName).some(({ isMoving }) => isMoving))
      return Promise.reject(new OverloadedError(`"${nameOf(userName)}" is being merged into another user`));
    return new Promise((resolve) => {
      this.#later(() => {
        const user = this.#user(userName);
        const outcomes = events.map((event) => this.#applyOnce(user, event));
        this.#onCommit.push(() => resolve(outcomes));
      });
    });
  }

  /** Nothing is stored here but in memory. */
  erase(user: UserKey): Promise<Erased> {
    this.log.push(`erase ${nameOf(user)}`);
    for (const channel of this.#channelsOf(user)) this.#receiver.erased(channel.number);
    this.#users.delete(user);
    return Promise.resolve({ visitors: 0 });
  }

  async merge(from: VisitorKey, into: NamedKey): Promise<boolean> {
    for (let running = this.#moving.get(from); running !== undefined; running = this.#moving.get(from))
      await running;
    const merge = this.#mergeNow(from, into);
    this.#moving.set(from, merge);
    try {
      return await merge;
    } finally {
      this.#moving.delete(from);
    }
  }

  #mergeNow(from: VisitorKey, into: NamedKey): Promise<boolean> {
    const channels = this.#channelsOf(from);
    for (const channel of channels) channel.isMoving = true;
    return new Promise((resolve) => {
      this.#later(() => {
        const isMerged = this.#mergeInto(from, this.#user(into));
        this.#whenDurable(() => {
          for (const channel of channels) {
            if (isMerged) this.#receiver.moved(channel.number, into);
            else channel.isMoving = false;
          }
          resolve(isMerged);
        });
      });
    });
  }

  snapshot(folder: string): Promise<readonly SnapshotEntry[]> {
    return Promise.resolve([
      { shard: 0, folder, users: this.#users.size, journalEnd: 0, bytes: 0, sha256: '0'.repeat(64) },
    ]);
  }

  swapModel(model: PostedModel): Promise<void> {
    this.model = model.name;
    this.#redoLists();
    return Promise.resolve();
  }

  takeModels(): void {
    return undefined;
  }

  reports(): readonly ShardReport[] {
    return this.shardReports;
  }

  recentRecords(events: number): Promise<readonly Uint8Array[]> {
    return Promise.resolve(this.#records.slice(-events));
  }

  catalogueChanged({ items }: CatalogueChange): void {
    this.log.push(`changed ${items.join()}`);
    const isConcerned = (shown: Int32Array): boolean => items.some((item) => shown.includes(item));
    this.#later(() => {
      for (const channel of this.#channels.values())
        if ([...channel.shown.values()].some(isConcerned)) this.#dirty.add(channel);
    });
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  /** Answers what `holdsRanks` kept back. */
  releaseRanks(): void {
    this.holdsRanks = false;
    for (const answer of this.#heldRanks.splice(0)) answer();
  }

  releaseCommits(): void {
    this.holdsCommits = false;
    this.#commit();
  }

  #redoLists(): void {
    this.#later(() => this.#channels.forEach((channel) => this.#dirty.add(channel)));
  }

  #later(work: () => void): void {
    this.#queue.push(work);
    if (!this.#isScheduled) setImmediate(() => this.#turn());
    this.#isScheduled = true;
  }

  #turn(): void {
    this.#isScheduled = false;
    const work = this.#queue.splice(0, BATCH_EVENTS_MAX);
    if (this.#queue.length > 0) {
      this.#isScheduled = true;
      setImmediate(() => this.#turn());
    }
    for (const step of work) step();
    this.#sendLists();
    if (this.#hasUncommitted() && !this.holdsCommits) setImmediate(() => this.#commit());
  }

  #sendLists(): void {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const channel of dirty) {
      if (!this.#channels.has(channel.number)) continue;
      for (const slot of channel.slots.values()) this.#say(channel, slot);
    }
  }

  #say(channel: OpenChannel, slot: SlotDefinition): void {
    const list = this.#list(channel.user, slot);
    channel.shown.set(slot.name, list.items);
    this.#receiver.list(channel.number, slot.name, list);
  }

  #hasUncommitted(): boolean {
    return this.#uncommitted.size > 0 || this.#onCommit.length > 0;
  }

  /** Calls `done` when all that was applied is durable. */
  #whenDurable(done: () => void): void {
    if (this.#hasUncommitted()) this.#onCommit.push(done);
    else done();
  }

  #commit(): void {
    for (const [{ number }, seq] of this.#uncommitted) this.#receiver.durable(number, seq, 0, 0);
    this.#uncommitted.clear();
    const waiting = this.#onCommit;
    this.#onCommit = [];
    for (const done of waiting) done();
  }

  #applySessionEvent(open: OpenSession, event: ShardEvent): void {
    const { session, channel } = open;
    if (event.seq > session.applied + 1)
      return this.#receiver.refused(open.number, event.seq, 'seq_gap', session.applied + 1);
    if (event.seq === session.applied + 1) {
      session.applied = event.seq;
      session.events[event.seq] = contentOf(event);
      if (consentOf(channel.user.withheld).learn) this.#apply(channel.user, session.id, event);
      this.#dirty.add(channel);
    } else if (session.events[event.seq] !== contentOf(event))
      return this.#receiver.refused(open.number, event.seq, 'seq_taken', session.applied + 1);
    this.#receiver.applied(open.number, event.seq);
    this.#uncommitted.set(open, Math.max(this.#uncommitted.get(open) ?? 0, event.seq));
  }

  #applyOnce(user: FakeUser, event: ShardEvent): EventOutcome {
    const id = event.eventId ?? '';
    if (user.eventIds.has(id)) return 'duplicate';
    user.eventIds.add(id);
    if (!consentOf(user.withheld).learn) return 'not_kept';
    this.#apply(user, '', event);
    for (const channel of this.#channels.values()) if (channel.user === user) this.#dirty.add(channel);
    return 'applied';
  }

  #apply(user: FakeUser, session: string, event: ShardEvent): void {
    this.log.push(`apply ${event.seq} ${event.kind} ${[...event.items].join()}${event.query}`);
    const { hits, eventId = '' } = event;
    this.#records.push(
      encodeRecord([{ ...event, user: user.name, session, hits: [...(hits ?? [])], eventId }]),
    );
    for (const item of event.items) {
      if (event.kind === EVENT_KIND.dismiss_item) user.dismissed.add(item);
      if (event.kind === EVENT_KIND.purchase) user.bought.add(item);
      user.viewed.add(item);
      user.weights.set(item, (user.weights.get(item) ?? 0) + 1);
      this.#popularity.set(item, (this.#popularity.get(item) ?? 0) + 1);
    }
    for (const hit of hits ?? []) user.weights.set(hit, (user.weights.get(hit) ?? 0) + 0.1);
  }

  #answer(user: FakeUser, request: RankRequest, done: (outcome: RankOutcome) => void): void {
    const answer = (): void =>
      done({ ...this.#ordered(user, request), degraded: false, shardUs: this.shardUs });
    if (this.holdsRanks) this.#heldRanks.push(answer);
    else answer();
  }

  /** Candidates with values by what they are worth, anything else by score. */
  #ordered(user: FakeUser, { slot, candidates, values }: RankRequest): ShardList {
    if (values === undefined) return this.#list(user, slot, candidates);
    const { items, scores, ...rest } = this.#list(user, { ...slot, k: candidates?.length ?? 0 }, candidates);
    const count = items.length;
    const ranked = { items, scores, rows: new Int32Array(count), count, max: count };
    const { list, scores: worths } = valuedOrder(ranked, values, slot.k);
    return { ...rest, items: list.items, scores: worths };
  }

  /** The user's items and their neighbours by index, then what is popular. */
  #list(user: FakeUser, slot: SlotDefinition, candidates?: Int32Array): ShardList {
    const scored: { item: number; score: number }[] = [];
    for (const item of candidates ?? Array.from({ length: this.#catalogue.indexCount }, (_, i) => i)) {
      if (this.#isShown(user, slot, item)) scored.push({ item, score: this.#score(user, item) });
    }
    scored.sort((a, b) => b.score - a.score || a.item - b.item);
    const top = scored.slice(0, slot.k);
    user.rev = ++this.#rev;
    const reasons = slot.explain
      ? top.map(({ item, score }) => ({
          because: [item],
          weight: [1],
          source: 0,
          parts: [
            { of: 0, item, score: score + 0.5 },
            { of: 5, item: -1, score: -0.5 },
          ],
        }))
      : undefined;
    const items = Int32Array.from(top, ({ item }) => item);
    return {
      items,
      scores: Float32Array.from(top, ({ score }) => score),
      reasons,
      rev: user.rev,
      model: this.model,
    };
  }

  #score(user: FakeUser, item: number): number {
    let score = (this.#popularity.get(item) ?? 0) / 1_000;
    for (const [clicked, weight] of user.weights) score += weight / (1 + Math.abs(clicked - item));
    return score;
  }

  #isShown(user: FakeUser, slot: SlotDefinition, item: number): boolean {
    if (
      user.dismissed.has(item) ||
      slot.exclude?.includes(item) === true ||
      !this.#catalogue.isRecommendable(item)
    )
      return false;
    if (slot.excludeSeen > 0 && user.bought.has(item)) return false;
    if (slot.excludeSeen === 2 && user.viewed.has(item)) return false;
    return slot.filter === undefined || this.#catalogue.passes(slot.filter, item);
  }

  #user(name: UserKey): FakeUser {
    const known = this.#users.get(name);
    if (known !== undefined) return known;
    const user = {
      name,
      weights: new Map(),
      withheld: 0,
      dismissed: new Set<number>(),
      bought: new Set<number>(),
      viewed: new Set<number>(),
      sessions: new Map(),
      eventIds: new Set<string>(),
      rev: 0,
    };
    this.#users.set(name, user);
    return user;
  }

  /** False when there is nothing of `from`. */
  #mergeInto(from: VisitorKey, into: FakeUser): boolean {
    const visitor = this.#users.get(from);
    if (visitor === undefined || visitor === into) return false;
    const sessions = [...visitor.sessions.values()].filter(({ applied }) => applied > 0);
    if (visitor.weights.size === 0 && sessions.length === 0) return false;
    for (const [item, weight] of visitor.weights)
      into.weights.set(item, (into.weights.get(item) ?? 0) + weight);
    for (const item of visitor.dismissed) into.dismissed.add(item);
    for (const item of visitor.bought) into.bought.add(item);
    for (const item of visitor.viewed) into.viewed.add(item);
    for (const id of visitor.eventIds) into.eventIds.add(id);
    for (const session of sessions)
      if (!into.sessions.has(session.id))
        into.sessions.set(session.id, { ...session, events: [...session.events] });
    this.#users.delete(from);
    this.#owners.set(from, into.name);
    this.#merged.set(from, visitor.sessions.get(nameOf(from))?.applied ?? 0);
    return true;
  }

  /** The open channel of that very name, if there is one. */
  #channelsOf(name: UserKey): OpenChannel[] {
    return [...this.#channels.values()].filter(({ user }) => user.name === name);
  }

  #hold(user: FakeUser, id: string): OpenSession {
    const session = user.sessions.get(id) ?? { id, applied: 0, events: [] };
    user.sessions.set(id, session);
    const channel = this.#channelsOf(user.name).at(0) ?? this.#newChannel(user);
    const open = [...this.#sessions.values()].find((one) => one.session === session) ?? {
      number: this.#next++,
      channel,
      session,
      holders: 0,
    };
    open.holders++;
    channel.holders++;
    this.#sessions.set(open.number, open);
    return open;
  }

  #newChannel(user: FakeUser): OpenChannel {
    const channel = {
      number: this.#next++,
      user,
      slots: new Map<string, SlotDefinition>(),
      shown: new Map<string, Int32Array>(),
      holders: 0,
      isMoving: false,
    };
    this.#channels.set(channel.number, channel);
    return channel;
  }
}

function contentOf({ kind, items, value, quantity, query }: ShardEvent): string {
  return JSON.stringify([kind, [...items], value, quantity, query]);
}
