import { turn } from '../../metrics/process/turn.js';
import {
  hasPages,
  loadPages,
  markAllPages,
  rebuildTops,
  storedPosition,
  takeChangedPages,
} from '../graph/interactions/interaction-pages.js';
import { ReplayedPages } from '../graph/interactions/replayed-pages.js';
import { readRecords } from '../quarantine/read-records.js';
import type { AdoptedEntry, JournalEntry } from '../store/journal-entry.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { markMixedStates } from './mixed-states.js';
import type { ModelSwap } from './model-swap.js';
import { RecoveredUsers, rebuildUsers, rememberSessions, whileWanted } from './recovered-users.js';
import { TransitionReplay } from './transition-replay.js';
import { HaltFlag } from '../wire/halt-flag.js';
import type { Recovery } from '../wire/worker-data.js';

/**
 * Brings a shard to the state its store describes: interaction pages, then the journal after what states and pages
 * contain. An event is applied to a user only when their state does not contain it, and to a page of the interaction graph only
 * when that does not. A visitor who was merged into another user is gone: their events are in that user's state. What cannot be
 * read is set aside; the users it was about are made anew from the whole journal (`rebuildUsers`).
 *
 * `keepsInteractions` is true when the process lived on and the shared interaction graph with it (a crashed thread): then
 * nothing is learned twice, and pages are not read back over newer ones.
 *
 * @throws StartupError `start_given_up` soon after `halt` was raised
 */
export async function recover(
  built: BuiltShard,
  sessionGapMs: number,
  keepsInteractions: boolean,
  halt = new HaltFlag(),
): Promise<Recovery> {
  const { shard, interactions } = built;
  const { store, fail } = built.context;
  markMixedStates(store, built.model.tag, fail);
  // When the position of the pages is damaged, that of the states is near enough.
  const stored = storedPosition(store) ?? (hasPages(store) ? store.checkpoint : undefined);
  const replayed = new ReplayedPages();
  const readsPages = !keepsInteractions && stored !== undefined;
  const pages = readsPages ? loadPages(interactions, store, replayed) : { loaded: 0, unfit: 0 };
  if (keepsInteractions || stored === undefined) markAllPages(interactions);
  interactions.continueSessions(keepsInteractions ? 0 : store.journal.end - (stored ?? store.journal.end));
  rebuildTops(interactions, built.trends, built.popular);
  const replayFrom = keepsInteractions ? Number.MAX_SAFE_INTEGER : (stored ?? 0);
  const transitions = new TransitionReplay(built.learner, sessionGapMs);
  interactions.replayed = replayed;
  const replays = await replay(built, replayFrom, transitions, halt);
  interactions.replayed = undefined;
  shard.closeRecovery();
  rememberSessions(built);
  if (stored === undefined) await storeFirstPages(built);
  return { ...replays, pagesLoaded: pages.loaded, pagesUnfit: pages.unfit };
}

/** A gateway says that it is ready when what it was warmed with is on the disk: the next start reads it from there. */
async function storeFirstPages({ shard, interactions, context }: BuiltShard): Promise<void> {
  shard.commits.commit({ blobs: takeChangedPages(interactions, context.store.journal.end) });
  await shard.commits.idle();
}

/**
 * Two passes. The first carries out what states do not contain. A user whose state, or a session of whom, turns out to be damaged
 * is left out of it; so are those who were owed when the last run ended. When there are any, the second pass reads the whole
 * journal once and makes all of them anew.
 */
async function replay(
  built: BuiltShard,
  learnsFrom: number,
  transitions: TransitionReplay,
  halt: HaltFlag,
): Promise<Pick<Recovery, 'replayedEvents' | 'rebuiltUsers'>> {
  const { store, quarantine } = built.context;
  const position = Math.min(store.checkpoint, learnsFrom);
  const tail = new RecoveredUsers(built, transitions, learnsFrom);
  for (const user of quarantine.owedUsers) tail.leaveOut(user);
  for (const record of whileWanted(readRecords(store, quarantine, position), halt)) await tail.take(record);
  await tail.end();
  const owed = new Set(quarantine.owedUsers);
  if (owed.size === 0) return { replayedEvents: tail.replayedEvents, rebuiltUsers: 0 };
  const rebuiltEvents = await rebuildUsers(built, owed, learnsFrom, halt);
  return { replayedEvents: tail.replayedEvents + rebuiltEvents, rebuiltUsers: owed.size };
}

/** How a shard follows a journal that is written elsewhere, until it is the one that writes it. */
export interface FollowPlan {
  readonly sessionGapMs: number;
  /** Time between sweeps of changed states, ms. */
  readonly checkpointMs: number;
  readonly halt: HaltFlag;
  /** Journal position from which on clicks are learned: others learn into the graph meanwhile, and its pages are not in the store. */
  readonly learnsFrom: number;
  /** Calls `advance` when the journal has more, and resolves when nobody else appends to it any more. */
  readonly follow: (advance: () => Promise<void>) => Promise<void>;
  /** Changes the model where the journal says so. */
  readonly swap: ModelSwap;
}

