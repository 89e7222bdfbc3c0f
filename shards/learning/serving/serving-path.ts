import { InteractionGraph } from '../../graph/interactions/interaction-graph.js';
import type { Clock } from '../../../metrics/process/clock.js';
import { turn } from '../../../metrics/process/turn.js';
import { ThreadStats } from '../../../metrics/thread-stats.js';
import type { CompiledFilter } from '../../../model/catalogue/shared-catalogue.js';
import {
  type Dataset,
  type SessionRange,
  isQuestion,
  sessionTimeMs,
} from '../../../model/train/data/dataset.js';
import { buildShard, interactionTimes, type BuiltShard } from '../../shard/build-shard.js';
import type { ShardReply, ShardSink } from '../../wire/calls.js';
import {
  createSharedInteractions,
  INTERACTION_DEFAULTS,
} from '../../graph/interactions/interaction-buffers.js';
import { warmInteractions } from '../../graph/interactions/warm-interactions.js';
import { rebuildTops } from '../../graph/interactions/interaction-pages.js';
import { shardOptions } from '../../pool/shard-options.js';
import type { ScoredCandidates } from '../../ranking/scoring/candidate-scoring.js';
import { openMemoryStore } from '../../store/memory/memory-store.js';
import type { LoadedModel } from './loaded-model.js';
import type { ShardList, SlotDefinition } from '../../wire/slot-lists.js';
import type { ShardTuning } from '../../wire/worker-data.js';

/** One question: what comes after click `click` of the data; its answer is the click after it. */
export interface Question {
  readonly session: number;
  /** Absolute click number in the dataset. */
  readonly click: number;
}

/** Hears about each answered question; everything is borrowed for the length of the call. */
export interface Observer {
  /** The list, item indices, best first. */
  list?(question: Question, items: Int32Array): void;
  /** The scored candidates of a question, before the list is made of them, and the user's interest, [D]. */
  scored?(question: Question, scored: ScoredCandidates, interest: Float32Array): void;
}

export interface DriveOptions {
  /** True: the interaction graph learns each click when it has been answered, as a live gateway does. */
  readonly learns: boolean;
  readonly k: number;
  /** Sessions driven side by side; 1 asks one question a run. */
  readonly sideBySide: number;
  /** What the lists are of; absent: all items. */
  readonly of?: Pick<SlotDefinition, 'filter' | 'crossesKinds'>;
}

/** A session that is being driven; `at` is its next click. */
interface OpenSession {
  readonly session: number;
  at: number;
}

/** No user of the data has this name. */
const STRANGER = 'stranger';

/**
 * The shard's own path, driven by recorded sessions: graph, candidates, step, re-ranker and list are the code that serves.
 * Each session is a user of its own or, where the data knows users, a session of that user. Nothing is written to disk.
 */
export class ServingPath {
  readonly model: LoadedModel;
  readonly #dataset: Dataset;
  readonly #clock: Clock;
  readonly #sink: ListSink;
  readonly #built: BuiltShard;
  #observer: Observer = {};
  #nowMs = 0;

