import type { Damage, SetAsideRow } from '../damage.js';
import { checkBatch } from '../batch-check.js';
import { INTENT_KEYS } from '../entries/intent-rows.js';
import { rowsOfEntries } from '../entries/entry-rows.js';
import type { Journal } from '../journal.js';
import type { JournalEntry } from '../journal-entry.js';
import { decodeRecord, isSealedRecord, recordTime } from '../journal-record.js';
import { decodeSetAside } from '../set-aside-record.js';
import type { EventIdRow, SessionRow, UserRow } from '../shard-states.js';
import type { BlobRow, CommitBatch, ShardStore, VerifyBite, VerifyPlace } from '../store.js';
import { openedJournal } from './opened-journal.js';
import { NAME_KEYS, SealedBatch, USERS_KINDS } from './sealed-batch.js';
import { openRecord, sealRecord } from './sealed-record.js';
import { openBytes } from './keys/user-cipher.js';
import {
  isPseudonym,
  type Keyed,
  nameIn,
  nameLetters,
  sessionLetters,
  type UserKeys,
} from './keys/user-keys.js';

/** Blob that says with which ring a store is encrypted. */
export const VAULT_KEY = 'vault';

/** Letters of the longest name, encrypted. */
export const LETTERS_MAX = 600;

/**
 * A shard's store that is encrypted at rest, around one that is not: names on their way in become pseudonyms, what is of a user is
 * encrypted under their key, and the other way round on the way out. Whoever uses it sees what they would see of the other.
 *
 * Readable without a key: items, pages of the interaction graph, `seq` of sessions, times, positions, how many users there are.
 * What has no key any more reads as if it were not there: rows are left out, entries of the journal are `erased` in their places.
 * A promise of `commit` waits for the keys that it needs as well.
 */
