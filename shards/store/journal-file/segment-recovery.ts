import { readdirSync } from 'node:fs';
import { constants, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../../../metrics/process/durable-files.js';
import { OWNER_NAME } from './journal-owner.js';
import { isSpareName, type SegmentFile } from './segments/segment-file.js';
import { readSegmentHead, SEGMENT_HEAD_BYTES, seedOf } from './segments/segment-format.js';
import { allSegmentsIn, type Segment, segmentsIn } from './segments/segment-list.js';
import { type FoundGroup, type GapListener, scanSegment } from './segments/segment-scan.js';
import type { SegmentSupply } from './segments/segment-supply.js';

/** A segment, and what is written of it, bytes; of the last one that is not told here. */
export interface KeptSegment extends Segment {
  readonly bytes: number;
}

/** A journal as it was found: its segments, the last one new and open, and where it goes on. */
export interface FoundJournal {
  readonly segments: KeptSegment[];
  readonly file: SegmentFile;
  /** Position after the last entry. */
  readonly end: number;
}

/** What is asked of a journal when it is opened. */
export interface OpeningJournal {
  /** The journal begins here, or reaches this far: what is missing up to there is damaged. */
  readonly first: number;
  readonly onGap: GapListener;
}

/** The segment of an opening has so many bytes at most: many openings have little to write. */
const FIRST_BYTES = 256 * 1024;

/**
 * Takes over the segments of a folder, and begins a new one behind them. What a cut left of the last group, of which nobody was
 * told, is cut off, and so is gone for good. All that is read is on the disk then: a process that was killed may have left it in the
 * system's memory, or the disk may have refused it there.
 *
 * @throws Error for a segment of another journal
 */
export async function openSegments(
  supply: SegmentSupply,
  { first, onGap }: OpeningJournal,
): Promise<FoundJournal> {
  const { folder } = supply;
  await removeNeedless(folder);
  const segments = segmentsIn(folder);
  const last = segments.pop();
  const kept: KeptSegment[] = [];
  for (const segment of segments)
    kept.push({ ...segment, bytes: (await stat(join(folder, segment.name))).size });
  const end = last === undefined ? first : await ended(last, supply, { first, onGap });
  const file = await supply.begin(end, 0, Math.min(supply.segmentBytes, FIRST_BYTES));
  if (last !== undefined) {
    const { size } = await stat(join(folder, last.name));
    if (size > SEGMENT_HEAD_BYTES) kept.push({ ...last, bytes: size });
    else await rm(join(folder, last.name));
  }
  return { segments: [...kept, { ...file.segment, bytes: 0 }], file, end };
}

/** Ends what the last owner wrote; resolves with the position behind it. */
async function ended(
  { name, position: from }: Segment,
  { folder, id }: SegmentSupply,
  { first, onGap }: OpeningJournal,
): Promise<number> {
  const path = join(folder, name);
  const bytes = await readFile(path);
  const head = readSegmentHead(bytes);
  if (head !== undefined && (head.position !== from || Buffer.compare(head.id, id) !== 0))
    throw new Error(`${name} is not of this journal`);
  const groups: FoundGroup[] = [];
  const { end, position } = scanSegment(
    bytes,
    { position: from, seed: seedOf(id) },
    (group) => groups.push(group),
    onGap,
  );
  if (position < first) onGap(position, first);
  const file = await open(path, constants.O_RDWR | constants.O_DSYNC);
  try {
    const lastAt = groups.at(-1)?.at ?? end;
    // Once more: the one that was on its way when the last owner ended.
    const group = bytes.subarray(lastAt, end);
    if (group.length > 0) await file.write(group, 0, group.length, lastAt);
    if (position >= first) await file.truncate(end);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(folder);
  return Math.max(position, first);
}

/** Removes what earlier openings prepared and did not use, and what they began when the journal was not theirs any more. */
async function removeNeedless(folder: string): Promise<void> {
  const kept = new Set(segmentsIn(folder).map(({ name }) => name));
  const needless = allSegmentsIn(folder)
    .map(({ name }) => name)
    .filter((name) => !kept.has(name));
  const others = readdirSync(folder).filter((name) => isSpareName(name) || name.startsWith(`${OWNER_NAME}-`));
  for (const name of [...needless, ...others]) await rm(join(folder, name), { force: true });
}
