import { nameOf } from './user-key.js';

/**
 * What a journal is made of: events, and what else changed a shard's rows and does not follow from events. Each takes one
 * position, and is written in the same commit as the rows it explains, so that an empty shard that replays the journal comes to
 * the same rows. Users and visitors are keys (`user-key.ts`). Whoever reads a journal takes what concerns them and skips the rest.
 */
export type JournalEntry =
  | JournalEvent
  | GivenEntry
  | MergedEntry
  | ForgottenEntry
  | AdoptedEntry
  | RevEntry
  | SessionEntry
  | ReplacedEntry
  | AliasEntry
  | RemovedEntry
  | TunedEntry
  | AttributesEntry
  | SegmentsEntry
  | ConsentEntry
  | PassedEntry
  | ErasedEntry;

/** One event as the journal keeps it: all that is needed to apply it again, and to train on it. Of all entries it alone has no `entry`. */
export interface JournalEvent {
  readonly entry?: undefined;
  readonly user: string;
  /** '' for events that came without a session. */
  readonly session: string;
  readonly seq: number;
  readonly kind: number;
  readonly tsMs: number;
  /** Item indices of the catalogue; they are permanent. */
  readonly items: readonly number[];
  readonly value: number;
  readonly quantity: number;
  readonly query: string;
  readonly hits: readonly number[];
  readonly eventId: string;
  /** Places of those of its items that taught others nothing, for the user had clicked enough that day; absent: none (`DailyInfluence`). */
  readonly untaught?: readonly number[];
  /** Name of the campaign that led to it; absent: none. */
  readonly campaign?: string;
}

/** In the visitor's shard: they are `into`'s from now on. Nothing of theirs has changed yet. */
export interface GivenEntry {
  readonly entry: 'given';
  readonly visitor: string;
  readonly into: string;
}

/** In the user's shard: the visitor's graph, as it was given, became part of `into`'s, and their session goes on as `into`'s. */
export interface MergedEntry {
  readonly entry: 'merged';
  readonly visitor: string;
  readonly into: string;
  /** '' when no session came along. */
  readonly sessionId: string;
  readonly seq: number;
  /** As `InterestCodec` makes it; undefined for a visitor with an empty graph. */
  readonly state: Uint8Array | undefined;
  /** Idempotence keys of the visitor that are `into`'s as well from now on. */
  readonly eventIds: readonly string[];
}

/** In the visitor's shard: what was left of them is gone, but for whose they are and the last `seq` of their session. */
export interface ForgottenEntry {
  readonly entry: 'forgotten';
  readonly visitor: string;
  readonly into: string;
  readonly seq: number;
}

/** From now on the states are those of another model. */
export interface AdoptedEntry {
  readonly entry: 'adopted';
  /** See `model/bundle/model-tag.ts`. */
  readonly tag: number;
  readonly name: string;
  /** See `PostedModel`; absent: alone nobody counts. */
  readonly number?: number;
}

/** No revision given out before this was higher (`LiveUser.nextRev`). */
export interface RevEntry {
  readonly entry: 'rev';
  readonly rev: number;
}

/** A session goes on after `seq`: one that came from elsewhere, or one whose event was taken and, as its user wants it, not kept. */
export interface SessionEntry {
  readonly entry: 'session';
  readonly user: string;
  readonly session: string;
  readonly seq: number;
}

/** The user's graph is `state` from now on, whatever it was; undefined: empty. Sessions stay. What came from another store, or was put back. */
export interface ReplacedEntry {
  readonly entry: 'replaced';
  readonly user: string;
  /** As `InterestCodec` makes it. */
  readonly state: Uint8Array | undefined;
}

/** See `ShardStates.alias`. */
export interface AliasEntry {
  readonly entry: 'alias';
  readonly user: string;
  /** Undefined: it is no alias any more. */
  readonly to: string | undefined;
}

/** The user is not here any more, nor are their sessions. */
export interface RemovedEntry {
  readonly entry: 'removed';
  readonly user: string;
  /** They were erased: nothing of theirs up to here, this entry included, may stay in a journal (`wipeFolder`), nor an alias of theirs. */
  readonly isErased?: true;
}

