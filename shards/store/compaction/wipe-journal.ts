import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renameDurably, syncFile } from '../../../metrics/process/durable-files.js';
import { GroupBuffer } from '../journal-file/group-buffer.js';
import { readSegmentHead, segmentHead, seedOf } from '../journal-file/segments/segment-format.js';
import { allSegmentsIn } from '../journal-file/segments/segment-list.js';
import { type FoundGroup, recordsOf, scanSegment } from '../journal-file/segments/segment-scan.js';
import { userOfEntry } from '../journal-entry.js';
import { decodeRecord, encodeRecord, isSealedRecord, recordTime } from '../journal-record.js';

/** What a segment is called that is being written anew; the next opening removes what a crash leaves of it. */
const PARTIAL = 'spare-wiped.segment';

/** Whether what a user did at a position of the journal, committed at a time (epoch ms), has to go. */
export type IsWiped = (user: string, position: number, atMs: number) => boolean;

/**
 * Takes what some users did out of a journal in files that nobody has open: their entries are `erased`, in their places, and all
 * positions stay. Each segment that has any is written anew beside the old one, synced and renamed over it, so a crash leaves
 * each as it was or as it is to be, and doing it again ends it. Needs the room and the memory of one segment. What cannot be
 * read in a segment that is written anew is not in it any more.
 */
export async function wipeJournal(folder: string, isWiped: IsWiped): Promise<number> {
  let wiped = 0;
  for (const { name } of allSegmentsIn(folder)) {
    const path = join(folder, name);
    const segment = wipedSegment(readFileSync(path), isWiped);
    if (segment === undefined) continue;
    const partial = join(folder, PARTIAL);
    await writeFile(partial, segment.bytes);
    await syncFile(partial);
    await renameDurably(partial, path);
    wiped += segment.wiped;
  }
  return wiped;
}

/** Undefined for one that has nothing of them, or no head that can be read. */
function wipedSegment(
  bytes: Buffer,
  isWiped: IsWiped,
): { readonly bytes: Buffer; readonly wiped: number } | undefined {
  const head = readSegmentHead(bytes);
  if (head === undefined) return undefined;
  const seed = seedOf(head.id);
  const groups: FoundGroup[] = [];
  const keep = (group: FoundGroup): void => void groups.push(group);
  scanSegment(bytes, { position: head.position, seed }, keep, () => {});
  const parts = [segmentHead(head)];
  let wiped = 0;
  for (const group of groups) {
    const written = new GroupBuffer();
    for (const { position, count, bytes: record } of recordsOf(bytes, group)) {
      const left = wipeRecord(record, position, isWiped);
      written.add(count, left?.bytes ?? record);
      wiped += left?.wiped ?? 0;
    }
    parts.push(Buffer.from(written.sealed(group.head.position, seed)));
  }
  return wiped === 0 ? undefined : { bytes: Buffer.concat(parts), wiped };
}

/** A record without what some users did; undefined for one that has nothing of it, that is encrypted, or that cannot be read. */
export function wipeRecord(
  bytes: Uint8Array,
  position: number,
  isWiped: IsWiped,
): { readonly bytes: Uint8Array; readonly wiped: number } | undefined {
  try {
    if (isSealedRecord(bytes)) return undefined;
    const atMs = recordTime(bytes);
    let wiped = 0;
    const entries = decodeRecord(bytes).map((entry, place) => {
      const user = userOfEntry(entry);
      if (user === undefined || !isWiped(user, position + place, atMs ?? 0)) return entry;
      wiped++;
      return { entry: 'erased' } as const;
    });
    return wiped === 0 ? undefined : { bytes: encodeRecord(entries, atMs), wiped };
  } catch {
    return undefined;
  }
}