/**
 * As `recover`, of users alone, and on with what comes into the journal meanwhile: states and rows of a shard that follows are never
 * far behind, so that it serves soon when it is to.
 */
export async function recoverFollowing(built: BuiltShard, plan: FollowPlan): Promise<Recovery> {
  const { store, fail } = built.context;
  const follower = new JournalFollower(built, plan);
  plan.swap.follow(follower.chore);
  markMixedStates(store, built.model.tag, fail);
  await follower.advance();
  plan.swap.begin();
  await plan.follow(() => follower.advance());
  const recovery = await follower.end();
  rememberSessions(built);
  return recovery;
}

/** Carries out what comes into a journal, and between two looks at it what its model's change takes. */
class JournalFollower {
  readonly #built: BuiltShard;
  readonly #plan: FollowPlan;
  readonly #transitions: TransitionReplay;
  #position: number;
  #replayedEvents = 0;
  #sweptUs: number;
  /** The model that the journal named last, as far as it was carried out here; undefined: none. */
  #named: AdoptedEntry | undefined;
  readonly #chores: (() => void)[] = [];
  #isBusy = false;

  constructor(built: BuiltShard, plan: FollowPlan) {
    this.#built = built;
    this.#plan = plan;
    this.#transitions = new TransitionReplay(built.learner, plan.sessionGapMs);
    this.#position = Math.min(built.context.store.checkpoint, plan.learnsFrom);
    this.#sweptUs = built.context.clock.nowUs();
  }

  /** Does some housekeeping while no entry is being carried out. Bound once. */
  readonly chore = (work: () => void): void => {
    this.#chores.push(work);
    if (!this.#isBusy) this.#doChores();
  };

  /** Carries out what has come since the last call. */
  async advance(): Promise<void> {
    this.#isBusy = true;
    await this.#carryOut();
    this.#isBusy = false;
    this.#doChores();
  }

  async #carryOut(): Promise<void> {
    const { learnsFrom, halt, swap } = this.#plan;
    const { store, quarantine } = this.#built.context;
    const { end } = store.journal;
    const users = new RecoveredUsers(this.#built, this.#transitions, learnsFrom);
    for (const user of quarantine.owedUsers) users.leaveOut(user);
    const records = readRecords(store, quarantine, this.#position);
    for (const record of whileWanted(records, halt)) {
      this.#noteModel(record.entries);
      await users.take(record);
    }
    await users.end();
    this.#built.shard.closeRecovery();
    if (this.#named !== undefined) await swap.followTo(this.#named);
    this.#position = end;
    this.#replayedEvents += users.replayedEvents;
    await this.#sweep();
  }

  #noteModel(entries: readonly JournalEntry[]): void {
    for (const entry of entries) if (entry.entry === 'adopted') this.#named = entry;
  }

  /** What fails ends the shard. */
  #doChores(): void {
    try {
      for (const work of this.#chores.splice(0)) work();
    } catch (error) {
      this.#built.context.fail(error);
    }
  }

  /** Makes users anew of whom something could not be read, and says in the journal which model serves from here on. */
  async end(): Promise<Recovery> {
    const { learnsFrom, halt } = this.#plan;
    const owed = new Set(this.#built.context.quarantine.owedUsers);
    const rebuilt = owed.size === 0 ? 0 : await rebuildUsers(this.#built, owed, learnsFrom, halt);
    this.#built.shard.closeRecovery();
    await this.#nameModel();
    return {
      replayedEvents: this.#replayedEvents + rebuilt,
      rebuiltUsers: owed.size,
      pagesLoaded: 0,
      pagesUnfit: 0,
    };
  }

  /** Whoever goes on with the journal after this node serves with no model from before: its entry is durable before the first list. */
  async #nameModel(): Promise<void> {
    const { context } = this.#built;
    const { swap } = this.#plan;
    if ((this.#named?.number ?? 0) >= swap.number) return;
    const bytes = context.store.record([swap.entry], context.clock.nowMs());
    await context.store.commit({ journal: { count: 1, bytes }, rowsFollow: true });
  }

  /** Changed states go to the store now and then, so that the next run has less to replay. */
  async #sweep(): Promise<void> {
    const { shard, context } = this.#built;
    const nowUs = context.clock.nowUs();
    if (context.store.waitsForDisk || nowUs - this.#sweptUs < this.#plan.checkpointMs * 1_000) return;
    this.#sweptUs = nowUs;
    shard.beginSweep();
    while (shard.sweepStep()) await turn();
  }
}
