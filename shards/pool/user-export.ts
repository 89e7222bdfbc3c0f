import type { JournalEvent } from '../store/journal-entry.js';
import type { SessionRow } from '../store/shard-states.js';
import type { ShardReply } from '../wire/calls.js';
import { REMOVALS_ONLY } from '../disclosure/export-page.js';
import type { OpenUsers } from './open-users.js';
import { failureOf, type ShardHandle } from './shard-handle.js';
import type { UserKey } from '../store/user-key.js';

/** Visitors of one user whose events are looked for; of more nobody knows a shopper. */
const VISITORS_MAX = 1_000;

/** A piece of what is kept of a user. */
export interface ExportPiece {
  /** Their sessions and stored state, in the first piece alone. */
  readonly kept?: { readonly sessions: readonly SessionRow[]; readonly state: Uint8Array | undefined };
  /** Of the user, then of the visitors who were merged into them; of each oldest first. */
  readonly events: readonly JournalEvent[];
}

/**
 * All that is kept of a user, piece by piece: each is read when the one before was taken, between two ticks of a shard. A user who
 * was placed on another shard before has events in its journal as well, so all journals are gone through, once for the user and,
 * where visitors were merged into them, once for all of those.
 */
export async function* exportOf(
  users: OpenUsers,
  handles: readonly ShardHandle[],
  user: UserKey,
): AsyncGenerator<ExportPiece> {
  const owner = new JournalCursor(users.ownerOf(user), [user], true);
  const others = handles.filter((handle) => handle !== users.ownerOf(user));
  const journals = [owner, ...others.map((handle) => new JournalCursor(handle, [user], false))];
  const { sessions, state } = await owner.read();
  yield { kept: { sessions, state }, events: [] };
  for await (const events of oldestFirst(journals)) yield { events };
  const visitors = journals.flatMap((journal) => [...journal.visitors]).slice(0, VISITORS_MAX);
  if (visitors.length === 0) return;
  const theirs = handles.map((handle) => new JournalCursor(handle, visitors, false));
  for await (const events of oldestFirst(theirs)) yield { events };
}

/** Events of several journals in the order of their commits. One page of each is held; one without events gives an empty piece. */
async function* oldestFirst(journals: readonly JournalCursor[]): AsyncGenerator<JournalEvent[]> {
  for (;;) {
    const behind = journals.find(({ needsPage }) => needsPage);
    if (behind !== undefined) {
      await behind.read();
      yield [];
      continue;
    }
    const [first, second] = journals
      .filter(({ nextMs }) => nextMs !== Infinity)
      .sort((a, b) => a.nextMs - b.nextMs);
    if (first === undefined) return;
    yield first.takeUntil(second?.nextMs ?? Infinity);
  }
}

type Exported = Extract<ShardReply, { op: 'exported' }>;

/** Goes through a shard's journal a page at a time, twice: for who of some users was removed, and for the events that are theirs since. */
class JournalCursor {
  readonly #handle: ShardHandle;
  readonly #users: readonly string[];
  readonly #wantsState: boolean;
  /** By user, where the journal takes them away last, 0 for who never was: whoever has their name since is somebody else. */
  readonly #since: Map<string, number>;
  /** True while it is gone through for that alone: its pages have no events. */
  #isLooking = true;
  /** Keys of the visitors who were merged into one of them, as far as it was read. */
  readonly visitors = new Set<string>();
  #from: number | undefined = 0;
  #page: Pick<Exported, 'events' | 'times'> = { events: [], times: [] };
  #taken = 0;

  /** @param wantsState of the first of the users, in the first page */
  constructor(handle: ShardHandle, users: readonly string[], wantsState: boolean) {
    this.#handle = handle;
    this.#users = users;
    this.#since = new Map(users.map((user) => [user, 0]));
    this.#wantsState = wantsState;
  }

  /** Its page is used up, and another one follows. */
  get needsPage(): boolean {
    return this.#taken === this.#page.events.length && this.#from !== undefined;
  }

  /** When the next event of the page was committed, epoch ms; Infinity when there is none. */
  get nextMs(): number {
    return this.#page.times[this.#taken] ?? Infinity;
  }

  /** Reads the next page, in place of the one before. Rejects when the shard does not answer. */
  async read(): Promise<Exported> {
    const from = this.#from ?? 0;
    const reply: ShardReply = await this.#handle.answerTo({
      op: 'export',
      users: this.#users,
      since: this.#isLooking ? this.#users.map(() => REMOVALS_ONLY) : [...this.#since.values()],
      from,
      wantsState: this.#wantsState && this.#isLooking && from === 0,
    });
    if (reply.op !== 'exported') throw failureOf(reply);
    for (const { user, end } of reply.removals) this.#since.set(user, end);
    for (const visitor of reply.visitors) this.visitors.add(visitor);
    const isFound = this.#isLooking && reply.next === undefined;
    this.#from = isFound ? 0 : reply.next;
    if (isFound) this.#isLooking = false;
    this.#page = reply;
    this.#taken = 0;
    return reply;
  }

  /** The events of the page up to the first one that was committed after `ms`; the next one in any case. */
  takeUntil(ms: number): JournalEvent[] {
    const from = this.#taken++;
    while (this.nextMs <= ms && this.#taken < this.#page.events.length) this.#taken++;
    return this.#page.events.slice(from, this.#taken);
  }
}
