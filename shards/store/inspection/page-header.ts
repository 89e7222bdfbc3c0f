/** Bytes that a page begins with (`MDB_page` in mdb.c): number, transaction, padding, flags, and two that depend on its kind. */
export const HEADER_BYTES = 24;

/** What a page should be. */
export interface PageIdentity {
  readonly number: number;
  /** Its flags: one kind and nothing else. */
  readonly kind: number;
  /** That the store is at: no page is of a later one. */
  readonly transaction: bigint;
}

/** What is wrong with the header of a page; undefined for one that is what it should be. */
export function headerProblem(page: Buffer, { number, kind, transaction }: PageIdentity): string | undefined {
  const says = page.readBigUInt64LE(0);
  if (says !== BigInt(number)) return `it says that it is page ${says}`;
  if (page.readUInt16LE(18) !== kind) return 'it is of another kind';
  if (page.readBigUInt64LE(8) > transaction) return 'it is of a transaction that never was';
  return undefined;
}
