/** Tables of a shard's store whose rows are looked at for damage, in that order; damaged records that were set aside are none. */
export const SHARD_TABLES = [
  'meta',
  'users',
  'users1',
  'sessions',
  'aliases',
  'eventIds0',
  'eventIds1',
  'blobs',
  'journal',
] as const;

/** Tables of the catalogue's store. */
export const CATALOGUE_TABLES = ['meta', 'items', 'codes'] as const;

/** All tables that a store of either kind has. */
export const KNOWN_TABLES: ReadonlySet<string> = new Set([
  ...SHARD_TABLES,
  ...CATALOGUE_TABLES,
  'setAside',
  'commits',
  'identity',
]);

/** Names of rows of `meta` that say what the tables have of the journal that is in files. */
export const META = {
  /** Number of the journal: the heads of its files have it. */
  journalId: 'journalId',
  /** How often the journal was opened to be written to, f64. */
  journalEpoch: 'journalEpoch',
  /** Position up to which the tables contain the journal, f64. */
  rowsTo: 'rowsTo',
} as const;
