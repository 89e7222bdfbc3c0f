import { faultPoint } from '../../../metrics/process/fault-point.js';
import { INTENT_KEYS } from '../entries/intent-rows.js';
import type { SetAsideRow } from '../damage.js';
import type { CommitBatch, ShardStore } from '../store.js';
import { NAME_KEYS, SealedBatch, USERS_KINDS } from './sealed-batch.js';
import { isPseudonym, type UserKeys } from './keys/user-keys.js';
import { VAULT_KEY } from './vault-store.js';

/** Rows of one commit while a store is being encrypted. */
const ROWS_MAX = 500;

/**
 * Encrypts the rows of a store that is not encrypted yet, in bites, and marks it then: first the encrypted rows come, then those that
 * can be read go. A crash in between leaves rows of both kinds and no mark: the next opening begins again, and comes to the same.
 * Left are keys against repeats, which go within two days, and records of the journal, until they are dropped or `admin compact`
 * writes them anew; those that come are encrypted.
 */
export async function sealStore(store: ShardStore, keys: UserKeys): Promise<void> {
  const batch = new SealedBatch(keys, (pseudonym) => store.blob(NAME_KEYS + pseudonym) !== undefined);
  const isPlain = (name: string) => !isPseudonym(name) || keys.holder(name) === undefined;
  for (const rows of plainRows(store, isPlain)) {
    const sealed = batch.of(rows, 0);
    await keys.sync();
    await store.commit(sealed);
  }
  faultPoint('vault.sealed');
  for (const rows of needlessRows(store, isPlain)) await store.commit(rows);
  faultPoint('vault.cleaned');
  await store.commit({ blobs: [{ key: VAULT_KEY, bytes: Buffer.from(keys.ringId, 'latin1') }] });
}

type IsPlain = (name: string) => boolean;

function* plainRows(store: ShardStore, isPlain: IsPlain): Generator<CommitBatch> {
  const ofUser = ({ userId }: { readonly userId: string }) => isPlain(userId);
  for (const users of bites(store.users(), ofUser)) yield { users };
  for (const sessions of bites(store.sessions(), ofUser)) yield { sessions };
  for (const eventIds of bites(store.eventIds(), ofUser)) yield { eventIds };
  for (const aliases of bites(store.aliases(), ofUser)) yield { aliases };
  for (const blobs of bites(store.blobs(INTENT_KEYS), ({ key }) => isPlain(visitorOf(key)))) yield { blobs };
  const ofSomebody = ({ kind, names }: SetAsideRow) => USERS_KINDS.has(kind) && isPlain(names[0]);
  for (const setAside of bites(store.setAside(), ofSomebody)) yield { setAside };
}

/** Sessions go with their user's row, whether they have one or not. */
function* needlessRows(store: ShardStore, isPlain: IsPlain): Generator<CommitBatch> {
  const ofUser = ({ userId }: { readonly userId: string }) => isPlain(userId);
  for (const rows of bites(store.users(), ofUser)) yield { users: rows.map(gone) };
  for (const rows of bites(store.sessions(), ofUser)) yield { users: rows.map(gone) };
  for (const rows of bites(store.aliases(), ofUser))
    yield { aliases: rows.map(({ userId }) => ({ userId, to: undefined })) };
  for (const rows of bites(store.blobs(INTENT_KEYS), ({ key }) => isPlain(visitorOf(key))))
    yield { blobs: rows.map(({ key }) => ({ key, bytes: undefined })) };
}

function* bites<R>(rows: Iterable<R>, isPlain: (row: R) => boolean): Generator<R[]> {
  let bite: R[] = [];
  for (const row of rows) {
    if (isPlain(row)) bite.push(row);
    if (bite.length < ROWS_MAX) continue;
    yield bite;
    bite = [];
  }
  if (bite.length > 0) yield bite;
}

function gone({ userId }: { readonly userId: string }): { userId: string; bytes: undefined } {
  return { userId, bytes: undefined };
}

function visitorOf(intent: string): string {
  return intent.slice(INTENT_KEYS.length);
}
