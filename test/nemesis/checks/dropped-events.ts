import type { JournalEvent } from '../../../shards/store/journal-entry.js';
import type { Problems } from './problems.js';
import { isServing, type StoredShard } from './stored-shards.js';

/** What was in a journal at the last look, with what had been dropped by then. */
interface SeenJournal {
  readonly end: number;
  readonly events: readonly JournalEvent[];
  readonly positions: readonly number[];
}

/**
 * What compaction has dropped of the journals of a run, as it was seen at earlier looks: an event that is gone because it was dropped is
 * not lost. Nothing may go that no stored state contains, nor before anybody has looked at it.
 */
export class DroppedEvents {
  readonly #seen = new Map<string, SeenJournal>();
  /** Who was erased in any journal. */
  readonly #erased = new Set<string>();
  /** Who was taken away in any journal. */
  readonly #removed = new Set<string>();

  /** The same shards, with what was dropped of their journals back in its place. */
  complete(shards: readonly StoredShard[], problems: Problems): StoredShard[] {
    this.#follow(shards);
    const erased = new Set(shards.flatMap((shard) => [...shard.erased.keys()]));
    for (const user of erased) this.#erased.add(user);
    for (const { removed } of shards) for (const user of removed) this.#removed.add(user);
    return shards.map((shard) => this.#completeOne(shard, problems));
  }

  #completeOne(shard: StoredShard, problems: Problems): StoredShard {
    // Journals of shards that are gone are written no more: who is erased is erased there as well.
    const erased = isServing(shard)
      ? shard.erased
      : new Map([...this.#erased].map((user) => [user, Infinity]));
    const { name, journalStart, journalEnd, checkpoint } = shard;
    const seen = this.#seen.get(name) ?? { end: 0, events: [], positions: [] };
    if (journalStart > checkpoint)
      problems.add(
        'lost',
        `${name}: entries from ${checkpoint} to ${journalStart} are in no state, and dropped`,
      );
    if (journalStart > seen.end)
      problems.add('other', `${name}: entries from ${seen.end} to ${journalStart} were dropped unseen`);
    const count = countBefore(seen.positions, journalStart);
    const all = {
      events: [...seen.events.slice(0, count), ...shard.events],
      positions: [...seen.positions.slice(0, count), ...shard.positions],
    };
    const { events, positions } = withoutErased(all, erased);
    this.#seen.set(name, { end: journalEnd, events, positions });
    return { ...shard, events, positions, removed: this.#removed };
  }

  /** A shard that was taken away has its journal under another name; a new one may have its own. */
  #follow(shards: readonly StoredShard[]): void {
    for (const { name } of shards) {
      const before = /^retired\/(shard-\d+)/.exec(name)?.[1];
      const seen = before === undefined || this.#seen.has(name) ? undefined : this.#seen.get(before);
      if (before === undefined || seen === undefined) continue;
      this.#seen.set(name, seen);
      this.#seen.delete(before);
    }
  }
}

/** Events of who was erased behind them are there for nobody. */
function withoutErased(
  { events, positions }: Pick<SeenJournal, 'events' | 'positions'>,
  erased: ReadonlyMap<string, number>,
): Pick<SeenJournal, 'events' | 'positions'> {
  if (erased.size === 0) return { events, positions };
  const isThere = (i: number): boolean => positions[i] > (erased.get(events[i].user) ?? -1);
  return {
    events: events.filter((_, i) => isThere(i)),
    positions: positions.filter((_, i) => isThere(i)),
  };
}

function countBefore(positions: readonly number[], position: number): number {
  const first = positions.findIndex((at) => at >= position);
  return first < 0 ? positions.length : first;
}
