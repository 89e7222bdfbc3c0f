import { named, visitor } from '../../../shards/store/user-key.js';
import { installedRing } from '../../../shards/store/vault/keys/installed-ring.js';
import { seenIn } from '../../support/shards/seen-in.js';
import type { Held } from './check-journals.js';
import { posterOf, type Ledgers } from './ledgers.js';
import type { Problems } from './problems.js';
import { isServing, type StoredShard } from './stored-shards.js';

/**
 * The graph of every user has seen exactly the items that the ledgers say: those of their own sessions, of the visitors who turned
 * out to be them, and of what was posted for them. The states contain all events.
 *
 * @param indexOf index of an item in the catalogue
 */
export function checkStates(
  ledgers: Ledgers,
  shards: readonly StoredShard[],
  { held, indexOf }: { readonly held: Held; readonly indexOf: (item: string) => number },
  problems: Problems,
): void {
  const states = new Map(
    shards.filter(isServing).flatMap(({ states }) => states.map((row) => [row.userId, row.bytes])),
  );
  checkErased(ledgers, shards, problems);
  const forgotten = forgottenOf(ledgers, shards, states);
  for (const [user, items] of expectedSeen(ledgers, states, held)) {
    if (forgotten.has(user)) continue;
    const bytes = states.get(user);
    const seen = bytes === undefined ? new Set<number>() : seenIn(bytes);
    const expected = new Set([...items].map(indexOf));
    const missing = [...expected].filter((item) => !seen.has(item));
    const strange = [...seen].filter((item) => !expected.has(item));
    if (missing.length > 0 || strange.length > 0)
      problems.add(
        'state',
        `${JSON.stringify(user)} has ${seen.size} of ${expected.size} items; missing: ${missing.slice(0, 8).join(' ')}; nobody touched: ${strange.slice(0, 8).join(' ')}`,
      );
  }
}

/**
 * Visitors who passed and are wholly gone. A journal says so; of one that is encrypted that cannot be read, for it went with their key.
 */
export function forgottenOf(
  { posts }: Ledgers,
  shards: readonly StoredShard[],
  states: ReadonlyMap<string, Uint8Array>,
): Set<string> {
  const removed = new Set(shards.flatMap((shard) => [...shard.removed]));
  const passed = [...posts.values()].filter(({ isPassing }) => isPassing === true).map(posterOf);
  const isSaid = (user: string): boolean => removed.has(user) || installedRing() !== undefined;
  return new Set(passed.filter((user) => !states.has(user) && isSaid(user)));
}

/** Of who is erased no shard that serves has a row. */
export function checkErased({ erasures }: Ledgers, shards: readonly StoredShard[], problems: Problems): void {
  const kept = shards
    .filter(isServing)
    .flatMap(({ states, sessions }) => [...states, ...sessions].map(({ userId }) => userId));
  const there = new Set(kept);
  for (const [user, erasure] of erasures)
    if (erasure === 'done' && there.has(named(user)))
      problems.add('state', `${user} is erased, and has rows`);
}

/** Items by user. A visitor who said who they are and left before it was heard is a visitor still: their state says so. */
function expectedSeen(
  { sessions, posts, erasures }: Ledgers,
  states: ReadonlyMap<string, Uint8Array>,
  { seqs }: Held,
): Map<string, Set<string>> {
  const expected = new Map<string, Set<string>>();
  const of = (user: string): Set<string> => {
    const items = expected.get(user) ?? new Set<string>();
    expected.set(user, items);
    return items;
  };
  for (const { id, user, sent } of sessions.values()) {
    const count = seqs.get(id) ?? 0;
    const isVisitor = user === undefined || states.has(visitor(id));
    const items = sent.slice(0, count).flatMap(({ item }) => item ?? []);
    for (const item of items) of(isVisitor ? visitor(id) : named(user)).add(item);
  }
  for (const post of posts.values())
    if (!post.isWithheld && !erasures.has(post.user)) of(posterOf(post)).add(post.item);
  return expected;
}
