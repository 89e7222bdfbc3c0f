import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { LRUCache } from 'lru-cache';
import { KeyFile, PSEUDONYM_BYTES } from './user-key-file.js';
import { KEY_BYTES } from './master-key.js';
import type { KeyRing } from './key-ring.js';
import { StorePlace } from '../../places/store-place.js';
import { keyedHash, Nonces, openName, sealName } from './user-cipher.js';

/** Users whose keys are held ready, of those who clicked and of those who were read; about 600 bytes each. */
export const HOT_USERS_MAX = 20_000;
/** What a pseudonym begins with in a store. */
const MARK = '\u0003';
const LETTERS = MARK.length + PSEUDONYM_BYTES;

/** A user as a store knows them. */
export interface Keyed {
  /** What stands in the place of their name: `MARK` and 16 letters U+0000 … U+00FF. */
  readonly pseudonym: string;
  /** Of what is theirs. */
  readonly key: KeyObject;
  /** Of their names: session ids, ids of events, their own. */
  readonly nameKey: KeyObject;
  /** True when the store has the row that says their name. */
  isNamed: boolean;
  /** Letters of their sessions' ids, which every commit of theirs writes. */
  readonly sessions: Map<string, string>;
}

/** Sessions of a user whose letters are held ready. */
const SESSIONS_MAX = 8;

/** True for a name that a store may have in the place of another one. */
export function isPseudonym(name: string): boolean {
  return name.length === LETTERS && name.startsWith(MARK);
}

/** Where the keys of the store in `folder` are: each shard number has one file, whatever becomes of its store. */
export function keyFileOf(ring: KeyRing, folder: string): string {
  const shard = /^shard-\d+/.exec(basename(folder));
  return join(ring.folder, `${shard === null ? 'store' : shard[0]}.keys`);
}

/**
 * Keys of the users of one store: made when somebody is first written of, held ready for those who come often. Without a key nothing of a
 * user can be read, and nobody can tell whose it was.
 */
export class UserKeys {
  readonly #ring: KeyRing;
  readonly #file: KeyFile | undefined;
  readonly #hot = new LRUCache<string, Keyed>({ max: HOT_USERS_MAX });
  readonly #byPseudonym = new LRUCache<string, Keyed>({ max: HOT_USERS_MAX });
  readonly nonces: Nonces;
  /** Of the file, where it is written. */
  readonly #place: StorePlace | undefined;
  #isDirty = false;

  private constructor(ring: KeyRing, file: KeyFile | undefined, place?: StorePlace) {
    this.#ring = ring;
    this.#file = file;
    this.#place = place;
    this.nonces = new Nonces(file?.opening ?? 0);
  }

  /** Throws the error of the file system. */
  static open(ring: KeyRing, folder: string): UserKeys {
    mkdirSync(ring.folder, { recursive: true, mode: 0o700 });
    const path = keyFileOf(ring, folder);
    return new UserKeys(ring, KeyFile.open(path, ring.wrapping), new StorePlace(path));
  }

  /** For reading only. */
  static read(ring: KeyRing, folder: string): UserKeys {
    return new UserKeys(ring, KeyFile.read(keyFileOf(ring, folder), ring.wrapping));
  }

  get ringId(): string {
    return this.#ring.id;
  }

  /** The pseudonym of a name, whether they have a key or not. */
  pseudonymOf(name: string): string {
    return this.#hot.get(name)?.pseudonym ?? MARK + lettersOf(this.#ring, name);
  }

  /** Undefined for somebody of whom nothing was written, or nothing is left. */
  known(name: string): Keyed | undefined {
    const hot = this.#hot.get(name);
    if (hot !== undefined) return hot;
    const keyed = this.holder(MARK + lettersOf(this.#ring, name));
    if (keyed !== undefined) this.#hot.set(name, keyed);
    return keyed;
  }

  /** Makes a key for who has none. */
  keyed(name: string, nowMs: number): Keyed {
    const known = this.known(name);
    if (known !== undefined) return known;
    const pseudonym = MARK + lettersOf(this.#ring, name);
    const keyed = keyedOf(pseudonym, this.#newKey(pseudonym, nowMs));
    this.#hot.set(name, keyed);
    this.#byPseudonym.set(pseudonym, keyed);
    return keyed;
  }

  /** For reading alone it is a key for the time being: what is read as if it were written is never written. */
  #newKey(pseudonym: string, nowMs: number): Buffer {
    if (this.#file === undefined || this.#file.opening === 0) return randomBytes(KEY_BYTES);
    this.#isDirty = true;
    return this.#file.add(bytesOf(pseudonym), nowMs);
  }

  /** Whoever has this pseudonym; undefined when they have no key. */
  holder(pseudonym: string): Keyed | undefined {
    const hot = this.#byPseudonym.get(pseudonym);
    if (hot !== undefined) return hot;
    const key = this.#file?.get(bytesOf(pseudonym));
    if (key === undefined) return undefined;
    const keyed = keyedOf(pseudonym, key);
    this.#byPseudonym.set(pseudonym, keyed);
    return keyed;
  }

  /** What is theirs cannot be read from now on, in no copy of the store; durable after `sync`. False when they had no key. */
  destroy(name: string): boolean {
    const pseudonym = this.pseudonymOf(name);
    this.#hot.delete(name);
    this.#byPseudonym.delete(pseudonym);
    if (this.#file?.destroy(bytesOf(pseudonym)) !== true) return false;
    this.#isDirty = true;
    return true;
  }

  /** Why nothing may be sealed now: the file is not in its place, and without its keys nobody could read it again. A `StoreMovedError`. */
  get moved(): Error | undefined {
    return this.#place?.problem();
  }

  /** Undefined when all is on the disk; otherwise resolves when what was made or destroyed so far is. */
  sync(): Promise<void> | undefined {
    if (!this.#isDirty) return undefined;
    this.#isDirty = false;
    return this.#file?.synced();
  }

  async close(): Promise<void> {
    this.#hot.clear();
    this.#byPseudonym.clear();
    await this.#file?.close();
  }
}

/** The name that `nameLetters` made; undefined when it is not theirs. */
export function nameIn({ nameKey }: Keyed, letters: string): string | undefined {
  return openName(nameKey, letters);
}

/** A name as a store has it: the same every time, so that it can be looked up. */
export function nameLetters({ nameKey }: Keyed, name: string): string {
  return sealName(nameKey, name);
}

/** As `nameLetters`, for the id of a session. */
export function sessionLetters(keyed: Keyed, session: string): string {
  let letters = keyed.sessions.get(session);
  if (letters === undefined) {
    if (keyed.sessions.size >= SESSIONS_MAX) keyed.sessions.clear();
    letters = nameLetters(keyed, session);
    keyed.sessions.set(session, letters);
  }
  return letters;
}

function keyedOf(pseudonym: string, key: Buffer): Keyed {
  return {
    pseudonym,
    key: createSecretKey(key),
    nameKey: createSecretKey(keyedHash(key, 'names')),
    isNamed: false,
    sessions: new Map(),
  };
}

function lettersOf(ring: KeyRing, name: string): string {
  return keyedHash(ring.pseudonyms, name).toString('latin1', 0, PSEUDONYM_BYTES);
}

function bytesOf(pseudonym: string): Buffer {
  return Buffer.from(pseudonym.slice(MARK.length), 'latin1');
}
