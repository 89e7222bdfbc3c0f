import { z } from 'zod';
import type { KeptSnapshot } from '../../shards/wire/calls.js';

/** A file of a snapshot, and the object that holds it. */
const file = z.object({
  /** A path from the store's folder, with `/`. */
  name: z.string().regex(/^(?:journal\/)?[\w-][\w.-]*$/),
  bytes: z.number().int().nonnegative(),
  /** Hexadecimal. */
  sha256: z.string(),
  object: z.string(),
});
export type StoredFile = z.infer<typeof file>;

/** A consistent copy of a partition's store: rows, states, and the journal as far as it is kept. */
const snapshot = z.object({
  /** Of the owner that made it. */
  epoch: z.number().int(),
  madeAtMs: z.number(),
  /** Journal position after the last entry that it holds. */
  end: z.number().int(),
  /** Sequence of a message from which on the stream holds its last entry and all later ones. */
  from: z.number().int(),
  /** Indices of items that its owner's catalogue had given out: it names none beyond. */
  items: z.number().int(),
  files: z.array(file),
});
export type PartitionSnapshot = z.infer<typeof snapshot>;

/** The snapshots of a partition that count. Each was read back when it was named here. */
const notice = z.object({ version: z.literal(1), newest: snapshot, older: snapshot.optional() });
export type SnapshotNotice = z.infer<typeof notice>;

export function encodeNotice(said: SnapshotNotice): string {
  return JSON.stringify(said);
}

/** Throws for one that a later version has written. */
export function decodeNotice(text: string): SnapshotNotice {
  return notice.parse(JSON.parse(text));
}

/** What is told of a snapshot to whoever runs the cluster. */
export function keptOf(partition: number, { madeAtMs, end, files }: PartitionSnapshot): KeptSnapshot {
  const bytes = files.reduce((sum, stored) => sum + stored.bytes, 0);
  return { shard: partition, madeAtMs, journalEnd: end, bytes };
}

/** The newer one first. */
export function snapshotsOf(said: SnapshotNotice | undefined): readonly PartitionSnapshot[] {
  if (said === undefined) return [];
  return said.older === undefined ? [said.newest] : [said.newest, said.older];
}
