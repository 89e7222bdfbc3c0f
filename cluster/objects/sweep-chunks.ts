import { chunksSubject, decodeMeta } from './object-reads.js';
import type { ObjectStream } from './object-stream.js';

/** An upload gives up when a part is not stored within 15 s: parts that are as old as this and belong to nothing have been left. */
const LEFT_AFTER_MS = 3_600_000;

/**
 * Takes parts of objects away whose upload ended before its description was written. Of an upload that runs, at any node, the last part is young. All
 * that is known comes from the leader, parts before descriptions, so that what was finished meanwhile is seen. Rejects, and takes nothing more
 * away, when there is none. A description that cannot be read describes nothing: nobody finds the object by it. Resolves with how many objects
 * were left.
 */
export async function sweepChunks(
  stream: ObjectStream,
  bucket: string,
  nowMs: () => number,
): Promise<number> {
  const parts = await stream.subjects(chunksSubject(bucket, '*'));
  const described = await describedChunks(stream, bucket);
  let swept = 0;
  for (const subject of parts) {
    if (described.has(subject)) continue;
    const lastAtMs = await stream.lastAtMs(subject);
    if (lastAtMs === undefined || nowMs() - lastAtMs < LEFT_AFTER_MS) continue;
    await stream.purge(subject);
    swept++;
  }
  return swept;
}

async function describedChunks(stream: ObjectStream, bucket: string): Promise<Set<string>> {
  const described = new Set<string>();
  for (const subject of await stream.subjects(`$O.${bucket}.M.*`)) {
    const found = await stream.one(subject, 1);
    const said = found && decodeMeta(found);
    if (said !== undefined) described.add(chunksSubject(bucket, said.nuid));
  }
  return described;
}