/** The user said how much they want of an interest. Its nodes stand here, so that a replay needs no communities. */
export interface TunedEntry {
  readonly entry: 'tuned';
  readonly user: string;
  readonly interest: number;
  /** See `TUNE`; 0 takes back what was said. */
  readonly value: number;
  /** Kind and key of each node, one after the other. */
  readonly nodes: readonly number[];
}

/** What the user allows has changed. */
export interface ConsentEntry {
  readonly entry: 'consent';
  readonly user: string;
  /** Bits of `WITHHELD`. */
  readonly withheld: number;
  /** Epoch ms when they said so. */
  readonly atMs: number;
}

/** What a client says of the user has changed. */
export interface AttributesEntry {
  readonly entry: 'attributes';
  readonly user: string;
  /** JSON of a map of scalars, `ATTRIBUTES_BYTES_MAX` at most; '' for nothing. */
  readonly attributes: string;
}

/** The user has come into segments, or left some: whoever owns their journal next knows what has been told. */
export interface SegmentsEntry {
  readonly entry: 'segments';
  readonly user: string;
  /** Numbers of all those that they are in now, `SEGMENTS_MAX` at most. */
  readonly segments: readonly number[];
}

/** An event that came without a session was taken and, as its user wants it, not kept: its idempotence key is all there is. */
export interface PassedEntry {
  readonly entry: 'passed';
  readonly user: string;
  readonly eventId: string;
}

/** All that is left of an entry of somebody who was erased: its place. Also of anybody's, where there are no keys. */
export interface ErasedEntry {
  readonly entry: 'erased';
}

/** True for an entry that takes away whoever was erased. */
export function isErasure(entry: JournalEntry): entry is RemovedEntry {
  return entry.entry === 'removed' && entry.isErased === true;
}

/** True for an entry that is an event. */
export function isEvent(entry: JournalEntry): entry is JournalEvent {
  return entry.entry === undefined;
}

/** An entry that changes somebody's graph. */
export type GraphEntry =
  | JournalEvent
  | MergedEntry
  | ReplacedEntry
  | ForgottenEntry
  | RemovedEntry
  | TunedEntry
  | ConsentEntry
  | AttributesEntry
  | SegmentsEntry;

/** True for an entry that changes somebody's graph: that of `userOfEntry`. */
export function changesGraph(entry: JournalEntry): entry is GraphEntry {
  switch (entry.entry) {
    case undefined:
    case 'merged':
    case 'replaced':
    case 'forgotten':
    case 'removed':
    case 'tuned':
    case 'consent':
    case 'attributes':
    case 'segments':
      return true;
    default:
      return false;
  }
}

/** Whom an entry changes; undefined for what is of the whole shard. */
export function userOfEntry(entry: GraphEntry): string;
export function userOfEntry(entry: JournalEntry): string | undefined;
export function userOfEntry(entry: JournalEntry): string | undefined {
  switch (entry.entry) {
    case 'merged':
      return entry.into;
    case 'given':
    case 'forgotten':
      return entry.visitor;
    case 'adopted':
    case 'rev':
    case 'erased':
      return undefined;
    default:
      return entry.user;
  }
}

/** The last `seq` of a session, as of an entry; undefined for one that says nothing of a session. */
export function sessionOfEntry(
  entry: JournalEntry,
): { readonly userId: string; readonly sessionId: string; readonly seq: number } | undefined {
  switch (entry.entry) {
    case undefined:
    case 'session':
      if (entry.session === '') return undefined;
      return { userId: entry.user, sessionId: entry.session, seq: entry.seq };
    case 'merged':
      if (entry.sessionId === '') return undefined;
      return { userId: entry.into, sessionId: entry.sessionId, seq: entry.seq };
    case 'forgotten':
      return { userId: entry.visitor, sessionId: nameOf(entry.visitor), seq: entry.seq };
    default:
      return undefined;
  }
}
