import type { ShardModel } from '../../../shards/wire/shard-model.js';
import { EVENT_KIND } from '../../../model/scorer/event-kinds.js';
import {
  OverloadedError,
  type EventOutcome,
  type OpenedSession,
  type ShardEvents,
  type ShardPool,
} from '../../../shards/pool/shard-pool.js';
import type { RankAnswer, RankRequest, ShardList, SlotDefinition } from '../../../shards/wire/slot-lists.js';
import type { ShardEvent } from '../../../shards/wire/shard-event.js';
import type { SnapshotEntry } from '../../../shards/wire/calls.js';

/** What the fake has to know of the catalogue; a `CatalogueView` is one. */
export interface FakeCatalogue {
  readonly indexCount: number;
  isRecommendable(index: number): boolean;
  passes(filter: NonNullable<SlotDefinition['filter']>, index: number): boolean;
}

interface FakeSession {
  readonly id: string;
  /** Last applied and last durable `seq`. */
  applied: number;
  durable: number;
}

interface FakeUser {
  readonly name: string;
  readonly weights: Map<number, number>;
  readonly dismissed: Set<number>;
  readonly bought: Set<number>;
  readonly viewed: Set<number>;
  readonly sessions: Map<string, FakeSession>;
  readonly eventIds: Set<string>;
  rev: number;
}

interface OpenChannel {
  readonly number: number;
  readonly user: FakeUser;
  readonly slots: Map<string, SlotDefinition>;
  opens: number;
}

interface OpenNumber {
  readonly number: number;
  readonly channel: OpenChannel;
  readonly session: FakeSession;
  opens: number;
}

const NO_EVENTS: ShardEvents = { list() {}, applied() {}, durable() {}, refused() {}, moved() {} };
const BATCH_EVENTS_MAX = 64;

/**
 * A `ShardPool` in one object: applies, answers and acknowledges in the order the contract says, with lists of what the
 * user clicked followed by what everybody did. Work is done in turns of the event loop: first all that waits is applied and
 * its lists go out (several events, one list), then, a turn later, it becomes durable.
 */
export class FakePool implements ShardPool {
  model = 'fake@1';
  rebuildBehind = 0;
  /** Everything said to the pool that tests look at, oldest first. */
  readonly log: string[] = [];
  /** False: the queue is full. */
  takesEvents = true;
  /** True: ranks are not answered until it is false again. */
  holdsRanks = false;
  /** Set to keep events from becoming durable. */
  holdsCommits = false;
  #receiver: ShardEvents = NO_EVENTS;
  readonly #catalogue: FakeCatalogue;
  readonly #users = new Map<string, FakeUser>();
  readonly #aliases = new Map<string, string>();
  readonly #channels = new Map<number, OpenChannel>();
  readonly #numbers = new Map<number, OpenNumber>();
  readonly #popularity = new Map<number, number>();
  #queue: (() => void)[] = [];
  #dirty = new Set<OpenChannel>();
  readonly #uncommitted = new Map<OpenNumber, number>();
  #heldRanks: (() => void)[] = [];
  #isScheduled = false;
  #next = 1;
  #rev = 1;

  constructor(catalogue: FakeCatalogue) {
    this.#catalogue = catalogue;
  }

  listen(events: ShardEvents): void {
    this.#receiver = events;
  }

