import { turn } from '../../metrics/process/turn.js';
import { statePosition } from '../graph/interest/interest-codec.js';
import {
  loadPages,
  markAllPages,
  rebuildTops,
  storedPosition,
  takeChangedPages,
} from '../graph/interactions/interaction-pages.js';
import { decodeRecord, type JournalEvent } from '../store/journal-record.js';
import type { BuiltShard } from '../shard/build-shard.js';
import { TransitionReplay } from './transition-replay.js';
import type { Recovery } from '../wire/worker-data.js';

/**
 * Brings a shard to the state its store describes: interaction pages, then the journal after what states and pages
 * contain. An event is applied to a user only when their state does not contain it, and to the interaction graph only when
 * its pages do not. A visitor who was merged into another user is gone: their events are in that user's state.
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
  const stored = storedPosition(store);
  const pages =
    keepsInteractions || stored === undefined ? { loaded: 0, unfit: 0 } : loadPages(interactions, store);
  if (keepsInteractions || stored === undefined) markAllPages(interactions);
  interactions.continueSessions(keepsInteractions ? 0 : store.journalEnd - (stored ?? store.journalEnd));
  rebuildTops(interactions, built.trends, built.popular);
  const learnsFrom = keepsInteractions ? Number.MAX_SAFE_INTEGER : (stored ?? 0);
  const transitions = new TransitionReplay(built.learner, sessionGapMs);
  const replayedEvents = await replay(built, learnsFrom, transitions);
  shard.closeRecovery();
  if (stored === undefined) await storeFirstPages(built);
  return { replayedEvents, pagesLoaded: pages.loaded, pagesUnfit: pages.unfit };
}

/** A gateway says that it is ready when what it was warmed with is on the disk: the next start reads it from there. */
async function storeFirstPages({ shard, interactions, context }: BuiltShard): Promise<void> {
  shard.commits.commit({ blobs: takeChangedPages(interactions, context.store.journalEnd) });
  await shard.commits.idle();
}

async function replay(
  { shard, context }: BuiltShard,
  learnsFrom: number,
  transitions: TransitionReplay,
): Promise<number> {
  const { store } = context;
  const channels = new Map<string, { channel: number; contained: number }>();
  const channelOf = (user: string) => {
    let known = channels.get(user);
    if (known === undefined) {
      const state = store.user(user);
      const contained = state === undefined ? 0 : statePosition(state);
      known = {
        channel: shard.openRecovery(user),
        contained: store.alias(user) === undefined ? contained : Infinity,
      };
      channels.set(user, known);
    }
    return known;
  };
  let replayed = 0;
  for (const record of store.journal(Math.min(store.checkpoint, learnsFrom))) {
    const events: JournalEvent[] = decodeRecord(record.bytes);
    for (let i = 0; i < events.length; i++) {
      const position = record.position + i;
      const { channel, contained } = channelOf(events[i].user);
      if (position < contained) {
        if (position >= learnsFrom) transitions.learn(events[i]);
        continue;
      }
      shard.takeRecovered(channel, events[i], position, position >= learnsFrom);
      replayed++;
    }
    shard.flush();
    await turn();
  }
  return replayed;
}
