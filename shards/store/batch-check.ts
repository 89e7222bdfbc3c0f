import type { CommitBatch } from './store.js';
import { BLOB_KEY_LENGTH_MAX, NAME_LENGTH_MAX } from './keys.js';

/**
 * Throws `RangeError` when a batch could not be written as it stands, before any of it is. Both stores call it first,
 * so a batch is taken whole or not at all.
 *
 * @param journalEnd position the batch's journal record will get
 * @param nameMax UTF-16 units of the longest name
 * @param checkpoint the checkpoint so far; a new one lies between it and the end of the batch's record
 */
export function checkBatch(
  batch: CommitBatch,
  journalEnd: number,
  checkpoint: number,
  nameMax = NAME_LENGTH_MAX,
): void {
  const checkName = (name: string, what: string) => checkNameOf(name, what, nameMax);
  const { journal } = batch;
  if (journal) checkCount(journal.count, 1, 'journal count');
  for (const row of batch.sessions ?? []) {
    checkName(row.userId, 'user id');
    checkName(row.sessionId, 'session id');
    checkSeq(row.seq);
  }
  for (const row of batch.eventIds ?? []) {
    checkName(row.userId, 'user id');
    checkName(row.eventId, 'event id');
    if (!(row.atMs >= 0)) throw new RangeError(`event id's time ${row.atMs} is not an epoch time in ms`);
  }
  for (const row of [...(batch.users ?? []), ...(batch.rebuilt ?? [])]) checkName(row.userId, 'user id');
  if (batch.states !== undefined && batch.states.op !== 'clear')
    checkCount(batch.states.model, 0, 'model tag');
  for (const row of batch.aliases ?? []) {
    checkName(row.userId, 'user id');
    if (row.to !== undefined) checkName(row.to, 'alias target');
  }
  for (const row of batch.blobs ?? []) {
    if (row.key.length > BLOB_KEY_LENGTH_MAX)
      throw new RangeError(`blob key longer than ${BLOB_KEY_LENGTH_MAX} units`);
  }
  if (batch.dropBefore !== undefined && !(batch.dropBefore <= Math.max(checkpoint, batch.checkpoint ?? 0)))
    throw new RangeError(
      `entries before ${batch.dropBefore} cannot go: states contain those before ${checkpoint}`,
    );
  if (batch.checkpoint !== undefined) {
    checkCheckpoint(batch.checkpoint, checkpoint, journalEnd + (journal?.count ?? 0));
  }
}

function checkCheckpoint(next: number, last: number, journalEnd: number): void {
  if (Number.isSafeInteger(next) && next >= last && next <= journalEnd) return;
  throw new RangeError(
    `checkpoint ${next} is not between the last one (${last}) and the journal's end (${journalEnd})`,
  );
}

/** Throws `RangeError` unless `name` fits a key. */
export function checkName(name: string, what: string): void {
  checkNameOf(name, what, NAME_LENGTH_MAX);
}

function checkNameOf(name: string, what: string, max: number): void {
  if (name.length > max) throw new RangeError(`${what} longer than ${max} UTF-16 units`);
}

/** Throws `RangeError` unless `seq` is one that the wire has, or 0. */
function checkSeq(seq: number): void {
  if (!Number.isSafeInteger(seq) || seq < 0)
    throw new RangeError(`session seq ${seq} is not an integer of 0 … 9007199254740991`);
}

/** Throws `RangeError` unless `count` is an unsigned 32-bit integer of at least `min`. */
export function checkCount(count: number, min: number, what: string): void {
  if (Number.isInteger(count) && count >= min && count <= 0xffffffff) return;
  throw new RangeError(`${what} ${count} is not an integer of ${min} … 4294967295`);
}