  open(userName: string, sessionId: string, anonymous?: string): Promise<OpenedSession> {
    this.log.push(`open ${userName} ${sessionId}${anonymous === undefined ? '' : ` from ${anonymous}`}`);
    return new Promise((resolve) => {
      this.#later(() => {
        const user = this.#user(userName);
        if (anonymous !== undefined) this.#mergeInto(anonymous, user);
        const channel = this.#channelOf(user);
        const session = sessionOf(user, sessionId);
        session.durable = session.applied;
        const number = this.#numberOf(channel, session);
        resolve({
          channel: channel.number,
          session: number.number,
          user: user.name,
          seq: session.durable,
          rev: user.rev,
        });
      });
    });
  }

  close(session: number): void {
    this.log.push(`close ${session}`);
    const number = this.#numbers.get(session);
    if (number === undefined) throw new Error(`session ${session} is not open`);
    if (--number.opens === 0) this.#numbers.delete(session);
    if (--number.channel.opens === 0) this.#channels.delete(number.channel.number);
  }

  subscribe(channel: number, slots: readonly SlotDefinition[]): void {
    this.log.push(`subscribe ${slots.map(({ name }) => name).join()}`);
    this.#later(() => {
      const open = this.#channels.get(channel);
      for (const slot of slots) {
        open?.slots.set(slot.name, slot);
        if (open !== undefined) this.#receiver.list(channel, slot.name, this.#list(open.user, slot));
      }
    });
  }

  unsubscribe(channel: number, names: readonly string[]): void {
    this.log.push(`unsubscribe ${names.join()}`);
    this.#later(() => names.forEach((name) => this.#channels.get(channel)?.slots.delete(name)));
  }

  event(channel: number, session: number, event: ShardEvent): boolean {
    if (!this.takesEvents) return false;
    this.#later(() => this.#applySessionEvent(channel, session, event));
    return true;
  }

  rank(channel: number, request: RankRequest, done: (answer: RankAnswer) => void): void {
    this.#later(() => {
      const user = this.#channels.get(channel)?.user;
      if (user !== undefined) this.#answer(user, request, done);
    });
  }

  rankFor(user: string, request: RankRequest, done: (answer: RankAnswer) => void): void {
    this.#later(() => this.#answer(this.#user(user), request, done));
  }

  eventsFor(userName: string, events: readonly ShardEvent[]): Promise<EventOutcome[]> {
    if (!this.takesEvents) return Promise.reject(new OverloadedError('the queue is full'));
    return new Promise((resolve) => {
      this.#later(() => {
        const user = this.#user(userName);
        resolve(events.map((event) => this.#applyOnce(user, event)));
      });
    });
  }

  merge(from: string, into: string): Promise<boolean> {
    this.#mergeInto(from, this.#user(into));
    return Promise.resolve(true);
  }

  snapshot(folder: string): Promise<readonly SnapshotEntry[]> {
    return Promise.resolve([
      { shard: 0, folder, users: this.#users.size, journalEnd: 0, bytes: 0, sha256: '0'.repeat(64) },
    ]);
  }

  swapModel(model: ShardModel): Promise<void> {
    this.model = model.name;
    return Promise.resolve();
  }

  recentRecords(): Promise<readonly Uint8Array[]> {
    return Promise.resolve([]);
  }

  catalogueChanged(): void {
    this.log.push('changed');
    this.#later(() => this.#channels.forEach((channel) => this.#dirty.add(channel)));
  }

  ready(): Promise<void> {
    return Promise.resolve();
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
    if (this.#uncommitted.size > 0 && !this.holdsCommits) setImmediate(() => this.#commit());
  }

  #sendLists(): void {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const channel of dirty) {
      for (const slot of channel.slots.values())
        this.#receiver.list(channel.number, slot.name, this.#list(channel.user, slot));
    }
  }

  #commit(): void {
    for (const [number, seq] of this.#uncommitted) {
      number.session.durable = Math.max(number.session.durable, seq);
      this.#receiver.durable(number.number, seq);
    }
    this.#uncommitted.clear();
  }

  #applySessionEvent(channel: number, sessionNumber: number, event: ShardEvent): void {
    const open = this.#channels.get(channel);
    const number = this.#numbers.get(sessionNumber);
    if (open === undefined || number === undefined) return;
    const { session } = number;
    if (event.seq > session.applied + 1)
      return this.#receiver.refused(sessionNumber, event.seq, 'seq_gap', session.applied + 1);
    if (event.seq === session.applied + 1) {
      session.applied = event.seq;
      this.#apply(open.user, event);
      this.#receiver.applied(sessionNumber, event.seq);
      this.#dirty.add(open);
    }
    this.#uncommitted.set(number, Math.max(this.#uncommitted.get(number) ?? 0, event.seq));
  }

  #applyOnce(user: FakeUser, event: ShardEvent): EventOutcome {
    const id = event.eventId ?? '';
    if (user.eventIds.has(id)) return 'duplicate';
    user.eventIds.add(id);
    this.#apply(user, event);
    for (const channel of this.#channels.values()) if (channel.user === user) this.#dirty.add(channel);
    return 'applied';
  }

  #apply(user: FakeUser, event: ShardEvent): void {
    this.log.push(`apply ${event.seq} ${event.kind} ${[...event.items].join()}${event.query}`);
    for (const item of event.items) {
      if (event.kind === EVENT_KIND.dismiss_item) user.dismissed.add(item);
      if (event.kind === EVENT_KIND.purchase) user.bought.add(item);
      user.viewed.add(item);
      user.weights.set(item, (user.weights.get(item) ?? 0) + 1);
      this.#popularity.set(item, (this.#popularity.get(item) ?? 0) + 1);
    }
    for (const hit of event.hits ?? []) user.weights.set(hit, (user.weights.get(hit) ?? 0) + 0.1);
  }

  #answer(user: FakeUser, request: RankRequest, done: (answer: RankAnswer) => void): void {
    const answer = (): void =>
      done({ ...this.#list(user, request.slot, request.candidates), degraded: false });
    if (this.holdsRanks) this.#heldRanks.push(answer);
    else answer();
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

  #user(name: string): FakeUser {
    const known = this.#users.get(this.#aliases.get(name) ?? name);
    if (known !== undefined) return known;
    const user = {
      name,
      weights: new Map(),
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

  #mergeInto(from: string, into: FakeUser): void {
    const visitor = this.#users.get(from);
    if (visitor === undefined || visitor === into) return;
    for (const [item, weight] of visitor.weights)
      into.weights.set(item, (into.weights.get(item) ?? 0) + weight);
    for (const item of visitor.dismissed) into.dismissed.add(item);
    for (const item of visitor.bought) into.bought.add(item);
    for (const item of visitor.viewed) into.viewed.add(item);
    for (const [id, session] of visitor.sessions) into.sessions.set(id, { ...session });
    this.#users.delete(from);
    this.#aliases.set(from, into.name);
  }

  #channelOf(user: FakeUser): OpenChannel {
    const open = [...this.#channels.values()].find((channel) => channel.user === user) ?? {
      number: this.#next++,
      user,
      slots: new Map<string, SlotDefinition>(),
      opens: 0,
    };
    open.opens++;
    this.#channels.set(open.number, open);
    return open;
  }

  #numberOf(channel: OpenChannel, session: FakeSession): OpenNumber {
    const open = [...this.#numbers.values()].find((number) => number.session === session) ?? {
      number: this.#next++,
      channel,
      session,
      opens: 0,
    };
    open.opens++;
    this.#numbers.set(open.number, open);
    return open;
  }
}

function sessionOf(user: FakeUser, id: string): FakeSession {
  const session = user.sessions.get(id) ?? { id, applied: 0, durable: 0 };
  user.sessions.set(id, session);
  return session;
}
