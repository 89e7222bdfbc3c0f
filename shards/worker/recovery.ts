import { turn } from '../../metrics/process/turn.js';
import { statePosition } from '../graph/interest/interest-codec.js';
import {
  hasPages,
  loadPages,
  markAllPages,
  rebuildTops,
  storedPosition,
  takeChangedPages,
} from '../graph/interactions/interaction-pages.js';
import { readRecords, type ReadRecord } from '../quarantine/journal-events.js';
import type { JournalEvent } from '../store/journal-record.js';
import { isMergedVisitor } from '../store/user-key.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { SessionSeqs } from './session-seqs.js';
import { TransitionReplay } from './transition-replay.js';
import type { Recovery } from '../wire/worker-data.js';

/**
 * Brings a shard to the state its store describes: interaction pages, then the journal after what states and pages
 * contain. An event is applied to a user only when their state does not contain it, and to the interaction graph only when
 * its pages do not. A visitor who was merged into another user is gone: their events are in that user's state. What cannot be
 * read is set aside; the users it was about are made anew from the whole journal (`rebuildUsers`).
 *
 * `keepsInteractions` is true when the process lived on and the shared interaction graph with it (a crashed thread): then
 * nothing is learned twice, and pages are not read back over newer ones.
 */
export async function recover(
  built: BuiltShard,
  sessionGapMs: number,
  keepsInteractions: boolean,
): Promise<Recovery> {
  const { shard, interactions } = built;
  const { store } = built.context;
  // When the position of the pages is damaged, that of the states is near enough.
  const stored = storedPosition(store) ?? (hasPages(store) ? store.checkpoint : undefined);
  const pages =
    keepsInteractions || stored === undefined ? { loaded: 0, unfit: 0 } : loadPages(interactions, store);
  if (keepsInteractions || stored === undefined) markAllPages(interactions);
  interactions.continueSessions(keepsInteractions ? 0 : store.journalEnd - (stored ?? store.journalEnd));
  rebuildTops(interactions, built.trends, built.popular);
  const learnsFrom = keepsInteractions ? Number.MAX_SAFE_INTEGER : (stored ?? 0);
  const transitions = new TransitionReplay(built.learner, sessionGapMs);
  const replayed = await replay(built, learnsFrom, transitions);
  shard.closeRecovery();
  if (stored === undefined) await storeFirstPages(built);
  return { ...replayed, pagesLoaded: pages.loaded, pagesUnfit: pages.unfit };
}

/** A gateway says that it is ready when what it was warmed with is on the disk: the next start reads it from there. */
async function storeFirstPages({ shard, interactions, context }: BuiltShard): Promise<void> {
  shard.commits.commit({ blobs: takeChangedPages(interactions, context.store.journalEnd) });
  await shard.commits.idle();
}

/** Events applied between two turns of the event loop. */
const REPLAY_TURN = 512;

/**
 * Two passes. The first applies what states do not contain. A user whose state, or a session of whom, turns out to be damaged
 * is left out of it; so are those who were owed when the last run ended. When there are any, the second pass reads the whole
 * journal once and makes all of them anew.
 */
async function replay(
  built: BuiltShard,
  learnsFrom: number,
  transitions: TransitionReplay,
): Promise<Pick<Recovery, 'replayedEvents' | 'rebuiltUsers'>> {
  const { store, quarantine } = built.context;
  const position = Math.min(store.checkpoint, learnsFrom);
  const tail = new RecoveredUsers(built, transitions, learnsFrom);
  for (const user of quarantine.owedUsers) tail.leaveOut(user);
  for (const record of readRecords(store, quarantine, position)) await tail.take(record);
  await tail.end();
  const owed = new Set(quarantine.owedUsers);
  if (owed.size === 0) return { replayedEvents: tail.replayedEvents, rebuiltUsers: 0 };
  const rebuiltEvents = await rebuildUsers(built, owed, learnsFrom);
  return { replayedEvents: tail.replayedEvents + rebuiltEvents, rebuiltUsers: owed.size };
}

/** The users whose events are replayed, each on a channel of their own. */
class RecoveredUsers {
  replayedEvents = 0;
  readonly #built: BuiltShard;
  readonly #transitions: TransitionReplay;
  readonly #learnsFrom: number;
  /** By id; `contained` is Infinity for one who is left out. */
  readonly #users = new Map<string, { readonly channel: number; readonly contained: number }>();
  #waiting = 0;

  constructor(built: BuiltShard, transitions: TransitionReplay, learnsFrom: number) {
    this.#built = built;
    this.#transitions = transitions;
    this.#learnsFrom = learnsFrom;
  }

  leaveOut(user: string): void {
    this.#users.set(user, { channel: 0, contained: Infinity });
  }

  async take({ position, events }: ReadRecord): Promise<void> {
    for (let i = 0; i < events.length; i++) this.#takeEvent(events[i], position + i);
    if (this.#waiting >= REPLAY_TURN) await this.end();
  }

  /** Applies what was taken. */
  async end(): Promise<void> {
    this.#waiting = 0;
    this.#built.shard.flush();
    await turn();
  }

  #takeEvent(event: JournalEvent, position: number): void {
    const { channel, contained } = this.#userOf(event.user);
    const learns = position >= this.#learnsFrom;
    if (position < contained) {
      if (learns && channel !== 0) this.#transitions.learn(event);
      return;
    }
    this.#built.shard.takeRecovered(channel, event, position, learns);
    this.replayedEvents++;
    this.#waiting++;
  }

  #userOf(user: string): { readonly channel: number; readonly contained: number } {
    const known = this.#users.get(user);
    if (known !== undefined) return known;
    const { store, quarantine } = this.#built.context;
    const state = store.user(user);
    const contained = state === undefined ? 0 : statePosition(state);
    if (quarantine.isOwed(user)) this.leaveOut(user);
    else {
      const isMerged = isMergedVisitor(store, user);
      const channel = this.#built.shard.openRecovery(user);
      this.#users.set(user, { channel, contained: isMerged ? Infinity : contained });
    }
    return this.#userOf(user);
  }
}

/** Makes users anew from the whole journal, and the last `seq` of their sessions. */
async function rebuildUsers(
  built: BuiltShard,
  owed: ReadonlySet<string>,
  learnsFrom: number,
): Promise<number> {
  const { shard, context, users } = built;
  const { store, quarantine } = context;
  const channels = new Map<string, number>();
  const seqs = new SessionSeqs(store);
  for (const user of owed) {
    if (isMergedVisitor(store, user)) continue;
    users.begin(user);
    channels.set(user, shard.openRecovery(user));
  }
  let count = 0;
  for (const { position, events } of readRecords(store, quarantine, 0)) {
    for (let i = 0; i < events.length; i++) {
      const channel = channels.get(events[i].user);
      if (channel === undefined) continue;
      seqs.note(events[i]);
      shard.takeRecovered(channel, events[i], position + i, position + i >= learnsFrom);
      if (++count % REPLAY_TURN > 0) continue;
      shard.flush();
      await turn();
    }
  }
  shard.flush();
  for (const { userId, sessionId, seq } of seqs.behind()) shard.commits.addSession(userId, sessionId, seq);
  shard.commits.addStates(users.takeChanged(Number.MAX_SAFE_INTEGER));
  shard.commits.commit();
  quarantine.settleOwed();
  return count;
}
