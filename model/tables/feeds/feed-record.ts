/** What a feed says of one item, before anybody has looked what its names mean. */
export interface FeedRecord {
  /** Line on which it begins, from 1. */
  readonly line: number;
  /** Values by name (`fieldName`): texts, and what JSON has beside them; lists for what comes several times. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Who takes the records of a feed. */
export interface FeedTaker {
  /** Names of all that a record of it may have, where a feed says so before the first. */
  readonly open?: (names: readonly string[]) => void;
  readonly take: (record: FeedRecord) => void;
  /** Called between pieces of the file, with the unpacked bytes of the one before; reading goes on when it has resolved. */
  readonly between: (bytes: number) => Promise<void> | undefined;
  /** A record that cannot be read, and so has no id. */
  readonly unread: (line: number, expected: string, found: string) => void;
}

/** Longest record, in characters or bytes: what has no end would take all of the memory. */
export const RECORD_MAX = 1 << 22;

/** A name as mappings write it: `g:Image Link` is `image_link`. */
export function fieldName(raw: string): string {
  return raw
    .trim()
    .toLowerCase()
    .replace(/^g:/, '')
    .replace(/[\s-]+/g, '_');
}
