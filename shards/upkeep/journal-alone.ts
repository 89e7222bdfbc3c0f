import { storedSegments } from '../store/journal-file/journal-folder.js';
import type { Journal } from '../store/journal.js';
import type { TailSource } from './journal-tail.js';

/** The journal of a store whose tables cannot be read, as its files have it: what earlier versions wrote is in the tables, and lost with them. */
export function journalAlone(folder: string): TailSource {
  const files = storedSegments(folder);
  const journal: Journal = {
    start: files.start ?? files.end,
    end: files.end,
    bytes: files.bytes,
    from: (position) => files.from(position),
    pieces: () => files.pieces(),
  };
  return { journal, blob: () => undefined };
}

/** True when a store has files of a journal, whatever became of its tables. */
export function hasJournalFiles(folder: string): boolean {
  return storedSegments(folder).start !== undefined;
}
