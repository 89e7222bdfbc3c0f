/** A number of a list of free pages, and how many follow each other from there on. */
export interface FreeBlock {
  readonly first: number;
  readonly count: number;
}

/**
 * The pages that a row of the list of free pages names: `u64 count`, then so many numbers of 64 bits: a page; minus a count, and
 * the first page of as many; or 0, which is nothing (`midl.c` of lmdb-js). A text says what is wrong.
 */
export function freeBlocksOf(value: Buffer): FreeBlock[] | string {
  const count = value.length < 8 ? -1n : value.readBigUInt64LE(0);
  if (count < 0n || count >= BigInt(value.length >> 3)) return 'a list of free pages is longer than its row';
  const blocks: FreeBlock[] = [];
  for (let i = 1; i <= Number(count); i++) {
    const entry = Number(value.readBigInt64LE(8 * i));
    if (entry > 0) blocks.push({ first: entry, count: 1 });
    // A count at the end stands before a number that another row has: nothing follows it here.
    else if (entry < 0 && i < Number(count))
      blocks.push({ first: Number(value.readBigInt64LE(8 * ++i)), count: -entry });
  }
  return blocks;
}
