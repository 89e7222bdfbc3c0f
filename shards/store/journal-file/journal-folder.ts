import { join } from 'node:path';
import type { GapListener } from './segments/segment-scan.js';
import { StoredSegments } from './segments/stored-segments.js';

/** Folder of a store's folder with the segments of its journal. */
export const JOURNAL_FOLDER = 'journal';

/** Where the journal of a store is. */
export function journalFolder(folder: string): string {
  return join(folder, JOURNAL_FOLDER);
}

/** The files of a store's journal as they are now, also while it is open elsewhere. */
export function storedSegments(folder: string, onGap: GapListener = () => undefined): StoredSegments {
  return new StoredSegments(journalFolder(folder), onGap);
}
