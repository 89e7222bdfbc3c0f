import { named, visitor } from '../../../shards/store/user-key.js';
import type { Held } from './check-journals.js';
import type { Ledgers } from './ledgers.js';
import type { Problems } from './problems.js';
import { isServing, type StoredShard } from './stored-shards.js';

/** How many welcomes of each session were looked at before. */
export type WelcomesSeen = Map<string, number>;

/**
 * [D4] The `seq` of every welcome since the last look: never below what was acknowledged, nor above what was sent; and the first
 * after the gateway had died exactly what the journals held then (`heldAtDeath`).
 */
export function checkWelcomes(
  { sessions }: Ledgers,
  seen: WelcomesSeen,
  heldAtDeath: Held | undefined,
  problems: Problems,
): void {
  for (const { id, welcomes } of sessions.values()) {
    const fresh = welcomes.slice(seen.get(id) ?? 0);
    const isKnown = seen.has(id);
    seen.set(id, welcomes.length);
    for (const [i, { seq, acked, sent }] of fresh.entries()) {
      if (seq < acked || seq > sent)
        problems.add('seq', `${id}: welcome.seq ${seq}, ${acked} acknowledged and ${sent} sent`);
      const exact = heldAtDeath?.seqs.get(id) ?? 0;
      if (i === 0 && isKnown && heldAtDeath !== undefined && seq !== exact)
        problems.add('seq', `${id}: welcome.seq ${seq} after the start, the journal has ${exact}`);
    }
  }
}

/** The last `seq` that is stored of every session is that of its last event in a journal. */
export function checkStoredSeqs(
  { sessions }: Ledgers,
  shards: readonly StoredShard[],
  { seqs }: Held,
  problems: Problems,
): void {
  const stored = new Map<string, number>();
  for (const { userId, sessionId, seq } of shards.filter(isServing).flatMap(({ sessions }) => sessions))
    stored.set(JSON.stringify([userId, sessionId]), seq);
  for (const { id, user } of sessions.values()) {
    const held = seqs.get(id) ?? 0;
    const of = (key: string): number => stored.get(JSON.stringify([key, id])) ?? 0;
    const best = Math.max(of(visitor(id)), user === undefined ? 0 : of(named(user)));
    if (best !== held) problems.add('seq', `${id}: seq ${best} is stored, the journal has ${held}`);
  }
}
