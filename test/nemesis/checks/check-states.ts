import { named, visitor } from '../../../shards/store/user-key.js';
import { seenIn } from '../../support/shards/seen-in.js';
import type { Held } from './check-journals.js';
import type { Ledgers } from './ledgers.js';
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
  for (const [user, items] of expectedSeen(ledgers, states, held)) {
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
  for (const { user, item, isWithheld } of posts.values())
    if (!isWithheld && !erasures.has(user)) of(named(user)).add(item);
  return expected;
}
