import { OverloadedError, type SharedNote } from '../../shards/api.js';
import { keptSegments, type KeptSegments } from './kept-segments.js';

/** All segments, and which change made them so. */
export interface NotedSegments {
  readonly kept: KeptSegments;
  /** Rises with each change; 0: there was none. */
  readonly revision: number;
}

/** Where segments are kept. */
export interface SegmentStore {
  /** As they are kept now; those of a cluster may be those of a moment ago. */
  read(): Promise<NotedSegments>;
  /** Resolves with the change's revision when it is durable; with undefined, and keeps nothing, when others have changed them since `revision`. */
  write(kept: KeptSegments, revision: number): Promise<number | undefined>;
  /** How often it is looked for what others have changed, ms; 0: nobody else does. */
  readonly lookEveryMs: number;
}

/** Twice a second, as a cluster's model. */
const LOOK_MS = 500;

/** Segments that all nodes of a cluster share. Rejects with an `OverloadedError` when no server answers. */
export function sharedSegments(note: SharedNote): SegmentStore {
  return {
    read: async () => {
      const { text, revision } = await note.read().catch(unreached);
      const kept = text === '' ? { last: 0, segments: [] } : keptSegments.parse(JSON.parse(text));
      return { kept, revision };
    },
    write: (kept, revision) => note.write(JSON.stringify(kept), revision).catch(unreached),
    lookEveryMs: LOOK_MS,
  };
}

function unreached(error: unknown): never {
  throw new OverloadedError(`the NATS servers do not answer: ${(error as Error).message}`);
}
