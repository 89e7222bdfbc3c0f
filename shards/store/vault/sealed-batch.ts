import { INTENT_KEYS } from '../entries/intent-rows.js';
import type { SetAsideRow } from '../damage.js';
import { encodeSetAside, setAsideKey } from '../set-aside-record.js';
import type { BlobRow, CommitBatch } from '../store.js';
import { keyedHash, sealBytes } from './keys/user-cipher.js';
import { type Keyed, nameLetters, sessionLetters, type UserKeys } from './keys/user-keys.js';

/** Blobs that say the name of a pseudonym: `name/` and the pseudonym → the name, under the user's key. */
export const NAME_KEYS = 'name/';
/** Kinds of records set aside that are of somebody: the first of their names says of whom. */
export const USERS_KINDS: ReadonlySet<string> = new Set([
  'user',
  'session',
  'event_id',
  'alias',
  'event',
  'call',
]);

type StateRows = NonNullable<CommitBatch['users']>;

/** A user of a batch, and whether they get their name's row with it. */
type KeyedOf = (user: string) => Keyed;

/**
 * Rows on their way to the tables: pseudonyms in the place of names, states encrypted, names within a user (sessions, ids of events,
 * whom they belong to) as letters that their key alone reads. Numbers and times stay.
 */
export class SealedBatch {
  readonly #keys: UserKeys;
  readonly #hasName: (pseudonym: string) => boolean;

  /** `hasName` says whether the store has the row of a pseudonym's name. */
  constructor(keys: UserKeys, hasName: (pseudonym: string) => boolean) {
    this.#keys = keys;
    this.#hasName = hasName;
  }

  /** The rows of a batch; the journal's record is not looked at. `nowMs` is when a key is made that is not there. */
  of(batch: CommitBatch, nowMs: number): CommitBatch {
    const names: BlobRow[] = [];
    const keyedOf: KeyedOf = (user) => this.#keyed(user, nowMs, names);
    const rows: Record<string, unknown> = { ...batch };
    if (batch.users) rows['users'] = this.#states(batch.users, keyedOf, names);
    if (batch.rebuilt) rows['rebuilt'] = this.#states(batch.rebuilt, keyedOf);
    if (batch.sessions)
      rows['sessions'] = batch.sessions.map((row) => {
        const keyed = keyedOf(row.userId);
        return { ...row, userId: keyed.pseudonym, sessionId: sessionLetters(keyed, row.sessionId) };
      });
    if (batch.eventIds)
      rows['eventIds'] = batch.eventIds.map((row) => {
        const keyed = keyedOf(row.userId);
        return { ...row, userId: keyed.pseudonym, eventId: nameLetters(keyed, row.eventId) };
      });
    if (batch.aliases)
      rows['aliases'] = batch.aliases.map(({ userId, to }) =>
        to === undefined
          ? { userId: this.#keys.pseudonymOf(userId), to }
          : { userId: keyedOf(userId).pseudonym, to: this.#owner(keyedOf(userId), to) },
      );
    if (batch.setAside) rows['setAside'] = batch.setAside.map((row) => this.#aside(row, keyedOf));
    const blobs = batch.blobs?.map((row) => this.#blob(row, keyedOf)) ?? [];
    if (names.length + blobs.length > 0) rows['blobs'] = [...blobs, ...names];
    return rows;
  }

  #keyed(user: string, nowMs: number, names: BlobRow[]): Keyed {
    const keyed = this.#keys.keyed(user, nowMs);
    if (keyed.isNamed) return keyed;
    keyed.isNamed = true;
    const isRemoved = names.some(({ key }) => key.endsWith(keyed.pseudonym));
    if (isRemoved || !this.#hasName(keyed.pseudonym))
      names.push({
        key: NAME_KEYS + keyed.pseudonym,
        bytes: Buffer.from(nameLetters(keyed, user), 'latin1'),
      });
    return keyed;
  }

  #states(rows: StateRows, keyedOf: KeyedOf, names?: BlobRow[]): StateRows {
    return rows.map(({ userId, bytes }) => {
      if (bytes === undefined) return { userId: this.#removed(userId, names), bytes };
      const { pseudonym, key } = keyedOf(userId);
      return { userId: pseudonym, bytes: sealBytes(key, this.#keys.nonces.next(), bytes) };
    });
  }

  /** The name's row goes as well; it comes again with whatever is written of them. */
  #removed(userId: string, names: BlobRow[] | undefined): string {
    const pseudonym = this.#keys.pseudonymOf(userId);
    if (names === undefined) return pseudonym;
    const known = this.#keys.known(userId);
    if (known !== undefined) known.isNamed = false;
    names.push({ key: NAME_KEYS + pseudonym, bytes: undefined });
    return pseudonym;
  }

  /** Whom a visitor belongs to: pseudonym, to be found by, and name. */
  #owner(visitor: Keyed, to: string): string {
    return this.#keys.pseudonymOf(to) + nameLetters(visitor, to);
  }

  #blob(row: BlobRow, keyedOf: KeyedOf): BlobRow {
    if (!row.key.startsWith(INTENT_KEYS)) return row;
    const visitor = row.key.slice(INTENT_KEYS.length);
    if (row.bytes === undefined)
      return { key: INTENT_KEYS + this.#keys.pseudonymOf(visitor), bytes: undefined };
    const keyed = keyedOf(visitor);
    const owner = this.#owner(keyed, Buffer.from(row.bytes).toString('utf16le'));
    return { key: INTENT_KEYS + keyed.pseudonym, bytes: Buffer.from(owner, 'utf16le') };
  }

  #aside(row: SetAsideRow, keyedOf: KeyedOf): SetAsideRow {
    if (!USERS_KINDS.has(row.kind)) return row;
    const { pseudonym, key, nameKey } = keyedOf(row.names[0]);
    const names = [pseudonym, keyedHash(nameKey, setAsideKey(row)).toString('base64url')];
    const bytes = sealBytes(key, this.#keys.nonces.next(), encodeSetAside(row));
    return { ...row, names, reason: '', bytes };
  }
}
