/**
 * Whom the shards know, in two spaces of names: users whom somebody named, and visitors, who have nothing but their session.
 * A session id never stands for a user id of the same text, nor the other way round. Keys are made and read here alone; in a
 * store, a journal and between threads they are plain text.
 *
 * A visitor's key is U+0001 and the session id; a named user's is their id, behind U+0002 if it begins with U+0001 or U+0002.
 * So no text whatsoever makes a key of the other space.
 */

declare const space: unique symbol;

/** A visitor, by their session. */
export type VisitorKey = string & { readonly [space]: 'visitor' };
/** A user with a name. */
export type NamedKey = string & { readonly [space]: 'named' };
export type UserKey = VisitorKey | NamedKey;

const VISITOR = '\u0001';
const ESCAPE = '\u0002';

/** Key of the visitor whose session has this id. */
export function visitor(session: string): VisitorKey {
  return (VISITOR + session) as VisitorKey;
}

/** Key of the user with this id. */
export function named(user: string): NamedKey {
  const isPlain = user.charCodeAt(0) > ESCAPE.charCodeAt(0) || user === '';
  return (isPlain ? user : ESCAPE + user) as NamedKey;
}

/** Of any key. */
export function isVisitor(key: string): key is VisitorKey {
  return key.startsWith(VISITOR);
}

/** What the outside calls somebody: the session id of a visitor, the id of a named user. */
export function nameOf(key: string): string {
  return key.startsWith(VISITOR) || key.startsWith(ESCAPE) ? key.slice(1) : key;
}

/** True for a visitor who was merged into a named user: what they did is that user's. */
export function isMergedVisitor(store: { alias(name: string): string | undefined }, key: string): boolean {
  return isVisitor(key) && store.alias(key) !== undefined;
}

/**
 * Who a user of a journal record of version 1 is. At that time a visitor was a user named after their session; since then an
 * alias under that name says that they were one.
 */
export function keyOfOldName(store: { alias(name: string): string | undefined }, user: string): string {
  return store.alias(user) === undefined ? user : visitor(user);
}
