import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFileDurably, renameDurably, syncFile } from '../../../metrics/process/durable-files.js';
import { readSegmentHead, segmentHead, seedOf } from '../journal-file/segments/segment-format.js';
import { segmentName, segmentsIn } from '../journal-file/segments/segment-list.js';
import { type FoundGroup, scanSegment } from '../journal-file/segments/segment-scan.js';

/** What the shorter segment is called until it is whole; the next opening removes what a crash leaves of it. */
const PARTIAL = 'spare-cut.segment';

/**
 * Takes the entries before a position off the front of a journal in files that nobody has open: whole groups, as they were written,
 * so that up to one group of them stays, and never the last one, which says where the journal ends. Resolves with the position that the
 * journal begins with now.
 *
 * Of the first segment that is kept in part a shorter one is written, which begins later, before that is removed: with both there the
 * later one counts from where it begins. So a crash leaves the journal whole.
 */
export async function cutJournal(folder: string, before: number): Promise<number | undefined> {
  const segments = segmentsIn(folder);
  while (segments.length > 1 && segments[1].position <= before) {
    await removeFileDurably(join(folder, segments[0].name));
    segments.shift();
  }
  const first = segments.at(0);
  if (first === undefined || before <= first.position) return first?.position;
  const path = join(folder, first.name);
  const bytes = readFileSync(path);
  const head = readSegmentHead(bytes);
  // Whoever has a journal with a damaged head looks at it first.
  if (head === undefined) return first.position;
  const groups: FoundGroup[] = [];
  const from = { position: first.position, seed: seedOf(head.id) };
  const { tornTo } = scanSegment(
    bytes,
    from,
    (group) => groups.push(group),
    () => {},
  );
  const kept = firstKept(groups, before);
  if (kept === undefined || kept.head.position <= first.position) return first.position;
  const { position } = kept.head;
  const partial = join(folder, PARTIAL);
  await writeFile(
    partial,
    Buffer.concat([segmentHead({ ...head, position }), bytes.subarray(kept.at, tornTo)]),
  );
  await syncFile(partial);
  await renameDurably(partial, join(folder, segmentName(position, first.epoch)));
  await removeFileDurably(path);
  return position;
}

function firstKept(groups: readonly FoundGroup[], before: number): FoundGroup | undefined {
  return groups.find(({ head }) => head.position + head.count > before) ?? groups.at(-1);
}
