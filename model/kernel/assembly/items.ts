/** Bytes of a line of the cache. */
const LINE: usize = 64;

/**
 * Column `out` of some rows of a table: 1 for a row of zeros, else 0. All lines of a row are read on the way, and those of many rows at
 * once: the table is far larger than the caches, and `dots` would wait for one row after the other.
 */
export function blanks(table: usize, rows: usize, count: i32, width: i32, out: usize): void {
  const bytes = (<usize>width) << 2;
  const end = rows + ((<usize>count) << 2);
  for (; rows < end; rows += 4, out += 4) {
    const row = table + <usize>load<u32>(rows) * bytes;
    let some: u32 = 0;
    for (let at: usize = 0; at < bytes; at += LINE) some |= load<u32>(row + at);
    store<f32>(out, some << 1 == 0 && isBlank(row, bytes) ? 1 : 0);
  }
}

/** True for nothing but zeros, of either sign. */
function isBlank(row: usize, bytes: usize): bool {
  for (let at: usize = 0; at < bytes; at += 4) if (load<f32>(row + at) != 0) return false;
  return true;
}

/**
 * Column `out`: 1 where a column of codes (int32) has `code`, else 0. A code below zero stands for none, which nothing is like.
 */
export function alike(codes: usize, count: i32, code: i32, out: usize): void {
  const end = (<usize>count) << 2;
  const one = code < 0 ? f32x4.splat(0) : f32x4.splat(1);
  for (let at: usize = 0; at < end; at += 16)
    v128.store(out + at, v128.and(i32x4.eq(v128.load(codes + at), i32x4.splat(code)), one));
}

/**
 * Column `out`: the share that belongs to the code in a column of codes (int32), 0 where none does. `known` are `knownCount` different
 * codes (int32, 0 at least), `shares` a number for each.
 */
export function sharesOf(
  codes: usize,
  count: i32,
  known: usize,
  shares: usize,
  knownCount: i32,
  out: usize,
): void {
  const end = (<usize>count) << 2;
  const knownEnd = (<usize>knownCount) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const four = v128.load(codes + at);
    let share = f32x4.splat(0);
    for (let k: usize = 0; k < knownEnd; k += 4) {
      const isKnown = i32x4.eq(four, v128.load32_splat(known + k));
      share = v128.or(share, v128.and(isKnown, v128.load32_splat(shares + k)));
    }
    v128.store(out + at, share);
  }
}