export class VaultStore implements ShardStore {
  readonly #inner: ShardStore;
  readonly #keys: UserKeys;
  readonly #batch: SealedBatch;
  readonly journal: Journal;
  /** Settles when all keys made so far are on the disk; undefined when they are. */
  #syncing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(inner: ShardStore, keys: UserKeys) {
    this.#inner = inner;
    this.#keys = keys;
    this.#batch = new SealedBatch(keys, (pseudonym) => inner.blob(NAME_KEYS + pseudonym) !== undefined);
    this.journal = openedJournal(inner.journal, keys);
  }

  get checkpoint(): number {
    return this.#inner.checkpoint;
  }

  get isEncrypted(): boolean {
    return true;
  }

  get waitsForDisk(): boolean {
    return this.#inner.waitsForDisk;
  }

  get statesModel(): number {
    return this.#inner.statesModel;
  }

  get hasRetired(): boolean {
    return this.#inner.hasRetired;
  }

  user(userId: string): Uint8Array | undefined {
    const keyed = this.#keys.known(userId);
    return keyed && stateIn(keyed, this.#inner.user(keyed.pseudonym));
  }

  rebuilt(userId: string): Uint8Array | undefined {
    const keyed = this.#keys.known(userId);
    return keyed && stateIn(keyed, this.#inner.rebuilt(keyed.pseudonym));
  }

  isRetired(userId: string): boolean {
    return this.#inner.isRetired(this.#keys.pseudonymOf(userId));
  }

  *retired(after: string): Generator<UserRow> {
    yield* this.#users(this.#inner.retired(after === '' ? '' : this.#keys.pseudonymOf(after)));
  }

  sessionSeq(userId: string, sessionId: string): number | undefined {
    const keyed = this.#keys.known(userId);
    return keyed && this.#inner.sessionSeq(keyed.pseudonym, sessionLetters(keyed, sessionId));
  }

  hasEventId(userId: string, eventId: string): boolean {
    const keyed = this.#keys.known(userId);
    return keyed !== undefined && this.#inner.hasEventId(keyed.pseudonym, nameLetters(keyed, eventId));
  }

  eventIdsOf(userId: string, countMax: number): string[] {
    const keyed = this.#keys.known(userId);
    if (keyed === undefined) return [];
    return this.#inner
      .eventIdsOf(keyed.pseudonym, countMax)
      .flatMap((letters) => nameIn(keyed, letters) ?? []);
  }

  alias(userId: string): string | undefined {
    const keyed = this.#keys.known(userId);
    return keyed && this.#ownerIn(keyed, this.#inner.alias(keyed.pseudonym));
  }

  blob(key: string): Uint8Array | undefined {
    if (!key.startsWith(INTENT_KEYS)) return this.#inner.blob(key);
    const keyed = this.#keys.known(key.slice(INTENT_KEYS.length));
    return keyed && this.#intentIn(keyed, this.#inner.blob(INTENT_KEYS + keyed.pseudonym));
  }

  *blobs(prefix: string): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    for (const { key, bytes } of this.#inner.blobs(prefix)) {
      if (key.startsWith(NAME_KEYS) || key === VAULT_KEY) continue;
      if (!key.startsWith(INTENT_KEYS)) yield { key, bytes };
      else yield* this.#intent(key.slice(INTENT_KEYS.length), bytes);
    }
  }

  users(): Iterable<UserRow> {
    return this.#users(this.#inner.users());
  }

  *userNames(after: string): Generator<string> {
    for (const pseudonym of this.#inner.userNames(after === '' ? '' : this.#keys.pseudonymOf(after))) {
      const name = this.#nameOf(pseudonym);
      if (name !== undefined) yield name;
    }
  }

  sessions(): Iterable<SessionRow> {
    return this.#sessions(this.#inner.sessions());
  }

  *sessionsAfter(after: Pick<SessionRow, 'userId' | 'sessionId'> | undefined): Generator<SessionRow> {
    const keyed = after && this.#keys.known(after.userId);
    // Whoever was erased since is behind nobody: their pseudonym is where they were.
    const place = after && {
      userId: this.#keys.pseudonymOf(after.userId),
      // '' is before all of a user's sessions.
      sessionId: keyed === undefined || after.sessionId === '' ? '' : sessionLetters(keyed, after.sessionId),
    };
    yield* this.#sessions(this.#inner.sessionsAfter(place));
  }

  *eventIds(): Generator<EventIdRow> {
    for (const row of this.#inner.eventIds()) {
      const [keyed, userId] = this.#holder(row.userId);
      const eventId = keyed && nameIn(keyed, row.eventId);
      if (userId !== undefined && eventId !== undefined) yield { ...row, userId, eventId };
    }
  }

  *aliases(): Generator<{ readonly userId: string; readonly to: string }> {
    for (const row of this.#inner.aliases())
      yield* openAlias(row, this.#keys, (key) => this.#inner.blob(key));
  }

  visitorsOf(userId: string): string[] {
    const owner = this.#keys.pseudonymOf(userId);
    const found: string[] = [];
    for (const row of this.#inner.aliases()) {
      const visitor = row.to.startsWith(owner) ? this.#nameOf(row.userId) : undefined;
      if (visitor !== undefined) found.push(visitor);
    }
    return found;
  }

  *setAside(): Generator<SetAsideRow> {
    for (const row of this.#inner.setAside()) {
      if (!USERS_KINDS.has(row.kind)) yield row;
      else yield* this.#aside(row);
    }
  }

  verify(from: VerifyPlace | undefined, limit: number): VerifyBite {
    return this.#inner.verify(from, limit);
  }

  readAhead(from: VerifyPlace | undefined, limit: number): Promise<void> {
    return this.#inner.readAhead(from, limit);
  }

  readUsersAhead(userIds: readonly string[]): Promise<void> {
    return this.#inner.readUsersAhead(userIds.map((id) => this.#keys.pseudonymOf(id)));
  }

  sealBlob(key: string, bytes: Uint8Array): BlobRow & { readonly bytes: Uint8Array } {
    return this.#inner.sealBlob(key, bytes);
  }

  record(entries: readonly JournalEntry[], atMs: number | undefined): Uint8Array {
    return sealRecord(entries, atMs, this.#keys);
  }

  /** Commits nothing, and rejects with `StoreMovedError`, while the users' keys are not in their place. */
  commit(batch: CommitBatch): Promise<void> {
    const { moved } = this.#keys;
    if (moved !== undefined) return Promise.reject(moved);
    checkBatch(batch, this.journal.end, this.checkpoint);
    const { journal } = batch;
    const bytes = journal && this.#recordOf(journal.bytes);
    const sealed = this.#batch.of(batch, batch.sessions?.at(0)?.atMs ?? 0);
    const done = this.#inner.commit(
      bytes === undefined ? sealed : { ...sealed, journal: { ...journal!, bytes } },
    );
    return this.#withKeys(done);
  }

  waitsForGroup(gather: () => void): boolean {
    return this.#inner.waitsForGroup(gather);
  }

  /** What was made of keys before it has to be on the disk too; a sync ends after those that began before it. */
  #withKeys(done: Promise<void>): Promise<void> {
    const synced = this.#keys.sync();
    if (synced !== undefined) {
      this.#syncing = synced;
      void synced.then(
        () => {
          if (this.#syncing === synced) this.#syncing = undefined;
        },
        () => undefined,
      );
    }
    const keys = this.#syncing;
    return keys === undefined ? done : done.then(() => keys);
  }

  /** A record as it goes to the disk; whoever did not ask `record` for it gave one that can be read. What is no record stays as it is. */
  #recordOf(bytes: Uint8Array): Uint8Array {
    if (isSealedRecord(bytes)) return bytes;
    let entries;
    try {
      entries = decodeRecord(bytes);
    } catch {
      return bytes;
    }
    return sealRecord(entries, recordTime(bytes), this.#keys);
  }

  async erase(userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) this.#keys.destroy(userId);
    await this.#keys.sync();
  }

  copyTo(folder: string, signal?: AbortSignal): Promise<number> {
    return this.#inner.copyTo(folder, signal);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#inner.close();
    await this.#keys.close();
  }

  /** What a damaged row is told as: by the names of its user. */
  named(damage: Damage): Damage {
    if (!isPseudonym(damage.names[0] ?? '')) return damage;
    const [keyed, name] = this.#holder(damage.names[0]);
    const [, ...rest] = damage.names;
    if (keyed === undefined || name === undefined) return damage;
    return { ...damage, names: [name, ...rest.map((letters) => nameIn(keyed, letters) ?? letters)] };
  }

  #nameOf(pseudonym: string): string | undefined {
    return this.#holder(pseudonym)[1];
  }

  /** Whoever has a pseudonym, and what they are called. */
  #holder(pseudonym: string): readonly [Keyed | undefined, string | undefined] {
    const keyed = this.#keys.holder(pseudonym);
    const letters = keyed && this.#inner.blob(NAME_KEYS + pseudonym);
    return [keyed, keyed && letters && nameIn(keyed, Buffer.from(letters).toString('latin1'))];
  }

  *#users(rows: Iterable<UserRow>): Generator<UserRow> {
    for (const row of rows) {
      const [keyed, userId] = this.#holder(row.userId);
      const bytes = keyed && stateIn(keyed, row.bytes);
      if (userId !== undefined && bytes !== undefined) yield { userId, bytes };
    }
  }

  *#sessions(rows: Iterable<SessionRow>): Generator<SessionRow> {
    for (const row of rows) {
      const [keyed, userId] = this.#holder(row.userId);
      const sessionId = keyed && nameIn(keyed, row.sessionId);
      if (userId !== undefined && sessionId !== undefined) yield { ...row, userId, sessionId };
    }
  }

  *#intent(
    pseudonym: string,
    bytes: Uint8Array,
  ): Generator<{ readonly key: string; readonly bytes: Uint8Array }> {
    const [keyed, visitor] = this.#holder(pseudonym);
    const into = keyed && this.#intentIn(keyed, bytes);
    if (visitor !== undefined && into !== undefined) yield { key: INTENT_KEYS + visitor, bytes: into };
  }

  *#aside(row: SetAsideRow): Generator<SetAsideRow> {
    const keyed = this.#keys.holder(row.names[0]);
    const bytes = keyed && openBytes(keyed.key, row.bytes);
    const opened = bytes && decodeSetAside(bytes);
    if (opened !== undefined) yield { ...opened, isOwed: row.isOwed };
  }

  #ownerIn(visitor: Keyed, owner: string | undefined): string | undefined {
    return owner === undefined ? undefined : nameIn(visitor, owner.slice(visitor.pseudonym.length));
  }

  #intentIn(visitor: Keyed, bytes: Uint8Array | undefined): Uint8Array | undefined {
    const into = bytes && this.#ownerIn(visitor, Buffer.from(bytes).toString('utf16le'));
    return into === undefined ? undefined : Buffer.from(into, 'utf16le');
  }
}

