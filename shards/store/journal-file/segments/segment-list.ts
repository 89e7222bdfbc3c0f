import { readdirSync } from 'node:fs';

const NAME = /^(\d{16})-(\d{8})\.segment$/;

/** A segment that is kept: the position of its first entry, the opening of the journal that began it, and the name of its file. */
export interface Segment {
  readonly position: number;
  readonly epoch: number;
  readonly name: string;
}

/** Name of the segment whose first entry has this position: names sort as positions do, and at one position as epochs do. */
export function segmentName(position: number, epoch: number): string {
  return `${String(position).padStart(16, '0')}-${String(epoch).padStart(8, '0')}.segment`;
}

/**
 * The segments of a folder by position. Those that an owner began after somebody else had begun a later one are none: nothing in them was
 * acknowledged.
 */
export function segmentsIn(folder: string): Segment[] {
  const segments: Segment[] = [];
  let newest = 0;
  for (const segment of allSegmentsIn(folder)) {
    if (segment.epoch < newest) continue;
    newest = segment.epoch;
    segments.push(segment);
  }
  return segments;
}

/** As `segmentsIn`, with those that are none. */
export function allSegmentsIn(folder: string): Segment[] {
  const names = readdirSync(folder).sort();
  return names.flatMap((name) => {
    const found = NAME.exec(name);
    return found === null ? [] : [{ position: Number(found[1]), epoch: Number(found[2]), name }];
  });
}

/** The highest epoch of any segment; 0 without one. */
export function newestEpoch(folder: string): number {
  return Math.max(0, ...allSegmentsIn(folder).map(({ epoch }) => epoch));
}
