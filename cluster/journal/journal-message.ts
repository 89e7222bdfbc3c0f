import { z } from 'zod';
import type { JournalRecord } from '../../shards/store/journal.js';
import { LaterVersionError } from '../../shards/store/journal-record.js';
import { packMessage, unpackMessage } from './checked-message.js';

/** Who writes to the journal of a partition: one ownership of it by one run of one node. */
export interface JournalOwner {
  readonly node: string;
  /** Another one at each start of the node, so that no run takes the messages of an earlier one for its own. */
  readonly run: string;
  /** Sequence of the message that began the ownership; a later owner has a greater one. */
  readonly epoch: number;
}

/** A message of a partition's journal: `own` begins an ownership, `group` is one commit of an owner. */
export type JournalMessage =
  | { readonly kind: 'own'; readonly owner: JournalOwner }
  | {
      readonly kind: 'group';
      readonly owner: JournalOwner;
      /** Indices of items that the owner's catalogue had given out: the records name none beyond. */
      readonly items: number;
      readonly records: readonly JournalRecord[];
    };

/** Version of a message's bytes. */
const VERSION = 2;

const whole = z.number().int().min(0);
const row = z.tuple([whole, z.instanceof(Uint8Array)]);
const head = [z.literal(VERSION), z.string(), z.string(), whole] as const;
const ownRow = z.tuple(head);
const groupRow = z.tuple([...head, whole, whole, row]).rest(row);

/**
 * A message as bytes, the caller's (`packMessage`): `[2, node, run, epoch]`, for a group followed by the number of items, the position
 * of its first entry and `[count, bytes]` of each record, as `encodeRecord` made it, with the checksum of
 * its own that it keeps wherever it goes. A group has one record at least, and their positions follow each other.
 * Throws a `RangeError` for one of more than `MESSAGE_BYTES_MAX`.
 */
export function encodeMessage(message: JournalMessage): Uint8Array {
  const { node, run, epoch } = message.owner;
  const rows: unknown[] = [VERSION, node, run, epoch];
  if (message.kind === 'group') {
    rows.push(message.items, message.records[0].position);
    for (const { count, bytes } of message.records) rows.push([count, Buffer.from(bytes)]);
  }
  return packMessage(rows);
}

/** What `encodeMessage` was given. Throws for bytes that do not fit their checksum or are none of these, and a `LaterVersionError` for a later version. */
export function decodeMessage(bytes: Uint8Array): JournalMessage {
  const rows = unpackMessage(bytes);
  refuseLater(rows);
  const own = ownRow.safeParse(rows);
  if (own.success) return { kind: 'own', owner: ownerOf(own.data) };
  const group = groupRow.safeParse(rows);
  if (!group.success) throw new Error('it is no message of a journal');
  const [, , , , items, position, ...records] = group.data;
  return { kind: 'group', owner: ownerOf(group.data), items, records: recordsFrom(position, records) };
}

function refuseLater(rows: unknown): void {
  const version: unknown = Array.isArray(rows) ? rows[0] : undefined;
  if (typeof version === 'number' && version > VERSION)
    throw new LaterVersionError(
      `version ${version}; this build reads versions up to ${VERSION}. A later version wrote it: start that one`,
    );
}

function ownerOf([, node, run, epoch]: readonly [
  number,
  string,
  string,
  number,
  ...unknown[],
]): JournalOwner {
  return { node, run, epoch };
}

function recordsFrom(position: number, rows: readonly z.infer<typeof row>[]): JournalRecord[] {
  let next = position;
  return rows.map(([count, bytes]) => {
    const record = { position: next, count, bytes };
    next += count;
    return record;
  });
}
