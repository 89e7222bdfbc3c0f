import { COUNTER } from '../../metrics/table.js';
import { ThreadStats } from '../../metrics/thread-stats.js';
import type { BuiltShard } from '../shard/build-shard.js';
import type { ShardSink } from '../wire/calls.js';
import { isPartialState } from '../graph/interest/interest-codec.js';
import { readRecords } from '../quarantine/journal-events.js';
import type { JournalEvent } from '../store/journal-record.js';
import { isMergedVisitor } from '../store/user-key.js';
import { LiveUser } from '../live/live-user.js';
import { Round } from '../shard/round.js';
import type { ShardContext } from '../shard/shard-context.js';
import { makeServedModel, type TaggedScorer, type ServedModel } from '../shard/served-model.js';
import { UserEvents } from '../shard/user-events.js';

/** Events replayed between two ticks, and events of one user among them: each of those takes a run of its own. */
const BITE_EVENTS = 32;
const BITE_EVENTS_OF_USER = 8;
/** Every so many bites some states are written, so many at most. */
const WRITE_EVERY_BITES = 16;
const WRITE_STATES = 128;
/** Users remembered between two looks at the store. */
const USERS_KNOWN_MAX = 10_000;

/**
 * The states of all users made anew by another model, from the journal: the same events in the same order as from an empty
 * store, a bite at a time between the shard's ticks. It goes on with what the journal gets meanwhile.
 *
 * Users whom the journal does not hold whole (moved here from another shard, or with a visitor merged into them) are left
 * out; they keep their weights, edges, clicks and marks, and begin again from vectors (`InterestCodec.decode`).
 * Its states are written to the store's other generation, which nobody reads before it is adopted.
 */
export class StateRebuild {
  readonly model: ServedModel;
  readonly #shard: ShardContext;
  readonly #states: { isAdopted: boolean };
  readonly #round: Round;
  readonly #events: UserEvents;
  /** Users by id; null for one who is left out. */
  readonly #users = new Map<string, LiveUser | null>();
  /** Journal position of the next event. */
  #position = 0;
  /** The record that the next event is in, or was: its first position and its events. */
  #recordAt = 0;
  #record: readonly JournalEvent[] = [];
  #bites = 0;

  /** The store's other generation has to be empty. */
  constructor({ shard, context, modelContext }: BuiltShard, model: TaggedScorer) {
    const { store, quarantine, inHand, clock, fail } = context;
    this.#shard = context;
    const states = {
      isAdopted: false,
      user: (userId: string) => (states.isAdopted ? store.user(userId) : store.rebuilt(userId)),
    };
    this.#states = states;
    const unseen = ThreadStats.create();
    this.model = makeServedModel(modelContext, model, states, unseen);
    const replayed: ShardContext = {
      store,
      quarantine,
      inHand,
      model: this.model,
      stats: unseen,
      clock,
      sink: NOBODY,
      fail,
    };
    this.#round = new Round(replayed);
    this.#events = new UserEvents(replayed, shard.commits, this.#round);
  }

  get position(): number {
    return this.#position;
  }

  /** True when the whole journal is in it and nearly all of it on its way to the disk. */
  get isCaughtUp(): boolean {
    return this.#position === this.#shard.store.journalEnd && this.model.users.dirtyCount <= WRITE_STATES;
  }

  /** Replays some events, or writes some states. Call between two ticks of the shard. */
  step(): void {
    this.#replay();
    if (++this.#bites % WRITE_EVERY_BITES > 0 && this.#position < this.#shard.store.journalEnd) return;
    const rebuilt = this.model.users.takeChanged(WRITE_STATES);
    if (rebuilt.length > 0) this.#shard.store.commit({ rebuilt }).catch(this.#shard.fail);
  }

  /** Replays what is left; short when `isCaughtUp` a moment ago. */
  catchUp(): void {
    while (this.#position < this.#shard.store.journalEnd) this.#replay();
  }

  /** Leaves a user out from now on: a merge has given them, or taken from them, what the journal does not know. */
  setAside(userId: string): void {
    this.#users.set(userId, null);
    this.model.users.drop(userId);
    this.#shard.store.commit({ rebuilt: [{ userId, bytes: undefined }] }).catch(this.#shard.fail);
  }

  /** The rebuilt states serve from now on; `adopt` has to be committed with them first. */
  adopted(): void {
    this.#states.isAdopted = true;
    this.model.users.countIn(this.#shard.stats);
  }

  #replay(): void {
    let waiting = this.#take();
    const count = waiting.length;
    while (waiting.length > 0) waiting = this.#runRound(waiting);
    // What of them was replayed is half done: they begin again from vectors.
    for (const userId of this.#events.takeHarmed()?.keys() ?? []) this.setAside(userId);
    this.#shard.stats.count(COUNTER.rebuiltEvents, count);
  }

  /** One call of each user; returns what waits for the next round, in order. */
  #runRound(events: readonly PlacedEvent[]): PlacedEvent[] {
    const later: PlacedEvent[] = [];
    this.#round.begin();
    for (const placed of events) {
      const { user, event, position } = placed;
      if (this.#round.reserve(user, undefined))
        this.#events.takeRecovered(user, { op: 'recovered', channel: 0, event, position, learns: false });
      else later.push(placed);
    }
    this.#round.run();
    return later;
  }

  /** The next events of the journal, those of users left out skipped; moves the position. */
  #take(): PlacedEvent[] {
    if (this.#users.size >= USERS_KNOWN_MAX) this.#users.clear();
    const taken: PlacedEvent[] = [];
    const counts = new Map<LiveUser, number>();
    for (let seen = 0; seen < BITE_EVENTS; seen++) {
      const event = this.#next();
      if (event === undefined) break;
      const user = this.#userOf(event.user);
      const count = user === null ? 0 : (counts.get(user) ?? 0);
      if (count === BITE_EVENTS_OF_USER) break;
      if (user !== null) {
        counts.set(user, count + 1);
        taken.push({ user, event, position: this.#position });
      }
      this.#position++;
    }
    return taken;
  }

  /**
   * The event at the position, which moves over gaps; undefined at the end of the journal. A record of many events is decoded
   * once.
   */
  #next(): JournalEvent | undefined {
    const at = this.#position - this.#recordAt;
    if (at < this.#record.length) return this.#record[at];
    const { store, quarantine } = this.#shard;
    for (const { position, events } of readRecords(store, quarantine, this.#position)) {
      this.#position = Math.max(this.#position, position);
      this.#recordAt = position;
      this.#record = events;
      if (this.#position - position < events.length) return events[this.#position - position];
    }
    this.#position = store.journalEnd;
    return undefined;
  }

  #userOf(userId: string): LiveUser | null {
    let user = this.#users.get(userId);
    if (user !== undefined) return user;
    user = this.#isWhole(userId) ? new LiveUser(0, userId) : null;
    this.#users.set(userId, user);
    return user;
  }

  #isWhole(userId: string): boolean {
    const { store } = this.#shard;
    if (isMergedVisitor(store, userId)) return false;
    const state = store.user(userId);
    return state === undefined || !isPartialState(state);
  }
}

interface PlacedEvent {
  readonly user: LiveUser;
  readonly event: JournalEvent;
  readonly position: number;
}

/** Nobody hears of a replay. */
const NOBODY: ShardSink = {
  applied: () => {},
  durable: () => {},
  refused: () => {},
  list: () => {},
  current: () => {},
  learn: () => {},
  reply: () => {},
  answered: () => {},
};