/** Names of an alias of the tables; none where there is no key any more. `blob` gives a blob of the store. */
export function* openAlias(
  row: { readonly userId: string; readonly to: string },
  keys: UserKeys,
  blob: (key: string) => Uint8Array | undefined,
): Generator<{ readonly userId: string; readonly to: string }> {
  const keyed = keys.holder(row.userId);
  const letters = keyed && blob(NAME_KEYS + row.userId);
  const userId = keyed && letters && nameIn(keyed, Buffer.from(letters).toString('latin1'));
  const to = keyed && nameIn(keyed, row.to.slice(row.userId.length));
  if (userId !== undefined && to !== undefined) yield { userId, to };
}

/** Rows of a sealed or plain record, as the tables have them; for a store that is being opened. */
export function sealedRowsOf(keys: UserKeys): (bytes: Uint8Array) => CommitBatch {
  const batch = new SealedBatch(keys, () => false);
  return (bytes) => {
    const opened = openRecord(bytes, keys);
    const atMs = (opened === undefined ? recordTime(bytes) : opened.atMs) ?? 0;
    return batch.of(rowsOfEntries(opened?.entries ?? decodeRecord(bytes), atMs), atMs);
  };
}

function stateIn({ key }: Keyed, sealed: Uint8Array | undefined): Uint8Array | undefined {
  return sealed && openBytes(key, sealed);
}
