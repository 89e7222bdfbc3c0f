import type { JournalEvent } from '../store/journal-entry.js';
import type { SessionRow } from '../store/shard-states.js';
import type { ShardReply } from '../wire/calls.js';
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

type Exported = Extract<ShardReply, { op: 'exported' }>;

/**
 * All that is kept of a user, piece by piece: each is read when the one before was taken, between two ticks of a shard. The
 * journals are gone through once for the user and, where visitors were merged into them, once for all of those.
 */
export async function* exportOf(
  users: OpenUsers,
  handles: readonly ShardHandle[],
  user: UserKey,
): AsyncGenerator<ExportPiece> {
  const visitors = new Set<string>();
  let isFirst = true;
  for await (const { events, sessions, state, visitors: found } of pagesOf(
    users.ownerOf(user),
    [user],
    true,
  )) {
    for (const visitor of found) if (visitors.size < VISITORS_MAX) visitors.add(visitor);
    yield isFirst ? { events, kept: { sessions, state } } : { events };
    isFirst = false;
  }
  if (visitors.size === 0) return;
  for (const handle of handles)
    for await (const { events } of pagesOf(handle, [...visitors], false)) yield { events };
}

async function* pagesOf(
  handle: ShardHandle,
  users: readonly string[],
  wantsState: boolean,
): AsyncGenerator<Exported> {
  for (let from: number | undefined = 0; from !== undefined;) {
    const reply: ShardReply = await handle.answerTo({
      op: 'export',
      users,
      from,
      wantsState: wantsState && from === 0,
    });
    if (reply.op !== 'exported') throw failureOf(reply);
    yield reply;
    from = reply.next;
  }
}
