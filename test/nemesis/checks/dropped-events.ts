import type { JournalEvent } from '../../../shards/store/journal-entry.js';
import type { Problems } from './problems.js';
import type { StoredShard } from './stored-shards.js';

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

  /** The same shards, with what was dropped of their journals back in its place. */
  complete(shards: readonly StoredShard[], problems: Problems): StoredShard[] {
    this.#follow(shards);
    return shards.map((shard) => this.#completeOne(shard, problems));
  }

  #completeOne(shard: StoredShard, problems: Problems): StoredShard {
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
    const events = [...seen.events.slice(0, count), ...shard.events];
    const positions = [...seen.positions.slice(0, count), ...shard.positions];
    this.#seen.set(name, { end: journalEnd, events, positions });
    return { ...shard, events, positions };
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

function countBefore(positions: readonly number[], position: number): number {
  const first = positions.findIndex((at) => at >= position);
  return first < 0 ? positions.length : first;
}