  /** `history` of the model has to end before the sessions that will be driven. */
  constructor(model: LoadedModel, dataset: Dataset, historyEndMs: number, sideBySide: number) {
    this.model = model;
    this.#dataset = dataset;
    this.#nowMs = historyEndMs;
    this.#clock = { nowMs: () => this.#nowMs, nowUs: () => performance.now() * 1_000 };
    this.#sink = new ListSink();
    const tuning = tuningFor(sideBySide);
    // With records of its own: the catalogue may be one that serves, or that another path is driven over.
    const interactions = createSharedInteractions({
      ...INTERACTION_DEFAULTS,
      items: model.catalogue.shared.itemMax,
    });
    warmInteractions(
      new InteractionGraph(interactions, interactionTimes(tuning), 0, 1),
      model.history,
      model.indexOfRow,
      historyEndMs,
    );
    this.#built = buildShard({
      shard: 0,
      shards: 1,
      tuning,
      store: openMemoryStore(),
      scorer: model.scorer,
      catalogue: model.catalogue.shared,
      interactions,
      vectors: model.vectors,
      stats: ThreadStats.create(),
      clock: this.#clock,
      sink: this.#sink,
      fail: (error) => {
        throw error;
      },
      watch: (row, scored) => this.#showScores(row, scored),
    });
    this.#built.interactions.continueSessions();
    rebuildTops(this.#built.interactions, this.#built.trends, this.#built.popular);
    // An LRU cache that becomes empty clears all of its places; one user who stays keeps it from doing so after every session.
    this.#built.users.load('');
  }

  /** Item index that answers a question: the click after it. */
  answer({ click }: Question): number {
    return this.model.indexOfRow[this.#dataset.item[click + 1]];
  }

  /** Drives a range of sessions in order; the dataset says after which clicks a question follows. */
  async drive(range: SessionRange, options: DriveOptions, observer: Observer): Promise<void> {
    this.#observer = observer;
    const slot = { ...slotOf(options.k), ...options.of };
    for (let from = range.from; from < range.to; from += options.sideBySide) {
      // Progress, signals and messages get a turn.
      await turn();
      this.#driveSideBySide(from, Math.min(from + options.sideBySide, range.to), slot, options.learns);
    }
  }

  /** The list, now, for a user of whom nothing is known; at most `k` items, the caller's. Not while sessions are driven. */
  listForStranger(k: number, filter?: CompiledFilter): Int32Array {
    const { shard, users } = this.#built;
    const channel = shard.openRecovery(STRANGER);
    const slot = { ...slotOf(k), ...(filter !== undefined && { filter }) };
    shard.take({ op: 'rank', call: 0, channel, request: { slot, deadlineUs: 0 } });
    shard.flush();
    shard.closeRecovery();
    users.drop(STRANGER);
    return this.#sink.ranked;
  }

  /** Sessions of one user follow each other; all others run side by side. */
  #driveSideBySide(from: number, to: number, slot: SlotDefinition, learns: boolean): void {
    let waiting = Array.from({ length: to - from }, (_, i) => from + i);
    while (waiting.length > 0) {
      const users = new Set<string>();
      const later: number[] = [];
      const open = new Map<number, OpenSession>();
      for (const session of waiting) {
        const user = this.#userOf(session);
        if (users.has(user)) {
          later.push(session);
          continue;
        }
        users.add(user);
        open.set(this.#built.shard.openRecovery(user, [slot]), { session, at: this.#dataset.start[session] });
      }
      while (open.size > 0) this.#clickOnce(open, learns);
      this.#built.shard.closeRecovery();
      for (const session of waiting)
        if (this.#dataset.user[session] < 0) this.#built.users.drop(this.#userOf(session));
      waiting = later;
    }
  }

  /** One click of every open session. */
  #clickOnce(open: Map<number, OpenSession>, learns: boolean): void {
    const { item, kind, start } = this.#dataset;
    const { shard } = this.#built;
    this.#sink.begin();
    for (const [channel, state] of open) {
      const click = state.at++;
      const question = { session: state.session, click };
      const tsMs = this.#timeOf(question);
      this.#nowMs = Math.max(this.#nowMs, tsMs);
      shard.takeRecovered(
        channel,
        {
          user: this.#userOf(state.session),
          session: '',
          seq: 0,
          kind: kind[click],
          tsMs,
          items: [this.model.indexOfRow[item[click]]],
          value: 0,
          quantity: 1,
          query: '',
          hits: [],
          eventId: '',
        },
        0,
        learns,
      );
      if (isQuestion(this.#dataset, state.session, click)) this.#sink.expect(channel, question);
      if (state.at === start[state.session + 1]) open.delete(channel);
    }
    this.#sink.observer = this.#observer;
    shard.flush();
  }

  #showScores(row: number, scored: ScoredCandidates): void {
    const observer = this.#observer;
    if (observer.scored === undefined) return;
    const { graph, users } = this.#built;
    for (const question of this.#sink.expected.values()) {
      if (users.load(this.#userOf(question.session)) !== row) continue;
      const { interest, bounds } = graph.slabs;
      observer.scored(question, scored, interest.subarray(row * bounds.width, (row + 1) * bounds.width));
    }
  }

  #userOf(session: number): string {
    const user = this.#dataset.user[session];
    return user < 0 ? `s${session}` : `u${user}`;
  }

  #timeOf({ session, click }: Question): number {
    const { timeMs } = this.#dataset;
    return timeMs === null ? sessionTimeMs(this.#dataset, session) : timeMs[click];
  }
}

/** Passes lists on to the observer, by the channel they were asked on. */
class ListSink implements ShardSink {
  readonly expected = new Map<number, Question>();
  observer: Observer = {};
  /** Items of the list asked for last. */
  ranked: Int32Array = new Int32Array(0);

  begin(): void {
    this.expected.clear();
  }

  expect(channel: number, question: Question): void {
    this.expected.set(channel, question);
  }

  list(channel: number, _slot: string, list: ShardList): void {
    const question = this.expected.get(channel);
    if (question !== undefined) this.observer.list?.(question, list.items);
  }

  applied(): void {}
  durable(): void {}
  refused(): void {}
  current(): void {}
  learn(): void {}
  reply(reply: ShardReply): void {
    if (reply.op === 'ranked') this.ranked = reply.answer.items;
  }
  stepped(): void {}
  answered(): void {}
}

function tuningFor(sideBySide: number): ShardTuning {
  const { sessionGapMs, interestHalfLifeMs, transitionHalfLifeMs, trendHalfLifeMs } = shardOptions;
  return {
    usersHot: Math.max(20_000, 2 * sideBySide),
    sessionGapMs: sessionGapMs.fallback,
    interestHalfLifeMs: interestHalfLifeMs.fallback,
    transitionHalfLifeMs: transitionHalfLifeMs.fallback,
    trendHalfLifeMs: trendHalfLifeMs.fallback,
  };
}

function slotOf(k: number): SlotDefinition {
  return { name: 'offline', k, excludeSeen: 0, diversity: 0, explain: false, maxMoves: 0, minIntervalMs: 0 };
}
