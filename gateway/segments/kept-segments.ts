import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../../metrics/process/durable-files.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import type { Problem } from '../protocol/validate-event.js';
import { ruleForm } from './rule-form.js';
import type { NotedSegments, SegmentStore } from './segment-store.js';

/** Name of the file in the data folder. */
const SEGMENTS_FILE = 'segments.json';

/** A segment as it is kept. */
const keptSegment = z.object({
  /** What shards and states know it by; never another one's again. */
  number: z.number().int().min(1).max(65_535),
  id: z.string(),
  name: z.string().optional(),
  rule: ruleForm,
  webhook: z.string().optional(),
});
export const keptSegments = z.object({
  /** The greatest number that was ever given out. */
  last: z.number().int().min(0),
  segments: z.array(keptSegment),
});

export type KeptSegment = z.infer<typeof keptSegment>;
export type KeptSegments = z.infer<typeof keptSegments>;

/**
 * Bytes of all segments as JSON, at most. Each change writes all of them and hands them to all shards in one turn of the gateway's thread; and
 * a message to the NATS servers takes 1 MB.
 */
export const SEGMENTS_BYTES_MAX = 900_000;

/** Why segments may not take the place of others; undefined when they may. What makes them smaller always may: an older version let them grow. */
export function sizeProblem(next: KeptSegments, now: KeptSegments): Problem | undefined {
  const bytes = bytesOf(next);
  if (bytes <= SEGMENTS_BYTES_MAX || bytes < bytesOf(now)) return undefined;
  return { code: 'too_many', message: `all segments take ${SEGMENTS_BYTES_MAX} bytes at most` };
}

function bytesOf(kept: KeptSegments): number {
  return Buffer.byteLength(JSON.stringify(kept));
}

/** The segments of a data folder, in a file of their own that is there whole or not at all. Rejects with `StartupError` `segments_unreadable`. */
export async function segmentFile(dataDir: string): Promise<SegmentStore> {
  const path = join(dataDir, SEGMENTS_FILE);
  let noted: NotedSegments = { kept: await readSegments(path), revision: 0 };
  return {
    read: () => Promise.resolve(noted),
    write: async (kept, revision) => {
      await writeFileDurably(path, `${JSON.stringify(kept, undefined, 2)}\n`);
      noted = { kept, revision: revision + 1 };
      return noted.revision;
    },
    lookEveryMs: 0,
  };
}

async function readSegments(path: string): Promise<KeptSegments> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { last: 0, segments: [] };
    throw error;
  }
  try {
    return keptSegments.parse(JSON.parse(text));
  } catch (cause) {
    throw new StartupError(
      'segments_unreadable',
      `${path} is not a list of segments; mend it, or move it away and put the segments again`,
      { cause },
    );
  }
}
