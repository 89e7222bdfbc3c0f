import { copyFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolderDurably, syncFile, syncFolder } from '../../../../metrics/process/durable-files.js';
import type { Segment } from './segment-list.js';

/** What is copied of a journal. */
export interface CopiedSegments {
  readonly segments: readonly Segment[];
  /** Of the last one: the rest of it is of no value, or not on the disk yet. */
  readonly lastBytes: number;
}

/**
 * Copies segments of `from` into `to`, one file after the other, while the journal goes on; other threads do the work. Resolves when
 * the copy is on the disk. Nobody may remove one of them meanwhile. `signal` ends it between two files; what is there by then is the
 * caller's to remove.
 */
export async function copySegments(
  from: string,
  to: string,
  { segments, lastBytes }: CopiedSegments,
  signal?: AbortSignal,
): Promise<void> {
  await makeFolderDurably(to);
  for (const [i, { name }] of segments.entries()) {
    signal?.throwIfAborted();
    await copyFile(join(from, name), join(to, name));
    if (i === segments.length - 1) await truncate(join(to, name), lastBytes);
    await syncFile(join(to, name));
  }
  await syncFolder(to);
}
