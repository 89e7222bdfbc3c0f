import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { FileJournal, type FileJournalOptions } from './file-journal.js';
import { journalFolder, storedSegments } from './journal-folder.js';
import { JournalOwner } from './journal-owner.js';
import { ID_BYTES } from './segments/segment-format.js';
import { newestEpoch } from './segments/segment-list.js';
import { idIn } from './segments/stored-segments.js';

/** What the tables of a store say of its journal, and how they are told. */
export interface JournalMarks {
  /** Number of the journal; undefined when the tables never knew one, or when that row is damaged. */
  readonly id: Uint8Array | undefined;
  /** True when the tables know a journal, also one whose number is damaged. */
  readonly isKnown: boolean;
  /** Of the last opening that the tables were told of; 0 for none. */
  readonly epoch: number;
  /** See `FileJournalOptions`. */
  readonly first: number;
  /** Durable when it resolves. Rejects when somebody else has opened the store since. */
  readonly settle: (id: Uint8Array, epoch: number) => Promise<void>;
}

/**
 * Opens the files of a store's journal, or begins them. What the tables do not know is thrown away: nothing was acknowledged from it.
 * @throws Error for a journal that the tables know and that is not there
 */
export async function openJournal(
  storeFolder: string,
  marks: JournalMarks,
  options: Omit<FileJournalOptions, 'owner' | 'id' | 'epoch' | 'first'>,
): Promise<FileJournal> {
  const folder = journalFolder(storeFolder);
  const known = await knownId(storeFolder, marks);
  const owner = await JournalOwner.claim(folder);
  const id = known ?? randomBytes(ID_BYTES);
  const epoch = 1 + Math.max(newestEpoch(folder), marks.epoch);
  try {
    // Refused when somebody else has opened the store since: so the owner whose epoch is there claimed the journal last.
    if (known !== undefined) await marks.settle(id, epoch);
    const files = await FileJournal.open({ owner, id, epoch, first: marks.first, ...options });
    if (known === undefined) await marks.settle(id, epoch);
    return files;
  } catch (error) {
    await owner.close();
    throw error;
  }
}

/** Number of the journal that is there; undefined when there is none yet, and nothing of one is left. */
async function knownId(storeFolder: string, { id, isKnown }: JournalMarks): Promise<Uint8Array | undefined> {
  const folder = journalFolder(storeFolder);
  if (!isKnown) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  // When the row is damaged, the files say it as well.
  const known = id ?? (existsSync(folder) ? idIn(folder) : undefined);
  if (known === undefined || storedSegments(storeFolder).start === undefined)
    throw new Error(`the journal is missing in ${folder}`);
  return known;
}
