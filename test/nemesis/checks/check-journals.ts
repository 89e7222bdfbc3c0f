import { named, visitor } from '../../../shards/store/user-key.js';
import type { JournalEvent } from '../../../shards/store/journal-entry.js';
import { posterOf, type LedgerPost, type Ledgers, type LedgerSession } from './ledgers.js';
import { installedRing } from '../../../shards/store/vault/keys/installed-ring.js';
import type { Problems } from './problems.js';
import type { StoredShard } from './stored-shards.js';

/** What the journals hold of each session, and of what came over HTTP. */
export interface Held {
  /** By session: the highest `seq` of its events. */
  readonly seqs: ReadonlyMap<string, number>;
}

/** Where in the journals an event was found. */
interface Place {
  readonly shard: string;
  readonly index: number;
}

/**
 * Compares all journals with all ledgers. `isSettled` says that everything was acknowledged: then all that was sent of sessions
 * that are not left has to be there, otherwise all that was acknowledged.
 */
export function checkJournals(
  ledgers: Ledgers,
  shards: readonly StoredShard[],
  isSettled: boolean,
  problems: Problems,
): Held {
  const seqs = new Map<string, Map<number, Place>>();
  const posts = new Map<string, Place>();
  for (const { name, events } of shards) {
    const last = new Map<string, number>();
    for (const [index, event] of events.entries()) {
      const place = { shard: name, index };
      if (event.session === '') checkPost(event, place, { ledgers, posts, problems });
      else checkEvent(event, place, { ledgers, seqs, last, problems });
    }
  }
  for (const session of ledgers.sessions.values())
    checkSession(session, seqs.get(session.id) ?? new Map<number, Place>(), isSettled, problems);
  for (const post of ledgers.posts.values())
    if (!posts.has(post.id) && (post.isAnswered || isSettled) && isToStay(post, ledgers))
      problems.add('lost', `${post.id} of ${post.user}`);
  return { seqs: new Map([...seqs].map(([id, found]) => [id, Math.max(...found.keys())])) };
}

function checkEvent(
  event: JournalEvent,
  place: Place,
  {
    ledgers,
    seqs,
    last,
    problems,
  }: {
    readonly ledgers: Ledgers;
    readonly seqs: Map<string, Map<number, Place>>;
    readonly last: Map<string, number>;
    readonly problems: Problems;
  },
): void {
  const { session: id, seq, value } = event;
  const what = `${id} ${seq} (${place.shard}, event ${place.index})`;
  const session = ledgers.sessions.get(id);
  const sent = session?.sent[seq - 1];
  if (session === undefined || sent === undefined || sent.value !== value || !isTheirs(event, session))
    problems.add(
      'unexpected',
      `${what} of ${JSON.stringify(event.user)}, value ${value}; sent was ${JSON.stringify(sent)}`,
    );
  const found = seqs.get(id) ?? new Map<number, Place>();
  seqs.set(id, found);
  const before = found.get(seq);
  if (before !== undefined) problems.add('double', `${what}; before: ${before.shard}, event ${before.index}`);
  else if (seq <= (last.get(id) ?? 0)) problems.add('out of order', `${what} after ${last.get(id)}`);
  found.set(seq, place);
  last.set(id, seq);
}

/** Events are journaled under the visitor, or under the user whose they became. */
function isTheirs({ user }: JournalEvent, session: LedgerSession): boolean {
  return user === visitor(session.id) || (session.user !== undefined && user === named(session.user));
}

function checkPost(
  event: JournalEvent,
  place: Place,
  {
    ledgers,
    posts,
    problems,
  }: { readonly ledgers: Ledgers; readonly posts: Map<string, Place>; readonly problems: Problems },
): void {
  const { eventId, value, user } = event;
  const post: LedgerPost | undefined = ledgers.posts.get(eventId);
  if (post === undefined || post.value !== value || posterOf(post) !== user)
    problems.add(
      'unexpected',
      `${eventId} of ${JSON.stringify(user)} (${place.shard}, event ${place.index})`,
    );
  else if (post.isWithheld)
    problems.add('unexpected', `${eventId} of ${user} is kept, who does not allow it (${place.shard})`);
  else if (ledgers.erasures.get(post.user) === 'done')
    problems.add('unexpected', `${eventId} of ${user} is there, who is erased (${place.shard})`);
  const before = posts.get(eventId);
  if (before !== undefined) problems.add('double', `${eventId} (${place.shard}, event ${place.index})`);
  posts.set(eventId, place);
}

/** With the key of somebody who was forgotten goes what a journal that is encrypted says of them. */
function isToStay({ user, isPassing, isWithheld }: LedgerPost, { erasures }: Ledgers): boolean {
  const mayGo = isPassing === true && installedRing() !== undefined;
  return !isWithheld && !erasures.has(user) && !mayGo;
}

function checkSession(
  { id, sent, acked, isLeft }: LedgerSession,
  found: ReadonlyMap<number, Place>,
  isSettled: boolean,
  problems: Problems,
): void {
  if (acked > sent.length) problems.add('unexpected', `${id}: ack ${acked} of ${sent.length} sent`);
  const owed = isSettled && !isLeft ? sent.length : Math.min(acked, sent.length);
  const highest = Math.max(0, ...found.keys());
  for (let seq = 1; seq <= Math.max(owed, highest); seq++) {
    if (found.has(seq)) continue;
    if (seq <= owed) problems.add('lost', `${id} ${seq}, acknowledged up to ${acked} of ${sent.length}`);
    else problems.add('out of order', `${id} ${seq} is not there, ${highest} is`);
  }
}
